/** How recordings are kept is checked before anything starts: no key, a key for everybody, a target in the clear. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { world } from './world.ts';

const KEY = 'ab'.repeat(32);

function withRecordings(yaml: string): ReturnType<typeof world> {
  const made = world();
  made.write('keys/one.key', `${KEY}\n`);
  chmodSync(join(made.base, 'keys/one.key'), 0o600);
  made.edit('breakwater.yaml', "recordings:\n  encryption: 'off'", `recordings:\n${yaml}`);
  return made;
}
const ONE = '  keys: [{ id: one, file: keys/one.key }]\n';

test('a campaign that records and no key: refused, with what makes one', () => {
  expect(withRecordings('  keys: []').problems()).toEqual([
    expect.stringMatching(
      /recordings\.keys: is empty, and solar, windows would be recorded.*recording key FILE/,
    ),
  ]);
});

test('with a key it loads; the path is absolute', () => {
  const loaded = withRecordings(ONE).load();
  expect(loaded.ok && loaded.config.recordings).toMatchObject({
    encryption: 'key',
    keys: [
      { id: 'one', source: { kind: 'file', path: expect.stringMatching(/^\/.*keys\/one\.key$/) as string } },
    ],
    sweepMs: 60_000,
  });
});

test.each([
  [
    'others can read it',
    0o640,
    KEY,
    /can be read by others than its owner, got `keys\/one\.key`, expected mode 0600/,
  ],
  ['it is no key', 0o600, 'my dog', /holds no key, got `\(hidden\)`, expected 32 bytes/],
])('a key file is refused when %s, and never shown', (_why, mode, content, problem) => {
  const made = withRecordings(ONE);
  made.write('keys/one.key', content);
  chmodSync(join(made.base, 'keys/one.key'), mode);
  const problems = made.problems();
  expect(problems).toEqual([expect.stringMatching(problem)]);
  expect(problems.join()).not.toContain(content);
});

test.each([
  ['  keys: [{ id: one }]', /keys\[0\]\.file: is not the one source of the key/],
  ['  keys: [{ id: one, file: keys/one.key, command: [kms] }]', /keys\[0\]\.file: is not the one source/],
  ['  keys: [{ id: one, command: [kms] }, { id: one, command: [kms] }]', /keys\[1\]\.id: is used twice/],
  ['  keys: [{ id: one, file: keys/none.key }]', /keys\[0\]\.file: cannot be read \(ENOENT\)/],
])('%s', (yaml, problem) => {
  expect(withRecordings(yaml).problems()).toEqual([expect.stringMatching(problem)]);
});

const push = (more: string): string => `${ONE}  pushes: [{ name: crm, ${more} }]`;
const SECRET = { BREAKWATER_PUSH_SECRET_CRM: 'x'.repeat(32) };

test.each([
  ['http://crm.example.com/x', false],
  ['ftp://127.0.0.1/x', false],
  ['http://127.0.0.1:9/x', true],
  ['https://crm.example.com/x', true],
])('a target at %s: %s', (url, safe) => {
  const problems = withRecordings(push(`kind: webhook, url: '${url}'`)).problems(SECRET);
  expect(problems.length === 0).toBe(safe);
  if (!safe) expect(problems[0]).toMatch(/pushes\[0\]\.url: is not safe/);
});

test('what is wrong with a target never shows its secret or what its address hides', () => {
  const made = withRecordings(push("kind: webhook, url: 'http://u:pass@crm.example.com/?token=t1'"));
  const text = made.problems({ BREAKWATER_PUSH_SECRET_CRM: 'short one' }).join('\n');
  expect(text).toMatch(/holds no secret/);
  expect(text).not.toMatch(/short one|pass|t1/);
});

test('an s3 target needs its bucket, its key id and its secret', () => {
  const problems = withRecordings(push("kind: s3, url: 'http://127.0.0.1:9000'")).problems();
  expect(problems.map((line) => /pushes\[0\]\.(\w+)/.exec(line)?.[1])).toEqual([
    'bucket',
    'accessKeyId',
    'secretFile',
  ]);
});

test.each([
  [5_000, null],
  [5_001, /pushes\[0\]\.largestMegabytes.*`5001`.*1 to 5000/],
  [0, /pushes\[0\]\.largestMegabytes/],
])('an s3 target that is to take files of %i MB at once', (megabytes, problem) => {
  const s3 = `kind: s3, url: 'http://127.0.0.1:9000', bucket: b, accessKeyId: k, largestMegabytes: ${megabytes}`;
  const problems = withRecordings(push(s3))
    .problems(SECRET)
    .filter((line) => line.includes('recordings.'));
  expect(problems).toEqual(problem === null ? [] : [expect.stringMatching(problem)]);
});

test('a campaign names a profile of the law, another key than the opt-out, and seats of its own agents', () => {
  const made = world();
  made.edit(
    'campaigns/solar.yaml',
    'recording:\n  enabled: true\n',
    "recording:\n  enabled: true\n  retention: forever\n  refusalDigit: '9'\n",
  );
  made.edit(
    'campaigns/solar.yaml',
    '  place: CO\n',
    "  place: CO\n  seats: [{ agent: '9999', place: CO }, { agent: '1001', place: XX }]\n",
  );
  expect(made.problems().map((line) => line.replace(/^campaigns\/solar\.yaml: /, '').split(':')[0])).toEqual([
    'recording.refusalDigit',
    'recording.retention',
  ]);
  made.edit(
    'campaigns/solar.yaml',
    "  retention: forever\n  refusalDigit: '9'\n",
    "  retention: cms\n  refusalDigit: '4'\n",
  );
  expect(made.problems().map((line) => line.replace(/^campaigns\/solar\.yaml: /, '').split(':')[0])).toEqual([
    'agents.seats[0].agent',
    'agents.seats[1].place',
  ]);
});

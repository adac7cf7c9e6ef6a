/** `breakwater list` on a configuration folder of its own: what it says, where it says it, and its exit codes. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { localWiring } from '../../../src/cli/local.ts';
import { runCli } from '../../../src/cli/program.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import { fakeIo } from '../../support/fake-io.ts';
import { SHIPPED } from '../config/world.ts';

let base: string;

/** The shipped configuration; what a test writes into `lists:` replaces the empty one. */
function configure(lists = '[]'): void {
  const main = join(base, 'config/breakwater.yaml');
  cpSync(SHIPPED, join(base, 'config'), { recursive: true });
  writeFileSync(main, readFileSync(main, 'utf8').replace(/^lists: \[\]$/m, `lists: ${lists}`));
}
const file = (name: string, content: string): string => {
  writeFileSync(join(base, name), content);
  return join(base, name);
};

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'breakwater-list-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  configure();
});

async function list(...line: string[]) {
  const io = fakeIo();
  const wiring = { ...localWiring, serve: () => Promise.resolve(0) };
  const code = await runCli(
    ['list', ...line, '--config', join(base, 'config')],
    io,
    () => Promise.resolve(wiring),
    {
      version: '0.1.0',
      nodeVersion: 'v24.0.0',
    },
  );
  return { code, out: io.text(), err: io.errors.join('\n') };
}

const DELTA = ['--name', 'national', '--kind', 'national', '--obtained-on', '2026-11-20', '--delta'];
const NATIONAL = [...DELTA.slice(0, -1), '--area-codes', 'all'];

describe('list import', () => {
  test('tells files, counts and hash on stdout, rejected lines on stderr, and ends with 0', async () => {
    const content = `${'303,5550101\n'.repeat(150)}nobody\n`;
    const { code, out, err } = await list('import', file('n.txt', content), ...NATIONAL);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^n\\.txt +151 +150 +0 +1 +${sha256Hex(content)}$`, 'm'));
    expect(out).toMatch(
      /list national: version 2026-11-20-[0-9a-f]{8} is in force, 1 number in 1 area code\nit covers area codes: all$/,
    );
    expect(err).toContain('n.txt line 151: rejected, `nobody` is not a telephone number');
    const again = await list('import', join(base, 'n.txt'), ...NATIONAL);
    expect(again.code).toBe(0);
    expect(again.out).toContain('nothing to do');
  });

  test('answers machines in JSON, refusals too, and ends with 1 when the file is not fit', async () => {
    const bad = await list('import', file('bad', 'x\ny\n'), ...NATIONAL, '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({
      outcome: 'refused',
      problem: expect.stringContaining('`bad` holds no number') as string,
      sources: [{ file: 'bad', rejected_count: 2, rejected: [{ line: 1 }, { line: 2 }] }],
    });
    const good = await list('import', file('good', '3035550101'), ...NATIONAL, '--json');
    expect(JSON.parse(good.out)).toMatchObject({ outcome: 'imported', numbers: 1 });
  });

  test('keeps the report of rejected lines short, and writes all of it where it is told', async () => {
    const content = `${'303,5550101\n'.repeat(9_900)}${'x\n'.repeat(90)}`;
    const report = join(base, 'rejected.tsv');
    const { code, err } = await list(
      ...['import', file('n.txt', content), ...NATIONAL, '--rejected-to', report],
    );
    expect(code).toBe(0);
    expect(err.split('\n').filter((line) => line.includes('rejected, '))).toHaveLength(20);
    expect(err).toContain('n.txt: 70 more rejected lines');
    const lines = readFileSync(report, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(90);
    expect(lines[89]).toBe('n.txt\t9990\t`x` is not a telephone number');
  });

  test.each([
    [['--name', 'national', '--kind', 'federal', '--obtained-on', '2026-11-20'], /Allowed choices/],
    [['--name', 'a/b', '--kind', 'national', '--obtained-on', '2026-11-20'], /--name `a\/b`/],
    [['--name', '..', '--kind', 'national', '--obtained-on', '2026-11-20'], /--name `\.\.`/],
    [['--name', 'n', '--kind', 'national', '--obtained-on', '20.11.2026'], /not a calendar date/],
    [['--name', 'n', '--kind', 'national', '--obtained-on', '2026-02-30'], /not a calendar date/],
    [['--name', 'n', '--kind', 'national', '--obtained-on', '2026-11-25'], /is in the future/],
    [['--name', 'n', '--kind', 'national'], /--obtained-on/],
    [DELTA.slice(0, -1), /--area-codes: does not say what the copy covers; expected all, or/],
    [[...DELTA.slice(0, -1), '--area-codes', '303,72'], /--area-codes: `72` is not an area code/],
    [
      ['--name', 'n', '--kind', 'litigator', '--obtained-on', '2026-11-20', '--area-codes', 'all'],
      /--area-codes: is only for the national registry/,
    ],
    [['--name', 'n', '--kind', 'state', '--obtained-on', '2026-11-20'], /--jurisdiction/],
    [
      ['--name', 'n', '--kind', 'state', '--jurisdiction', 'QQ', '--obtained-on', '2026-11-20'],
      /`QQ` is in no law/,
    ],
    [
      ['--name', 'n', '--kind', 'national', '--jurisdiction', 'TX', '--obtained-on', '2026-11-20'],
      /only for state/,
    ],
    [
      ['--name', 'n', '--kind', 'campaign', '--campaign', 'none', '--obtained-on', '2026-11-20'],
      /not a campaign/,
    ],
  ])('refuses %j with 2 and touches nothing', async (options, problem) => {
    const { code, err, out } = await list('import', file('n.txt', '3035550101'), ...options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(problem);
    expect((await list('show')).out).toBe('no list was imported');
  });

  test('ends with 3 when the file cannot be read', async () => {
    const { code, err } = await list('import', join(base, 'none'), ...NATIONAL);
    expect(code).toBe(3);
    expect(err).toContain('list national was not changed: `none` cannot be read: ENOENT');
  });

  test('refuses a name that the configuration reads from a file, or gives to another kind', async () => {
    const path = file('n.txt', '3035550101');
    configure(
      `\n  - { name: national, kind: national, path: ${path}, obtainedOn: '2026-11-20', areaCodes: all }`,
    );
    expect(await list('import', path, ...NATIONAL)).toMatchObject({ code: 2 });
    configure('\n  - { name: national, kind: litigator }');
    expect(await list('import', path, ...NATIONAL)).toMatchObject({ code: 2 });
  });
});

describe('list show', () => {
  test('tells what is in force and how old it is', async () => {
    await list('import', file('n.txt', '3035550101\n'), ...NATIONAL);
    await list('import', file('d.txt', '3035550102,A\n'), ...DELTA);
    const { code, out } = await list('show', 'national', '--verify');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^national +national +all +2026-11-20-[0-9a-f]{8} +3 d +2 +2 +0 +n\.txt, d\.txt \(changes\)$/m,
    );
    expect(out).toContain('every page is what was imported');
    expect(await list('show', 'texas')).toMatchObject({ code: 1 });
  });

  test('tells of which lines it says what they are, and of how many words it could not read', async () => {
    const content = 'phone,type\n3035550101,mobile\n3035550102,W\n3035550103,landline\n3035550104,cell\n';
    const { out, err } = await list('import', file('n.csv', content), ...NATIONAL);
    expect(out).toMatch(/^it says what lines are: 2 mobile, 1 landline$/m);
    expect(err).toContain('n.csv: of 1 number the type of the line cannot be read; taken without it');
    expect((await list('show', 'national')).out).toMatch(/ 4 +2 mobile, 1 landline +5 +0 +n\.csv$/m);
    const json = JSON.parse((await list('import', join(base, 'n.csv'), ...NATIONAL, '--json')).out) as object;
    expect(json).toMatchObject({
      ...{ line_types: { mobile: 2, landline: 1 }, sources: [{ line_types_unread: 1 }] },
    });
  });

  test('ends with 1 for a list that must be there and is not, and for a damaged one', async () => {
    configure('\n  - { name: texas, kind: state, jurisdiction: TX }');
    expect(await list('show')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/texas .*NONE .*has not been imported/) as string,
    });
    configure();
    await list('import', file('n.txt', '3035550101\n'), ...NATIONAL);
    const { lists } = JSON.parse((await list('show', '--json')).out) as {
      lists: { versions: string[] }[];
    };
    writeFileSync(join(base, 'data/lists/national', lists[0]?.versions[0] ?? '', '303.sorted'), 'abcd');
    expect(await list('show')).toMatchObject({ code: 0 });
    expect(await list('show', '--verify')).toMatchObject({
      code: 1,
      out: expect.stringContaining('`303.sorted` was changed') as string,
    });
  });
});

describe('doctor', () => {
  const ofRegistry = async (): Promise<readonly (readonly [string, string])[]> =>
    (await localWiring.probes({ configDirectory: join(base, 'config'), env: {} }))
      .filter(({ check }) => check.startsWith('do-not-call list'))
      .map(({ state, detail }) => [state, detail] as const);
  const missing = ['problem', 'no national registry: every call is vetoed (list_missing)'];

  test('misses a national registry that nobody named, and no longer once it is imported', async () => {
    expect(await ofRegistry()).toEqual([missing]);
    const numbers = file('n.txt', '3035550101\n');
    await list('import', numbers, '--name', 'own', '--kind', 'litigator', '--obtained-on', '2026-11-20');
    expect(await ofRegistry()).toContainEqual(missing);
    await list('import', numbers, ...NATIONAL);
    expect((await ofRegistry()).map(([state]) => state)).toEqual(['ok', 'ok']);
  });

  test('takes one with a path, and tells one that is named and was not imported only once', async () => {
    const path = file('n.txt', '3035550101\n');
    configure(`[{ name: n, kind: national, path: ${path}, obtainedOn: '2026-11-20', areaCodes: all }]`);
    expect((await ofRegistry()).map(([state]) => state)).toEqual(['ok']);
    configure('[{ name: national, kind: national }]');
    expect(await ofRegistry()).toEqual([['problem', 'has not been imported']]);
  });
});

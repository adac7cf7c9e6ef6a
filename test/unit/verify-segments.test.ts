import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKeptHeads } from '../../src/cli/verify/kept-heads.ts';
import { verifyFiles } from '../../src/cli/verify/verify-files.ts';
import { exportLine, readExportLine } from '../../src/control/export-line.ts';
import { type LineLink, soundLine } from '../../src/control/verify/sound-line.ts';
import { verifyLedger } from '../../src/control/verify-ledger.ts';
import { canonicalJson, type Json } from '../../src/domain/canonical-json.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { instant } from '../../src/domain/time.ts';
import { dice } from '../support/dice.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BODIES = [
  { callId: 'a', step: 1 },
  { text: 'ünïcode \u2028 and "quotes" \\ and \u0000', nested: { b: [1, -2.5e-7, null], a: true } },
  { '10': 'ten', '9': 'nine', a: 1 },
  {},
];

function chain(length: number, bodyText?: (id: number) => string): LedgerEntry[] {
  const heads = new Map<string, { seq: number; hash: string }>();
  return Array.from({ length }, (_, index) => {
    const writer = `w${(index * 7) % 3}` as WriterId;
    const text = bodyText?.(index + 1) ?? canonicalJson({ id: index, ...BODIES[index % BODIES.length] });
    const content = { kind: 'call_progress', bodyText: text, at: instant(index * 1_000 + 5) } as const;
    const link = nextLink(heads.get(writer) ?? EMPTY_CHAIN, writer, content);
    heads.set(writer, link);
    return entryOf(link, (index + 1) * 3);
  });
}

let directory: string;
let files = 0;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'breakwater-verify-'))));
afterAll(() => rm(directory, { recursive: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(directory, `${(files += 1)}.jsonl`);
  await writeFile(path, text);
  return path;
}

/** What the plain reader says of the lines, the same shape as a rejection's message. */
async function plainly(lines: readonly string[]): Promise<unknown> {
  const entries: LedgerEntry[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const read = readExportLine(line);
    if (read.ok) entries.push(read.value);
    else {
      const before = await verifyLedger(entries);
      return before.ok ? `line ${index + 1}: ${read.problem}` : before;
    }
  }
  return verifyLedger(entries);
}

async function bySegments(path: string, segmentBytes: number): Promise<unknown> {
  return verifyFiles([path], { processes: 0, segmentBytes }).catch((error: unknown) =>
    (error as Error).message.replace(/^.*?line/, 'line'),
  );
}

describe('segments say what one reader says', () => {
  const lines = chain(40).map(exportLine);
  const spoilt: [string, (roll: (n: number) => number) => string[]][] = [
    ['nothing', () => lines],
    [
      'a digit of a line',
      (roll) => {
        const at = roll(lines.length);
        const digits = [...(lines[at] ?? '').matchAll(/\d/g)];
        const { index = 0 } = digits[roll(digits.length)] ?? {};
        return lines.with(at, `${lines[at]?.slice(0, index)}${roll(10)}${lines[at]?.slice(index + 1)}`);
      },
    ],
    ['a line away', (roll) => lines.toSpliced(roll(lines.length), 1)],
    ['a line doubled', (roll) => lines.toSpliced(roll(lines.length), 0, lines[roll(lines.length)] ?? '')],
    [
      'a line moved',
      (roll) => {
        const from = roll(lines.length);
        return lines.toSpliced(from, 1).toSpliced(roll(lines.length), 0, lines[from] ?? '');
      },
    ],
    ['a line cut', (roll) => lines.with(roll(lines.length), (lines[0] ?? '').slice(0, 20 + roll(200)))],
    ['blank lines', (roll) => lines.toSpliced(roll(lines.length), 0, '', '  ')],
    [
      'another spelling of the same',
      (roll) => {
        const at = roll(lines.length);
        return lines.with(at, JSON.stringify(JSON.parse(lines[at] ?? ''), null, 1).replaceAll('\n', ''));
      },
    ],
    ['carriage returns', () => lines.map((line) => `${line}\r`)],
  ];
  test.each(spoilt)('%s', async (_what, spoil) => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const roll = dice(seed);
      const now = spoil(roll);
      const path = await fileOf(now.join('\n') + (seed % 2 === 0 ? '\n' : ''));
      const expected = await plainly(now);
      for (const bytes of [211, 1_500, 1 << 20]) {
        expect(await bySegments(path, bytes), `seed ${seed}, ${bytes} bytes`).toEqual(expected);
      }
    }
  });
});

const PLAIN = ['a', 'b', '10', '9', 'aa', 'a b', '__proto__', '~'];
const TEXTS = [
  '',
  'x',
  '"',
  '\\',
  '\n',
  '\u0000',
  '\u001f',
  '\u007f',
  'ü',
  '\u2028',
  '\u{1f600}',
  '\\"\\',
  '/',
  '\u000b',
];
const NUMBERS = [0, 1, -1, 10, 1e21, 1.5, -2.5e-7, 123_456_789_012_345, 2 ** 53, 0.1, 1e-7, 5e300];
const SPOILS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '1',
  '-',
  '.',
  'e',
  'u',
  'a',
  ' ',
  '\n',
  'ü',
  'true',
  'null',
  '\\"',
  'A',
];

function drawn(roll: (n: number) => number, depth: number): Json {
  switch (roll(depth > 0 ? 7 : 5)) {
    case 0:
      return NUMBERS[roll(NUMBERS.length)] ?? 0;
    case 1:
      return [true, false, null][roll(3)] ?? null;
    case 5:
      return Array.from({ length: roll(4) }, () => drawn(roll, depth - 1));
    case 6:
      return Object.fromEntries(
        Array.from({ length: roll(4) }, () => [PLAIN[roll(PLAIN.length)] ?? '', drawn(roll, depth - 1)]),
      );
    default:
      return Array.from({ length: roll(4) }, () => TEXTS[roll(TEXTS.length)] ?? '').join('');
  }
}

/** Another character somewhere, one less, or one more. */
function spoilt(text: string, roll: (n: number) => number): string {
  const at = roll(text.length);
  const what = SPOILS[roll(SPOILS.length)] ?? '';
  return `${text.slice(0, at)}${roll(3) === 0 ? '' : what}${text.slice(at + roll(2))}`.toWellFormed();
}

/** Keys that the quick way does not judge are left out of the world. */
function isCanonicalObject(text: string): boolean {
  try {
    const value = JSON.parse(text) as Json;
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      canonicalJson(value) === text &&
      plainKeys(value)
    );
  } catch {
    return false;
  }
}

const plainKeys = (value: Json): boolean =>
  typeof value !== 'object' ||
  value === null ||
  ((Array.isArray(value) || Object.keys(value).every((key) => /^[ !#-[\]-~]*$/.test(key))) &&
    Object.values(value as object).every((member) => plainKeys(member as Json)));

/** In the midst of others, as a line of a file. */
function sound(line: string): LineLink | undefined {
  const bytes = Buffer.from(`"}\n${line}\n{"id":`);
  return soundLine(bytes, 3, 3 + Buffer.byteLength(line));
}

describe('bodies that are not canonical', () => {
  test.each([
    '{"b":1,"a":2}',
    '{ "a":1}',
    '{"a":1,"a":1}',
    '{"a":1.0}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0041"}',
    '{"a":"\\/"}',
    '{"a":-0}',
  ])('%s is found though its hash holds', async (bodyText) => {
    const lines = chain(3, () => bodyText).map(exportLine);
    expect(sound(lines[0] ?? '')).toBeUndefined();
    expect(await bySegments(await fileOf(lines.join('\n')), 100)).toMatchObject({
      fault: 'body_differs',
      entries: 0,
    });
  });

  test.each(['\\u0061', '\\/'])(
    'a line whose hash was taken of another spelling (%s) is not sound',
    async (spelt) => {
      const line = exportLine(chain(1, () => '{"text":"a/"}')[0]!);
      const plain = spelt === '\\/' ? '/' : 'a';
      const { at, kind, prev_hash: prevHash, seq, writer } = JSON.parse(line) as Record<string, string>;
      const quoted = `"{\\"text\\":\\"${'a/'.replace(plain, () => spelt)}\\"}"`;
      const hash = sha256Hex(
        `{"at":"${at}","body":${quoted},"kind":"${kind}","prevHash":"${prevHash}","seq":${seq},"writer":"${writer}"}`,
      );
      const forged = line.replace(/"body":.*,"prev_hash"/, () => `"body":${quoted},"prev_hash"`);
      const lines = [forged.replace(/"hash":"[0-9a-f]{64}"\}$/, `"hash":"${hash}"}`)];
      expect(sound(lines[0] ?? '')).toBeUndefined();
      expect(await bySegments(await fileOf(lines.join('\n')), 1_000)).toMatchObject({
        fault: 'hash_differs',
      });
    },
  );

  test('by whatever bytes: the quick way says yes to what is canonical and to nothing else', () => {
    const roll = dice(11);
    let canonicals = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const text = canonicalJson({ '': drawn(roll, 3), [PLAIN[roll(PLAIN.length)] ?? '']: drawn(roll, 2) });
      const bodyText = roll(3) === 0 ? text : spoilt(text, roll);
      const isCanonical = isCanonicalObject(bodyText);
      const [entry] = chain(1, () => bodyText);
      const line = exportLine(entry!);
      if (isCanonical) canonicals += 1;
      expect(sound(line) !== undefined, line).toBe(isCanonical);
      expect(sound(line.replace('"id":3', `"id":${roll(9) + 1}`)) !== undefined, line).toBe(isCanonical);
      const at = roll(line.length);
      const other = `${line.slice(0, at)}${SPOILS[roll(SPOILS.length)]}${line.slice(at + 1)}`;
      // The id alone is not in the hash.
      if (other !== line && at !== '{"id":'.length) expect(sound(other), other).toBeUndefined();
    }
    expect(canonicals).toBeGreaterThan(5_000);
  });

  test('a key beyond ASCII, and depth, are judged the long way', async () => {
    const deep = `{"a":${'['.repeat(150)}${']'.repeat(150)}}`;
    for (const bodyText of ['{"\u00fc":1}', '{"a\\"b":1}', deep]) {
      const lines = chain(3, () => bodyText).map(exportLine);
      expect(sound(lines[0] ?? ''), bodyText).toBeUndefined();
      expect(await bySegments(await fileOf(lines.join('\n')), 1_000)).toMatchObject({ ok: true, entries: 3 });
    }
  });

  test('bytes that are no UTF-8 are not taken for what stands in their place', () => {
    const line = exportLine(chain(1, () => '{"a":"\ufffd"}')[0]!);
    const bytes = Buffer.from(line);
    const at = bytes.indexOf(Buffer.from('\ufffd'));
    const spoiled = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]);
    expect(sound(line)).toBeDefined();
    // Also when the hash was taken of those very bytes.
    const { at: stamp, kind, prev_hash: prevHash, hash, writer } = JSON.parse(line) as Record<string, string>;
    const body = spoiled.subarray(spoiled.indexOf('"body":') + 7, spoiled.indexOf(',"prev_hash"'));
    const raw = Buffer.concat([
      Buffer.from(`{"at":"${stamp}","body":`),
      body,
      Buffer.from(`,"kind":"${kind}","prevHash":"${prevHash}","seq":1,"writer":"${writer}"}`),
    ]);
    const forged = Buffer.from(spoiled);
    forged.write(sha256Hex(raw), forged.lastIndexOf(hash ?? ''), 'latin1');
    expect(soundLine(forged, 0, forged.length)).toBeUndefined();
  });

  test('the quick way is taken for what the ledger writes', () => {
    for (const line of chain(12).map(exportLine)) expect(sound(line)).toBeDefined();
    expect(sound(exportLine(chain(1)[0]!).replace('"1970-01-01T', '"1970-02-30T'))).toBeUndefined();
  });
});

describe('several files', () => {
  test('are one ledger in the order given', async () => {
    const lines = chain(20).map(exportLine);
    const [older, newer] = await Promise.all([
      fileOf(lines.slice(0, 11).join('\n')),
      fileOf(lines.slice(11).join('\n')),
    ]);
    expect(await verifyFiles([older, newer])).toMatchObject({ ok: true, entries: 20, writers: 3 });
    expect(await verifyFiles([newer, older])).toMatchObject({ ok: false, fault: 'seq_gap', entries: 0 });
  });

  test('a bad line is named in its own file', async () => {
    const lines = chain(20).map(exportLine);
    const older = await fileOf(lines.slice(0, 11).join('\n'));
    const newer = await fileOf([...lines.slice(11), 'odd'].join('\n'));
    await expect(verifyFiles([older, newer], { segmentBytes: 700 })).rejects.toThrow(
      `\`${newer}\` line 10: not JSON`,
    );
  });

  test('one that is empty proves nothing', async () => {
    const full = await fileOf(chain(4).map(exportLine).join('\n'));
    await expect(verifyFiles([full, await fileOf('\n')])).rejects.toThrow('holds no entry');
  });
});

describe('known hashes', () => {
  const entries = chain(12);
  const lines = entries.map(exportLine).join('\n');
  const last = entries.findLast(({ writer }) => writer === 'w0')!;

  test('that stand are no fault', async () => {
    const known = { w0: { '1': entries[0]!.hash, [last.seq]: last.hash } };
    expect(await verifyFiles([await fileOf(lines)], { known, segmentBytes: 500 })).toMatchObject({
      ok: true,
    });
  });
  test('a chain that was written anew does not have them', async () => {
    const known = { w0: { [last.seq]: '0'.repeat(64) } };
    expect(await verifyFiles([await fileOf(lines)], { known })).toMatchObject({
      ok: false,
      fault: 'head_differs',
      id: last.id,
    });
  });
  test('a chain that was cut does not reach them', async () => {
    const known = { w0: { [last.seq + 1]: '0'.repeat(64) } };
    expect(await verifyFiles([await fileOf(lines)], { known })).toMatchObject({
      ok: false,
      fault: 'cut_off',
      writer: 'w0',
      seq: last.seq + 1,
    });
  });
});

describe('heads that were kept', () => {
  const entries = chain(12);

  test('are read from what was printed, and found again in a longer export', async () => {
    const printed = JSON.stringify(await verifyLedger(entries.slice(0, 7)));
    const known = await readKeptHeads(await fileOf(printed));
    expect(Object.keys(known)).toEqual(['w0', 'w1', 'w2']);
    const longer = await fileOf(entries.map(exportLine).join('\n'));
    expect(await verifyFiles([longer], { known })).toMatchObject({ ok: true, entries: 12 });
    const shorter = await fileOf(entries.slice(0, 3).map(exportLine).join('\n'));
    expect(await verifyFiles([shorter], { known })).toMatchObject({ ok: false, fault: 'cut_off' });
    const anew = await fileOf(
      chain(12, (id) => `{"id":${id}}`)
        .map(exportLine)
        .join('\n'),
    );
    expect(await verifyFiles([anew], { known })).toMatchObject({ ok: false, fault: 'head_differs' });
  });

  test.each(['', '{}', '{"ok":false}', '{"heads":{}}', '{"heads":{"a":{"seq":0,"hash":"x"}}}', 'null'])(
    'and nothing else: %j',
    async (text) => {
      await expect(readKeptHeads(await fileOf(text))).rejects.toThrow('expected what `ledger verify --json`');
    },
  );
});

test('a large export is read by several processes, and the fault of the first is told', async () => {
  const lines = chain(24_000, (id) => canonicalJson({ id, text: 'x'.repeat(300) })).map(exportLine);
  const run = (path: string) =>
    promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'src/cli/main.ts', 'ledger', 'verify', '--json', '--file', path],
      { cwd: ROOT, maxBuffer: 1 << 24 },
    ).catch((error: unknown) => error as { readonly stdout: string });
  const sound = JSON.parse((await run(await fileOf(lines.join('\n')))).stdout) as object;
  expect(sound).toMatchObject({ ok: true, entries: 24_000 });
  const broken = lines
    .toSpliced(20_000, 1)
    .with(15_000, (lines[15_000] ?? '').replace('"at":"19', '"at":"18'));
  expect(JSON.parse((await run(await fileOf(broken.join('\n')))).stdout)).toMatchObject({
    ok: false,
    fault: 'hash_differs',
    id: 45_003,
    entries: 15_000,
  });
});

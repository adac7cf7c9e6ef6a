/**
 * `area-codes.yaml` and `zips.txt`, spoilt at random: each loads into exactly what an independent reading of the text says, or every
 * spoilt place is told with value and what was expected. Nothing is dropped in silence, and nothing else is thrown.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { buildZips } from '../../src/config/build-zips.ts';
import { checkZips } from '../../src/config/check-zips.ts';
import { type LoadedLaw, loadLaw } from '../../src/config/load-law.ts';
import { parseZips } from '../../src/config/read-zips.ts';
import type { Law } from '../../src/domain/law.ts';
import { LAW, RULES_DIRECTORY } from '../support/rules-world.ts';

const shipped = (file: string): string => readFileSync(join(RULES_DIRECTORY, file), 'utf8');
const ZIPS_TEXT = shipped('zips.txt');
const ZIPS_LINES: readonly string[] = ZIPS_TEXT.split('\n');

/** File, then line, path or state, then what was found and what was wanted. */
const TOLD = /^[\w.-]+: .+, got (?:`[^]*`|nothing|none)[^,]*, expected[: ].+$/;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'data-'));
  cpSync(RULES_DIRECTORY, directory, { recursive: true });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The whole law with one file replaced; what was there before is put back. */
function loadedWith(file: string, content: string | Buffer): LoadedLaw {
  writeFileSync(join(directory, file), content);
  try {
    return loadLaw(directory);
  } finally {
    cpSync(join(RULES_DIRECTORY, file), join(directory, file));
  }
}

const problemsOf = (loaded: LoadedLaw): readonly string[] => (loaded.ok ? [] : loaded.problems);

/** `zips.txt` alone against the rest of the shipped law: what takes tenths of a second with all files. */
function readZipsText(text: string): { readonly zips: Law['zips']; readonly problems: readonly string[] } {
  const { sections, problems } = parseZips(text);
  if (problems.length > 0) return { zips: {}, problems };
  const told: string[] = [];
  checkZips(LAW, sections, (line) => told.push(line));
  return { zips: buildZips(sections), problems: told };
}

/** Every pair of place and ZIP, by an own reading of the text: a head, and the numbers under it. */
function pairsIn(text: string): readonly string[] {
  let head = '';
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      if (line.startsWith('=')) head = line.slice(1).split('|')[0]!.trim();
      if (!/^\d/.test(line)) return [];
      const [prefix = '', ...ends] = line.split(' ');
      return ends.map((end) => `${head} ${prefix}${end}`);
    })
    .sort();
}

const pairsOf = (zips: Law['zips']): readonly string[] =>
  Object.entries(zips)
    .flatMap(([prefix, rows]) =>
      rows.flatMap(({ ends, area }) =>
        ends
          .split(' ')
          .map((end) => `${area.kind === 'us' ? area.place.state : 'unmodelled'} ${prefix}${end}`),
      ),
    )
    .sort();

const linesLike = (kind: RegExp): readonly number[] =>
  ZIPS_LINES.flatMap((line, index) => (kind.test(line) ? [index] : []));
/** Of places whose law is modelled; the others' have another form. */
const HEADS = linesLike(/^= [A-Z]{2} /);
const ROWS = linesLike(/^\d/);

type Spoil = (line: string, drawn: number) => string;

/** Lines that are none any more; each must be named. */
const BROKEN: Readonly<Record<string, readonly [readonly number[], Spoil]>> = {
  'a digit lost': [
    ROWS,
    (line, drawn) => line.replace(/\d/g, (digit, at) => (at === [0, 1, 2, 4, 5][drawn % 5] ? '' : digit)),
  ],
  'a letter': [ROWS, (line) => `${line} O1`],
  'two blanks': [ROWS, (line) => line.replace(' ', '  ')],
  'a tab': [ROWS, (line) => line.replace(' ', '\t')],
  'a blank before it': [ROWS, (line) => ` ${line}`],
  'a blank behind it': [ROWS, (line) => `${line} `],
  'a prefix alone': [ROWS, (line) => line.slice(0, 3)],
  'digits of another script': [ROWS, (line) => line.replace(/\d$/, '٣')],
  'two lines in one': [ROWS, (line) => `${line}\r${line}`],
  'a line hidden behind a comment': [ROWS, (line) => `# see below\r${line}`],
  'a ZIP twice': [ROWS, (line) => `${line} ${line.slice(-2)}`],
  'a head without zones': [HEADS, (line) => line.slice(0, 4)],
  'a head with a part too many': [HEADS, (line) => `${line} | a | b`],
  'a state that is none': [HEADS, (line) => line.replace(/^= \w+/, '= ZZ')],
  'a state in small letters': [HEADS, (line) => line.replace(/^= \w+/, '= al')],
  'a zone that is none': [HEADS, (line) => line.replace(/\| [^|]*/, '| Mars/Olympus ')],
  'a zone twice': [HEADS, (line) => line.replace(/\| ([^| ]+)/, '| $1 $1')],
  'a county that is none': [HEADS, (line) => `${line.split(' | ').slice(0, 2).join(' | ')} | Nowhere`],
  'a county left empty': [HEADS, (line) => `${line.split(' | ').slice(0, 2).join(' | ')} | ,`],
};

describe('zips.txt', () => {
  test('as shipped it is what the own reading says', () => {
    expect(readZipsText(ZIPS_TEXT).problems).toEqual([]);
    expect(pairsOf(readZipsText(ZIPS_TEXT).zips)).toEqual(pairsIn(ZIPS_TEXT));
  });

  test.each(Object.entries(BROKEN))('%s: its line is named', (_name, [lines, spoil]) => {
    fc.assert(
      fc.property(fc.constantFrom(...lines), fc.nat(), (index, drawn) => {
        const spoilt = ZIPS_LINES.with(index, spoil(ZIPS_LINES[index]!, drawn)).join('\n');
        const { problems } = readZipsText(spoilt);
        expect(problems.some((line) => line.startsWith(`line ${index + 1}: `))).toBe(true);
        for (const line of problems) expect(`zips.txt: ${line}`).toMatch(TOLD);
      }),
      { numRuns: 12 },
    );
  });

  test('any lines whatever: all of them are read, or a problem is told', () => {
    const anyLine = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...ROWS.map((index) => ZIPS_LINES[index]!)) },
      { weight: 3, arbitrary: fc.constantFrom(...HEADS.map((index) => ZIPS_LINES[index]!)) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('', '# why', '=', '= unmodelled |', '\uFEFF', '__proto__', '995 01\u2028'),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
    );
    let clean = 0;
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const text = lines.join(end);
        const { sections, problems } = parseZips(text);
        for (const line of problems) expect(`zips.txt: ${line}`).toMatch(TOLD);
        if (problems.length > 0) return;
        clean += 1;
        expect(pairsOf(buildZips(sections))).toEqual(pairsIn(text));
      }),
      { numRuns: 2_000 },
    );
    expect(clean).toBeGreaterThan(100);
  });

  test('saved on another system, with other ends of lines or a mark before the first, it says the same', () => {
    for (const text of [ZIPS_TEXT.replaceAll('\n', '\r\n'), `\uFEFF${ZIPS_TEXT}`, ZIPS_TEXT.trimEnd()]) {
      const loaded = loadedWith('zips.txt', text);
      expect(problemsOf(loaded)).toEqual([]);
      if (loaded.ok) expect(loaded.law.zips).toEqual(LAW.zips);
    }
  });

  test('more broken lines than anybody reads: the last one says how many there are besides', () => {
    const { problems } = parseZips('x\n'.repeat(1_000));
    expect(problems.length).toBeLessThanOrEqual(51);
    expect(problems.at(-1)).toMatch(/95[01] more/);
  });

  test('a hostile size is refused', () => {
    const loaded = loadedWith('zips.txt', Buffer.alloc(8_000_000, ZIPS_TEXT));
    expect(problemsOf(loaded)).toEqual([
      'zips.txt: (file): is too large, got `8000000 bytes`, expected at most 1000000 bytes',
    ]);
  });
});

interface AreaCodes {
  as_of: unknown;
  us: Record<string, Record<string, unknown>>;
  other: Record<string, unknown>[];
  exchanges: { codes: unknown[] }[];
}
const AREA_CODES_TEXT = shipped('area-codes.yaml');
const areaCodes = (): AreaCodes => parse(AREA_CODES_TEXT) as AreaCodes;
const US_CODES = Object.keys(areaCodes().us);

/** Each spoils one place and answers what a problem must name; `code` is one of the US codes. */
const SPOILT: Readonly<Record<string, (file: AreaCodes, code: string) => string>> = {
  'a key nobody knows': (file, code) => (
    (file.us[code]!['zone'] = 'America/Denver'),
    `us.${code}.zone: unknown key`
  ),
  'a code that is none': (file, code) => (
    (file.us[`1${code.slice(1)}`] = file.us[code]!),
    `us.1${code.slice(1)}`
  ),
  'a word for a code': (file, code) => ((file.us['constructor'] = file.us[code]!), 'us.constructor'),
  'no state': (file, code) => (delete file.us[code]!['state'], `us.${code}.state: missing`),
  'a state that is none': (file, code) => (
    (file.us[code]!['state'] = 'ZZ'),
    `us.${code}.state: no such jurisdiction`
  ),
  'a number for a state': (file, code) => ((file.us[code]!['state'] = 7), `us.${code}.state`),
  'no zone': (file, code) => ((file.us[code]!['zones'] = []), `us.${code}.zones`),
  'one zone as a text': (file, code) => ((file.us[code]!['zones'] = 'America/Denver'), `us.${code}.zones`),
  'a zone that is none': (file, code) => ((file.us[code]!['zones'] = ['Mars/Olympus']), `us.${code}.zones`),
  'a zone of elsewhere': (file, code) => (
    (file.us[code]!['zones'] = ['Pacific/Guadalcanal']),
    `us.${code}.zones`
  ),
  'a corner that is no zone': (file, code) => (
    (file.us[code]!['minority_zones'] = ['Mars/Olympus']),
    `us.${code}.zones`
  ),
  'a zone twice': (file, code) => {
    const [zone] = file.us[code]!['zones'] as string[];
    file.us[code]!['minority_zones'] = [zone];
    return `us.${code}.zones: zone listed twice`;
  },
  'a row that is null': (file, code) => ((file.us[code] = null as never), `us.${code}`),
  'a US code among the others': (file, code) => (
    file.other.push({ kind: 'canada', place: 'Nowhere', codes: [code] }),
    `other.${file.other.length - 1}: area code listed twice, got \`${code}\``
  ),
  'another kind': (file, code) => (
    file.other.push({ kind: code, place: 'Nowhere', codes: ['229'] }),
    `other.${file.other.length - 1}.kind`
  ),
  'an exchange twice': (file) => {
    const [exchange] = file.exchanges[0]!.codes;
    file.exchanges.at(-1)!.codes.push(exchange);
    return `exchanges.${file.exchanges.length - 1}: exchange listed twice, got \`${String(exchange)}\``;
  },
  'a date that is none': (file) => ((file.as_of = '2026-02-30'), 'as_of: no such day'),
  'a file cut short': (file) => (delete (file as Partial<AreaCodes>).exchanges, 'exchanges: missing'),
};

describe('area-codes.yaml', () => {
  test.each(Object.entries(SPOILT))('%s is named', (_name, spoil) => {
    fc.assert(
      fc.property(fc.constantFrom(...US_CODES), (code) => {
        const file = areaCodes();
        const named = spoil(file, code);
        const problems = problemsOf(loadedWith('area-codes.yaml', stringify(file)));
        expect(problems.join('\n')).toContain(`area-codes.yaml: ${named}`);
        for (const line of problems) expect(line).toMatch(TOLD);
      }),
      { numRuns: 2 },
    );
  });

  test('codes taken out are in no table, and all others are as before', () => {
    fc.assert(
      fc.property(fc.subarray(US_CODES, { minLength: 1, maxLength: 3 }), (codes) => {
        const file = areaCodes();
        file.us = Object.fromEntries(Object.entries(file.us).filter(([code]) => !codes.includes(code)));
        const loaded = loadedWith('area-codes.yaml', stringify(file));
        // The last code of a place is missed there.
        if (!loaded.ok) {
          expect(loaded.problems.join('\n')).toMatch(/has no area code|not a zone of/);
          return;
        }
        const left = Object.fromEntries(
          Object.entries(LAW.areaCodes).filter(([code]) => !codes.includes(code)),
        );
        expect(loaded.law.areaCodes).toEqual(left);
      }),
      { numRuns: 4 },
    );
  });

  test.each<readonly [string, string | Buffer, RegExp]>([
    [
      'a code twice',
      AREA_CODES_TEXT.replace('  "205":', '  "251": {state: AL, zones: [America/Chicago]}\n  "205":'),
      /is not YAML/,
    ],
    ['a tab for blanks', AREA_CODES_TEXT.replace('  "205":', '\t"205":'), /is not YAML/],
    ['a line cut in its middle', AREA_CODES_TEXT.slice(0, 5_000), /is not YAML|missing/],
    ['two documents', `${AREA_CODES_TEXT}---\nus: {}\n`, /is not YAML/],
    ['nothing', '', /us: missing/],
    ['a list', '- 205\n', /wrong value|missing|expected shape/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]), /is not YAML|wrong value|missing/],
    ['a hostile size', Buffer.alloc(8_000_000, '#'), /is too large/],
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (key) => `${key}: &${key} [${`*${String.fromCharCode(key.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      /is not YAML/,
    ],
  ])('%s is one clear problem', (_name, content, expected) => {
    const problems = problemsOf(loadedWith('area-codes.yaml', content));
    expect(problems.join('\n')).toMatch(expected);
    for (const line of problems) expect(line).toMatch(TOLD);
  });

  test('with other ends of lines or a mark before the first it says the same', () => {
    for (const text of [AREA_CODES_TEXT.replaceAll('\n', '\r\n'), `\uFEFF${AREA_CODES_TEXT}`]) {
      const loaded = loadedWith('area-codes.yaml', text);
      expect(problemsOf(loaded)).toEqual([]);
      if (loaded.ok) expect(loaded.law.areaCodes).toEqual(LAW.areaCodes);
    }
  });
});

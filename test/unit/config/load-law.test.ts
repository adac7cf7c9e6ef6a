/** Every way the law files can be wrong is told, all at once, and nothing is loaded. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadLaw } from '../../../src/config/load-law.ts';
import { RULES_DIRECTORY } from '../../support/rules-world.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'law-'));
  cpSync(RULES_DIRECTORY, directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

function edit(file: string, from: string | RegExp, to: string): void {
  const path = join(directory, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`nothing to replace in ${file}`);
  writeFileSync(path, after);
}
function problems(): readonly string[] {
  const loaded = loadLaw(directory);
  return loaded.ok ? [] : loaded.problems;
}

describe('loadLaw', () => {
  test('the shipped files load, frozen and stamped', () => {
    const loaded = loadLaw(directory);
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
    expect(loaded.files.map(({ path }) => path)).toEqual([
      'rules/federal.yaml',
      'rules/states.yaml',
      'rules/holidays.yaml',
      'rules/area-codes.yaml',
      'rules/operator.yaml',
      'rules/zips.txt',
    ]);
    for (const { sha256 } of loaded.files) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    const { PA } = loaded.law.jurisdictions;
    for (const each of [loaded.law, PA, PA?.hours, PA?.hours[0]?.week.mon, loaded.law.areaCodes['303']]) {
      expect(Object.isFrozen(each)).toBe(true);
    }
    expect(JSON.parse(JSON.stringify(loaded.law))).toEqual(loaded.law);
  });
  test('another byte, another hash', () => {
    const hash = (): string | undefined => {
      const loaded = loadLaw(directory);
      return loaded.ok ? loaded.files.find(({ path }) => path.endsWith('federal.yaml'))?.sha256 : undefined;
    };
    const before = hash();
    edit('federal.yaml', 'value: 15', 'value: 16');
    expect(hash()).not.toBe(before);
  });
  test.each<[string, string, string | RegExp, string, string]>([
    ['not YAML', 'states.yaml', 'as_of:', 'as_of: [', 'states.yaml: is not YAML, got `Flow'],
    [
      'a key twice',
      'federal.yaml',
      /$/,
      'hours: 1\n',
      'federal.yaml: is not YAML, got `Map keys must be unique at line',
    ],
    ['an unknown key', 'federal.yaml', 'as_of:', 'as_off: 1\nas_of:', 'federal.yaml: as_off: unknown key'],
    [
      'a missing key',
      'federal.yaml',
      /ring_at_least_seconds:\n( .*\n)+/,
      '',
      'federal.yaml: ring_at_least_seconds: missing',
    ],
    [
      'an unknown key deep down',
      'states.yaml',
      'own_list: true',
      'own_list: true\n      own_lists: true',
      'states.yaml: jurisdictions.CO.do_not_call.own_lists: unknown key',
    ],
    [
      'a wrong type',
      'federal.yaml',
      'value: 15',
      'value: fifteen',
      'federal.yaml: ring_at_least_seconds.value: wrong value, got `fifteen`',
    ],
    [
      'a fraction',
      'federal.yaml',
      'value: 15',
      'value: 15.5',
      'federal.yaml: ring_at_least_seconds.value: wrong value, got `15.5`',
    ],
    [
      'a word out of a list',
      'states.yaml',
      'basis: state_regulation',
      'basis: hearsay',
      'states.yaml: jurisdictions.AL.hours.0.basis: wrong value, got `hearsay`',
    ],
    [
      'open after close',
      'states.yaml',
      'mon-sat: "08:00-20:00"',
      'mon-sat: "20:00-08:00"',
      'jurisdictions.AL.hours.0.week.mon-sat: opens after it closes, got `20:00-08:00`',
    ],
    [
      'an hour that is none',
      'federal.yaml',
      '"08:00-21:00"',
      '"8:00-21:00"',
      'federal.yaml: hours.week.mon-sun: wrong value, got `8:00-21:00`',
    ],
    [
      'a day missing',
      'states.yaml',
      'week: {mon-sat: "08:00-20:00", sun: closed}',
      'week: {mon-sat: "08:00-20:00"}',
      'jurisdictions.AL.hours.0.week: days missing, got none for `sun`',
    ],
    [
      'a day twice',
      'states.yaml',
      'week: {mon-sat: "08:00-20:00", sun: closed}',
      'week: {mon-sun: "08:00-20:00", sun: closed}',
      'day said twice, got `sun`',
    ],
    ['days backwards', 'federal.yaml', 'mon-sun', 'sun-mon', 'hours.week.sun-mon: days run backwards'],
    [
      'a holiday that is none',
      'states.yaml',
      'days: [new_years_day',
      'days: [boxing_day',
      'jurisdictions.AL.holidays.0: no such holiday, got `boxing_day`',
    ],
    ['a holiday twice', 'states.yaml', 'days: [new_years_day', 'days: [mlk_day', 'holiday listed twice'],
    [
      'a holiday with two rules',
      'holidays.yaml',
      'Good Friday, easter: -2',
      'Good Friday, easter: -2, fixed: "04-01"',
      'holidays.good_friday: no single rule',
    ],
    [
      'a holiday without a rule',
      'holidays.yaml',
      'Friday, easter: -2',
      'Friday',
      'holidays.good_friday: no single rule',
    ],
    [
      'half a rule',
      'holidays.yaml',
      'Day, nth: 3, weekday: monday, month: 1}',
      'Day, nth: 3, weekday: monday}',
      'holidays.mlk_day: rule is incomplete',
    ],
    [
      'a day that not every year has',
      'holidays.yaml',
      '"07-24"',
      '"02-29"',
      'holidays.pioneer_day: no such day',
    ],
    [
      'rows that overlap',
      'states.yaml',
      'until: "2026-10-17"',
      'until: "2026-10-18"',
      'jurisdictions.PA.hours.1: overlaps the row before',
    ],
    [
      'a row that never ends before another',
      'states.yaml',
      '        until: "2026-10-17"\n',
      '',
      'jurisdictions.PA.hours.1: overlaps the row before',
    ],
    [
      'a span that ends before it begins',
      'states.yaml',
      'from: "2019-12-03"',
      'from: "2019-12-03"\n        until: "2018-01-01"',
      'jurisdictions.PA.holidays.0: ends before it begins',
    ],
    [
      'a date that is none',
      'states.yaml',
      '"2026-10-17"',
      '"2026-02-30"',
      'jurisdictions.PA.hours.0.until: no such day, got `2026-02-30`',
    ],
    [
      'a zone that is none',
      'states.yaml',
      'zones: [America/Chicago]',
      'zones: [America/Chigaco]',
      'jurisdictions.AL.zones.0: no such zone, got `America/Chigaco`',
    ],
    [
      'an offset for a zone',
      'states.yaml',
      'zones: [America/Chicago]',
      'zones: [UTC-6]',
      'jurisdictions.AL.zones.0: wrong value',
    ],
    [
      'an area code in a zone of elsewhere',
      'area-codes.yaml',
      '"205": {state: "AL", zones: [America/Chicago]}',
      '"205": {state: "AL", zones: [America/Denver]}',
      'area-codes.yaml: us.205.zones: not a zone of AL',
    ],
    [
      'an area code of a state that is none',
      'area-codes.yaml',
      '"205": {state: "AL"',
      '"205": {state: "ZZ"',
      'area-codes.yaml: us.205.state: no such jurisdiction, got `ZZ`',
    ],
    [
      'an area code twice in the states',
      'area-codes.yaml',
      '  "251":',
      '  "205":',
      'area-codes.yaml: is not YAML, got `Map keys must be unique at line',
    ],
    [
      'an area code in two kinds',
      'area-codes.yaml',
      'codes: ["900"]',
      'codes: ["900", "205"]',
      'area code listed twice, got `205`',
    ],
    [
      'an area code that begins with 1',
      'area-codes.yaml',
      '"205":',
      '"105":',
      'area-codes.yaml: us.105: unknown key',
    ],
    [
      'a jurisdiction without an area code',
      'area-codes.yaml',
      /.*state: "WY".*\n/,
      '',
      'jurisdictions.WY: has no area code',
    ],
    [
      'an emergency where none bars calls',
      'operator.yaml',
      'active: []',
      'active: [{jurisdiction: CO, from: "2026-01-01", source: x}]',
      'operator.yaml: emergencies.active.0.jurisdiction: bars nothing',
    ],
    [
      'a proclaimed day that is none',
      'operator.yaml',
      'proclaimed_days: []',
      'proclaimed_days: [{jurisdiction: RI, date: "2026-13-01", name: x, source: y}]',
      'operator.yaml: proclaimed_days.0.date: no such day',
    ],
    [
      'a mapped code that the table has',
      'operator.yaml',
      'area_codes: []',
      'area_codes: [{code: "205", state: AL, source: x, date: "2026-11-20"}]\n',
      'operator.yaml: area_codes.0.code: area code listed twice, got `205`',
    ],
    [
      'a mapped code of a place that is none',
      'operator.yaml',
      'area_codes: []',
      'area_codes: [{code: "222", state: ZZ, source: x, date: "2026-11-20"}]\n',
      'operator.yaml: area_codes.0.state: no such jurisdiction, got `ZZ`',
    ],
    [
      'a mapped code in a zone of elsewhere',
      'operator.yaml',
      'area_codes: []',
      'area_codes: [{code: "222", state: AL, zones: [America/Denver], source: x, date: "2026-11-20"}]\n',
      'operator.yaml: area_codes.0.zones: not a zone of AL, got `America/Denver`',
    ],
    [
      'a mapped code without its source',
      'operator.yaml',
      'area_codes: []',
      'area_codes: [{code: "222", state: AL, date: "2026-11-20"}]\n',
      'operator.yaml: area_codes.0.source: missing',
    ],
    [
      'a mapped code on a day that is none',
      'operator.yaml',
      'area_codes: []',
      'area_codes: [{code: "222", state: AL, source: x, date: "2026-02-30"}]\n',
      'operator.yaml: area_codes.0.date: no such day',
    ],
    [
      'a holiday of the unknown place that is none',
      'federal.yaml',
      'holidays: [new_years_day',
      'holidays: [boxing_day',
      'federal.yaml: unknown_place.holidays: no such holiday, got `boxing_day`',
    ],
    [
      'no head of a section',
      'zips.txt',
      '= AL | America/Chicago\n',
      '= AL\n',
      'zips.txt: line 16: not the head of a section',
    ],
    ['half a ZIP', 'zips.txt', /^995 01 /m, '995 1 ', 'zips.txt: line 8: not a line of ZIPs, got `995 1 02'],
    [
      'ZIPs before any state',
      'zips.txt',
      '= AK | America/Anchorage\n',
      '',
      'zips.txt: line 7: stands before any section',
    ],
    [
      'a ZIP in no state',
      'zips.txt',
      '= AL |',
      '= ZZ |',
      'zips.txt: line 16: no such jurisdiction, got `ZZ`',
    ],
    [
      'a ZIP in a zone of elsewhere',
      'zips.txt',
      '= AL | America/Chicago\n',
      '= AL | America/Denver\n',
      'zips.txt: line 16: not a zone of AL',
    ],
    [
      'a ZIP twice in a state',
      'zips.txt',
      /^995 01 02/m,
      '995 01 01',
      'ZIP listed twice under AK, got `99501`',
    ],
    [
      'a county that keeps no day of its own',
      'zips.txt',
      '| Baldwin\n',
      '| Bibb\n',
      'county without law of its own, got `Bibb`',
    ],
    [
      'a county that lost its ZIPs',
      'zips.txt',
      /Mobile/g,
      'Baldwin',
      'AL: no ZIP lies in a county with law of its own, got none, expected `Mobile`',
    ],
    ['a state that lost its ZIPs', 'zips.txt', '= WY |', '= WV |', 'WY: has no ZIP'],
    [
      'a section without ZIPs',
      'zips.txt',
      '= AL |',
      '= AL | America/Chicago\n= AL |',
      'section without ZIPs',
    ],
    ['an empty file of ZIPs', 'zips.txt', /^[^]*$/, '# nothing\n', 'zips.txt: line 1: says nothing'],
    [
      'an alias, which could blow up',
      'federal.yaml',
      'confidence: high',
      'confidence: &a high\n  note: *a',
      'federal.yaml:',
    ],
  ])('%s', (_name, file, from, to, expected) => {
    edit(file, from, to);
    const found = problems();
    expect(found.join('\n')).toContain(expected);
    for (const line of found) expect(line).toMatch(/^[a-z-]+\.(yaml|txt): .+, got .+, expected/s);
  });
  test('all problems of all files at once', () => {
    edit('federal.yaml', 'value: 15', 'value: 0');
    edit('states.yaml', 'basis: state_regulation', 'basis: hearsay');
    edit('states.yaml', 'own_list: true', 'own_list: maybe');
    edit('holidays.yaml', 'Friday, easter: -2', 'Friday, easter: soon');
    rmSync(join(directory, 'operator.yaml'));
    rmSync(join(directory, 'zips.txt'));
    const found = problems();
    for (const start of [
      'zips.txt: (file): cannot be read, got `ENOENT`',
      'federal.yaml',
      'states.yaml: jurisdictions.AL',
      'states.yaml: jurisdictions.CO',
      'holidays.yaml',
      'operator.yaml',
    ]) {
      expect(
        found.some((line) => line.startsWith(start)),
        start,
      ).toBe(true);
    }
  });
  test('a file with another name is not passed over', () => {
    writeFileSync(join(directory, 'state.yaml'), 'a: 1\n');
    expect(problems().join()).toContain('state.yaml: (file): unknown file');
  });
  test('bytes that are no text', () => {
    writeFileSync(join(directory, 'federal.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
    expect(problems().join()).toContain('federal.yaml');
  });
  test('no directory at all', () => {
    expect(loadLaw(join(directory, 'nowhere')).ok).toBe(false);
  });
});

/** What look-ups stand on: which lists bind whom, new versions beside a running look-up, and nothing that lets a call through. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDoNotCallLists } from '../../../src/adapters/files/do-not-call-lists.ts';
import { loadFileLists } from '../../../src/adapters/files/file-lists.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { loadLaw } from '../../../src/config/load-law.ts';
import { openRuling } from '../../../src/load-ruling.ts';
import {
  type ListManifest,
  manifestText,
  type PageRecord,
  parseManifest,
  sha256Of,
  versionOf,
} from '../../../src/adapters/files/list-manifest.ts';
import { loadPages } from '../../../src/adapters/files/page-files.ts';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import { lookForNewer } from '../../../src/control/watch-lists.ts';
import type { ListReach } from '../../../src/config/config.ts';
import type { LedgerDraft } from '../../../src/domain/ledger-entry.ts';
import type { Ledger } from '../../../src/ports/ledger.ts';
import { phone } from '../../support/fake-operations.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { campaign, date, hitsOf, linesOf, listWorld, type ListWorld, REJECTED_MAX_BP } from './world.ts';

const A = '+13035550101';
const B = '+13035550102';
const reach = (name: string, kind: ListReach['kind'], jurisdiction: string | null = null): ListReach => ({
  ...{ name, kind, jurisdiction, campaignId: null },
});

function damage(world: ListWorld, name: string, version: string): void {
  const page = join(world.store, name, version, '303.sorted');
  const bytes = readFileSync(page);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  writeFileSync(page, bytes);
}

describe('lists of a campaign', () => {
  test('all lists bind all campaigns, a campaign list binds its own; hits name the lists', async () => {
    const world = listWorld();
    const files = await loadFileLists(
      [
        world.setting('of-file', linesOf('3035550101', '3035550102')),
        world.setting('ours', '', { kind: 'internal' }),
      ],
      REJECTED_MAX_BP,
    );
    if (!files.ok) throw new Error(files.problems.join());
    const two = world.file('two.txt', linesOf('3035550102'));
    await world.mustImport([two], { name: 'texas', kind: 'state', jurisdiction: 'TX' });
    await world.mustImport([two], { name: 'own', kind: 'campaign', campaignId: 'solar' as never });
    const lists = await openDoNotCallLists({
      files: files.lists,
      folder: world.store,
      required: [],
      listStates: new Set(),
    });
    const solar = await lists.lookUp(phone(B), campaign('solar'));
    expect(solar.hits).toEqual(['of-file', 'own', 'texas']);
    expect(solar.consulted.map(({ name }) => name)).toEqual(['of-file', 'ours', 'own', 'texas']);
    expect(solar.consulted[3]).toMatchObject({
      ...{ name: 'texas', kind: 'state', jurisdiction: 'TX', campaignId: null, obtainedOn: '2026-11-20' },
    });
    // The same object: a decision tells from it that nothing has changed.
    expect((await lists.lookUp(phone(A), campaign('solar'))).consulted).toBe(solar.consulted);
    const other = await lists.lookUp(phone(B), campaign('windows'));
    expect(other.hits).toEqual(['of-file', 'texas']);
    expect(await hitsOf(lists, '+442071838750')).toEqual([]);
    expect(lists.status().map(({ name, inForce }) => [name, inForce?.origin, inForce?.count])).toEqual([
      ['of-file', 'file', 2],
      ['ours', 'file', 0],
      ['own', 'import', 1],
      ['texas', 'import', 1],
    ]);
  });

  test('one bad file refuses all, and each bad one is named', async () => {
    const world = listWorld();
    const gone = { ...world.setting('gone', ''), path: '/nowhere/list.txt' };
    const answer = await loadFileLists(
      [
        world.setting('good', '3035550101\n'),
        world.setting('prose', '303-555-0101 x5\nhello\n'),
        gone,
        world.setting('empty', ''),
      ],
      REJECTED_MAX_BP,
    );
    expect(answer.ok ? [] : answer.problems.map((line) => line.replace(/`\/[^`]*`/, '`…`'))).toEqual([
      'list `prose`: `…` holds no number, 2 lines were rejected; line 1: is not a telephone number',
      'list `gone`: `…` cannot be read: ENOENT',
      'list `empty`: `…` is empty; a copy of the national registry holds numbers',
    ]);
  });
});

test('a file of which more than the allowed share is rejected is no list: its lost numbers would be called', async () => {
  const world = listWorld();
  const good = linesOf(...Array<string>(99).fill('3035550102'));
  const load = (bad: string) => loadFileLists([world.setting('of-file', `${good}${bad}`)], REJECTED_MAX_BP);
  expect((await load('303-555-0101 x5\n')).ok).toBe(true);
  const answer = await load('303-555-0101 x5\n303-555-0103 x5\n');
  expect(answer.ok ? [] : answer.problems.map((line) => line.replace(/`\/[^`]*`/, '`…`'))).toEqual([
    'list `of-file`: `…` 2 of 101 lines were rejected, 1.98 %, more than 1 %; line 100: is not a telephone number',
  ]);
});

test('no telephone number of a rejected line reaches the log', async () => {
  const world = listWorld();
  const directory = resolve(import.meta.dirname, '../../../config');
  const loaded = loadConfig({ directory, env: {}, loadLaw });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const config = { ...loaded.config, data: { directory: world.base } };
  const lines = linesOf(...Array<string>(100).fill('3035550102'));
  const files = await loadFileLists([world.setting('of-file', `303-555-0101 x5\n${lines}`)], REJECTED_MAX_BP);
  if (!files.ok) throw new Error(files.problems.join('\n'));
  const told: string[] = [];
  const tell = (fields: object, message: string) => void told.push(JSON.stringify({ ...fields, message }));
  await openRuling(config, files.lists, { info: tell, warn: tell, error: tell });
  const rejections = told.filter((line) => line.includes('was rejected'));
  expect(rejections).toEqual([expect.stringMatching(/"of-file".*"line":1.*is not a telephone number/)]);
  expect(told.join('\n')).not.toMatch(/303-555|0101/);
});

describe('a new version', () => {
  test('is in force at once when it is put in force, and not before', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))]);
    const lists = await world.open();
    await world.mustImport([world.file('b.txt', linesOf('3035550102'))]);
    const { ready, problems } = await lists.findNewer();
    expect(problems).toEqual([]);
    expect([await hitsOf(lists, A), await hitsOf(lists, B)]).toEqual([['national'], []]);
    for (const version of ready) version.putInForce();
    expect([await hitsOf(lists, A), await hitsOf(lists, B)]).toEqual([[], ['national']]);
    expect((await lists.findNewer()).ready).toEqual([]);
  });

  test('shares with the old one the pages that are the same', async () => {
    const world = listWorld();
    const { version } = await world.mustImport([world.file('a.txt', linesOf('3035550101', '7205550101'))]);
    const lists = await world.open();
    await world.mustImport([world.file('d.txt', '7205550102,A\n')], { mode: 'delta' });
    // Were the page of 303 read again, it would not be found.
    for (const name of [version, ...(await world.open()).status().map((s) => s.inForce?.version.version)]) {
      rmSync(join(world.store, 'national', name ?? '', '303.sorted'), { force: true });
    }
    const { ready } = await lists.findNewer();
    expect(ready).toHaveLength(1);
    ready[0]?.putInForce();
    expect([await hitsOf(lists, A), await hitsOf(lists, '+17205550102')]).toEqual([
      ['national'],
      ['national'],
    ]);
  });

  test('that is broken is told once and not taken; the next good one is', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))]);
    const lists = await world.open();
    const { version } = await world.mustImport([world.file('b.txt', linesOf('3035550102'))]);
    damage(world, 'national', version);
    const first = await lists.findNewer();
    expect(first.ready).toEqual([]);
    expect(first.problems).toMatchObject([
      {
        name: 'national',
        inForce: true,
        problem: expect.stringMatching(/`303\.sorted` was changed/) as string,
      },
    ]);
    expect((await lists.findNewer()).problems).toEqual([]);
    expect(await hitsOf(lists, A)).toEqual(['national']);
    expect(lists.status()[0]?.problem).toMatch(/was changed/);
    await world.mustImport([world.file('c.txt', linesOf('3035550103'))]);
    for (const newer of (await lists.findNewer()).ready) newer.putInForce();
    expect(lists.status()[0]).toMatchObject({ problem: null, inForce: { count: 1 } });
    expect(await hitsOf(lists, '+13035550103')).toEqual(['national']);
  });

  test.each<[string, (folder: string, version: string) => void, RegExp]>([
    ['a missing page', (at, v) => rmSync(join(at, v, '303.sorted')), /cannot be read whole/],
    ['a cut page', (at, v) => writeFileSync(join(at, v, '303.sorted'), 'x'), /cannot be read whole/],
    ['no manifest', (at, v) => rmSync(join(at, v, 'manifest.json')), /has no manifest/],
    [
      'a changed manifest',
      (at, v) => {
        const path = join(at, v, 'manifest.json');
        writeFileSync(path, readFileSync(path, 'utf8').replace('2026-11-20"', '2026-11-21"'));
      },
      /the manifest .* was changed/,
    ],
    ['a pointer to nothing', (at) => writeFileSync(join(at, 'current'), '{}'), /does not name a version/],
    [
      'a pointer that leaves the folder',
      (at) => writeFileSync(join(at, 'current'), '{"version":"../x","manifestSha256":"0"}'),
      /does not name a version/,
    ],
  ])('with %s is not taken', async (_what, spoil, problem) => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))]);
    const lists = await world.open();
    const { version } = await world.mustImport([world.file('b.txt', linesOf('3035550102'))]);
    spoil(join(world.store, 'national'), version);
    const found = await lists.findNewer();
    expect(found.ready).toEqual([]);
    expect(found.problems[0]?.problem).toMatch(problem);
    expect(await hitsOf(lists, A)).toEqual(['national']);
    // And at a start there is no old version: nothing is let through.
    expect((await world.open()).status()[0]).toMatchObject({ inForce: null });
  });
});

describe('a new version gives decisions their turns', () => {
  /** How often others had a turn while `work` was done. */
  async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await work();
    done = true;
    return turns;
  }
  const registry = (areaCodes: number): ListManifest => {
    const pages = Array.from({ length: areaCodes }, (_, at): PageRecord => ({
      ...{ areaCode: 200 + at, form: 'sorted', numbers: 1, sha256: sha256Of(String(at)) },
    }));
    const source = {
      mode: 'full',
      sha256: sha256Of('a'),
      obtainedOn: '2026-11-20',
      lines: 1,
      rejected: 0,
    } as const;
    const draft: ListManifest = {
      ...{ format: 1, name: 'national', kind: 'national', jurisdiction: null, campaignId: null, version: '' },
      ...{ obtainedOn: '2026-11-20', areaCodes: 'all', numbers: areaCodes, pages },
      sources: [{ ...source, file: 'a.txt', importedAt: '2026-11-21T17:00:00.000Z' }],
    };
    return { ...draft, version: versionOf(draft) };
  };

  test('while the manifest of a registry is checked, in pieces that say the same as the whole', async () => {
    const made = registry(400);
    const turns = await turnsDuring(async () =>
      expect(await parseManifest(manifestText(made), 'national', made.version)).toMatchObject({ ok: true }),
    );
    // Eight of 400 records at a time, checked and then hashed.
    expect(turns).toBeGreaterThanOrEqual(90);
    const { version, pages, sources, ...head } = made;
    const files = sources.map(({ file, mode, sha256, obtainedOn, lines, rejected }) => {
      return { file, mode, sha256, obtainedOn, lines, rejected };
    });
    const whole = canonicalJson({ ...head, pages, sources: files });
    expect(version).toBe(`2026-11-20-${sha256Of(whole).slice(0, 8)}`);
  });

  test('while a page is hashed', async () => {
    const world = listWorld();
    const lines = Array.from({ length: 40_000 }, (_, n) => `303${2_000_000 + n * 150}`);
    const manifest = await world.mustImport([world.file('dense.txt', lines.join('\n'))]);
    const folder = join(world.store, 'national', manifest.version);
    // A megabyte, an eighth of it at a time.
    expect(await turnsDuring(() => loadPages(folder, manifest))).toBeGreaterThanOrEqual(8);
  });

  test('while a file that the configuration names is read, and its bitmaps are made', async () => {
    const world = listWorld();
    const lines = Array.from({ length: 40_000 }, (_, n) => `303${2_000_000 + n * 150}`);
    const setting = world.setting('national', lines.join('\n'));
    const turns = await turnsDuring(async () =>
      expect(await loadFileLists([setting], REJECTED_MAX_BP)).toMatchObject({ ok: true }),
    );
    // 440 kB, 16 of them at a time; then 800 exchanges, looked through and copied 50 at a time.
    expect(turns).toBeGreaterThanOrEqual(27 + 32);
  });

  test('a record that is wrong is found in whichever piece it stands', async () => {
    for (const at of [0, 7, 8, 399]) {
      const made = registry(400);
      const pages = made.pages.map((page, each) => (each === at ? { ...page, sha256: 'x' } : page));
      const draft = { ...made, pages };
      const spoilt = { ...draft, version: versionOf(draft) };
      expect(await parseManifest(manifestText(spoilt), 'national', spoilt.version)).toEqual({
        ...{ ok: false, problem: 'its manifest lacks something or has it wrong' },
      });
    }
  });
});

describe('fails closed', () => {
  const consulted = async (world: ListWorld, required: readonly ListReach[]) =>
    (await (await world.open(required)).lookUp(phone(A), campaign('solar'))).consulted.map(
      ({ name }) => name,
    );

  test('the registry or a state list that is not there is not consulted, so the rule vetoes', async () => {
    const world = listWorld();
    expect(await consulted(world, [reach('national', 'national'), reach('texas', 'state', 'TX')])).toEqual(
      [],
    );
  });

  test('any other list that should be there makes the fact unknown', async () => {
    const world = listWorld();
    await expect(consulted(world, [reach('litigators', 'litigator')])).rejects.toThrow(
      'list `litigators` has not been imported',
    );
  });

  test('so does half of a registry that came in two lists', async () => {
    const world = listWorld();
    const { version } = await world.mustImport([world.file('e.txt', linesOf('3035550101'))], {
      name: 'east',
    });
    await world.mustImport([world.file('w.txt', linesOf('3035550102'))], { name: 'west' });
    expect(await consulted(world, [])).toEqual(['east', 'west']);
    damage(world, 'east', version);
    await expect(consulted(world, [])).rejects.toThrow(/list `east` version .* is broken/);
  });

  test('a list whose kind nobody can read binds everybody', async () => {
    const world = listWorld();
    await world.mustImport([world.file('e.txt', linesOf('3035550101'))]);
    await world.mustImport([world.file('o.txt', linesOf('3035550101'))], { name: 'ours', kind: 'internal' });
    writeFileSync(join(world.store, 'ours/current'), 'garbage');
    await expect(consulted(world, [])).rejects.toThrow(/list `ours` is broken/);
  });

  test('an imported list is not what the configuration says it is', async () => {
    const world = listWorld();
    await world.mustImport([world.file('e.txt', linesOf('3035550101'))], { name: 'x', kind: 'internal' });
    await expect(consulted(world, [reach('x', 'litigator')])).rejects.toThrow(/has kind `internal`/);
  });

  test('a list that is gone from the store stays in force until the end of the process', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))]);
    const lists = await world.open();
    rmSync(join(world.store, 'national'), { recursive: true });
    await lists.findNewer();
    expect(await hitsOf(lists, A)).toEqual(['national']);
  });
});

describe('INVARIANT (list-before-decision)', () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

  test('a version is in the ledger before it is in force', async () => {
    const world = listWorld();
    await world.mustImport([world.file('a.txt', linesOf('3035550101'))]);
    const lists = await world.open();
    await world.mustImport([world.file('b.txt', linesOf('3035550102'))], { obtainedOn: date('2026-11-21') });
    const drafts: LedgerDraft[] = [];
    let refuses = true;
    const ledger = {
      append: async (draft: LedgerDraft) => {
        drafts.push(draft);
        expect(await hitsOf(lists, B)).toEqual([]);
        if (refuses) throw new Error('no disk');
      },
    } as unknown as Ledger;
    const watch = { lists, ledger, log: silent, clock: fakeClock('2026-11-23T18:00:00Z') };
    await expect(lookForNewer(watch)).rejects.toThrow('no disk');
    expect(await hitsOf(lists, B)).toEqual([]);
    refuses = false;
    await lookForNewer(watch);
    expect(await hitsOf(lists, B)).toEqual(['national']);
    expect(drafts.at(-1)).toMatchObject({
      kind: 'list_loaded',
      body: {
        ...{ name: 'national', kind: 'national', obtainedOn: '2026-11-21', count: 1, origin: 'import' },
        sources: [{ file: 'b.txt', lines: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
      },
    });
  });
});

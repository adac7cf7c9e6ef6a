/** `ledger archive`: months that are over, each a file that continues the one before; nothing of a month that may still grow. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ledgerVerify } from '../../../src/cli/commands/ledger.ts';
import { ledgerArchive } from '../../../src/cli/commands/ledger-archive.ts';
import { guarded } from '../../../src/cli/io.ts';
import type { EntryFilter, Wiring } from '../../../src/cli/wiring.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../../src/domain/chain-link.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { instant } from '../../../src/domain/time.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';

const SEPTEMBER = 8_000_000_000_000;
const OCTOBER = 8_100_000_000_000;
/** The month of the clock of `fakeIo`. */
const NOVEMBER = 8_200_000_000_000;
const DAYS_TO_DECEMBER_MS = 14 * 86_400_000;
const place = { configDirectory: 'config', env: {} };

let folder: string;
let io: FakeIo;
/** The largest id that each opening of the store was asked to begin after. */
let asked: (number | undefined)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-archive-'));
  io = fakeIo();
  asked = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

/** Entries of two writers in turn, with these ids. */
function entriesAt(...ids: readonly number[]): readonly LedgerEntry[] {
  const heads = new Map<string, { readonly seq: number; readonly hash: string }>();
  return ids.map((id, index) => {
    const writer = (index % 2 === 0 ? 'east' : 'west') as WriterId;
    const bodyText = `{"callId":"c-${index}"}`;
    const content = { kind: 'call_progress', bodyText, at: instant(index + 1) } as const;
    const link = nextLink(heads.get(writer) ?? EMPTY_CHAIN, writer, content);
    heads.set(writer, link);
    return entryOf(link, id);
  });
}

const storeOf = (entries: readonly LedgerEntry[]): Pick<Wiring, 'openLedger'> => ({
  openLedger: () =>
    Promise.resolve({
      entries: async function* (filter = {}) {
        if (filter.kinds === undefined) asked.push(filter.afterId);
        yield* await Promise.resolve(
          entries.filter(
            ({ id, kind }) => id > (filter.afterId ?? 0) && (filter.kinds?.includes(kind) ?? true),
          ),
        );
      },
      close: () => Promise.resolve(),
    }),
});

interface Latch {
  readonly opened: Promise<void>;
  open(): void;
}

function latch(): Latch {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** All of them, but before the one with this id it waits for `gate`. */
async function* slowly(
  entries: readonly LedgerEntry[],
  id: number,
  begun: Latch,
  gate: Latch,
): AsyncGenerator<LedgerEntry> {
  for (const entry of entries) {
    if (entry.id === id) {
      begun.open();
      await gate.opened;
    }
    yield entry;
  }
}

const archive = (entries: readonly LedgerEntry[]): Promise<number> =>
  guarded(io, () => ledgerArchive({ ...place, to: folder }, io, storeOf(entries)));
const verify = (files: readonly string[], from?: string): Promise<number> =>
  guarded(io, () => ledgerVerify({ ...place, file: files.map(at), from }, io, storeOf([])));
const files = (): readonly string[] => readdirSync(folder).sort();
const said = (): string => [...io.output, ...io.errors].join('\n');

const FOUR_MONTHS = entriesAt(1, 2, SEPTEMBER + 1, SEPTEMBER + 2, SEPTEMBER + 3, OCTOBER + 1, NOVEMBER + 1);

test('months that are over, what was before them included; the month of the clock is not', async () => {
  expect(await archive(FOUR_MONTHS)).toBe(0);
  expect(files()).toEqual([
    'ledger-0000-before.json',
    'ledger-0000-before.jsonl',
    'ledger-2026-09.json',
    'ledger-2026-09.jsonl',
    'ledger-2026-10.json',
    'ledger-2026-10.jsonl',
  ]);
  const lines = readFileSync(at('ledger-2026-09.jsonl'), 'utf8');
  expect(JSON.parse(readFileSync(at('ledger-2026-09.json'), 'utf8'))).toEqual({
    month: '2026-09',
    file: 'ledger-2026-09.jsonl',
    sha256: sha256Hex(lines),
    entries: 3,
    first_id: SEPTEMBER + 1,
    last_id: SEPTEMBER + 3,
    heads: {
      east: { seq: 3, hash: FOUR_MONTHS[4]?.hash },
      west: { seq: 2, hash: FOUR_MONTHS[3]?.hash },
    },
  });
  expect(lines.split('\n')).toHaveLength(4);
});

test('verify reads them: all together, and one alone from the end of the one before', async () => {
  await archive(FOUR_MONTHS);
  const all = ['ledger-0000-before.jsonl', 'ledger-2026-09.jsonl', 'ledger-2026-10.jsonl'];
  expect(await verify(all)).toBe(0);
  expect(said()).toContain('sound: 6 entries of 2 writers');
  expect(await verify(['ledger-2026-10.jsonl'])).toBe(1);
  expect(await verify(['ledger-2026-10.jsonl'], at('ledger-2026-09.json'))).toBe(0);
  expect(await verify(['ledger-2026-10.jsonl'], at('ledger-0000-before.json'))).toBe(1);
  expect(await verify(['ledger-2026-10.jsonl'], at('ledger-2026-09.jsonl'))).toBe(2);
});

test('the next time only what follows is read', async () => {
  await archive(FOUR_MONTHS);
  expect(await archive(FOUR_MONTHS)).toBe(0);
  expect(said()).toContain('no month is over');
  await io.sleep(DAYS_TO_DECEMBER_MS);
  const ids = FOUR_MONTHS.map(({ id }) => id);
  const later = entriesAt(...ids, NOVEMBER + 2, NOVEMBER + 100_000_000_001);
  expect(await archive(later)).toBe(0);
  expect(asked).toEqual([0, OCTOBER + 1, OCTOBER + 1]);
  expect(files().filter((name) => name.endsWith('.jsonl'))).toHaveLength(4);
  expect(await verify(['ledger-2026-11.jsonl'], at('ledger-2026-10.json'))).toBe(0);
});

test('a month that nothing follows may still grow: nothing of it is left behind', async () => {
  expect(await archive(entriesAt(SEPTEMBER + 1, SEPTEMBER + 2))).toBe(0);
  expect(files()).toEqual([]);
  expect(said()).toContain('no month is over');
});

test('the month of our clock is not over, also when the store has turned already', async () => {
  const entries = entriesAt(OCTOBER + 1, OCTOBER + 2, NOVEMBER + 1, NOVEMBER + 2, NOVEMBER + 100_000_000_001);
  expect(await archive(entries)).toBe(0);
  expect(files()).toEqual(['ledger-2026-10.json', 'ledger-2026-10.jsonl']);
});

test('an entry that is broken ends it; its month is not archived, those before are', async () => {
  // West's last entry of September.
  expect(await archive(FOUR_MONTHS.filter(({ id }) => id !== SEPTEMBER + 2))).toBe(1);
  expect(said()).toContain(`BROKEN at entry ${OCTOBER + 1} (writer west, seq 3): seq_gap`);
  expect(existsSync(at('ledger-2026-09.json'))).toBe(true);
  expect(files().some((name) => name.includes('2026-10'))).toBe(false);
});

test('what an archive that was cut off left behind is written anew', async () => {
  writeFileSync(at('ledger-2026-09.jsonl'), 'half');
  writeFileSync(at('ledger-2026-10.jsonl.1.part'), 'half');
  expect(await archive(FOUR_MONTHS)).toBe(0);
  expect(await verify(['ledger-0000-before.jsonl', 'ledger-2026-09.jsonl', 'ledger-2026-10.jsonl'])).toBe(0);
  expect(files().filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('of two archives at once one ends, and neither writes into the file of the other', async () => {
  const begin = async () => {
    const [begun, gate] = [latch(), latch()];
    const entries = ({ afterId = 0, kinds }: EntryFilter = {}): AsyncIterable<LedgerEntry> =>
      slowly(
        FOUR_MONTHS.filter(({ id, kind }) => id > afterId && (kinds?.includes(kind) ?? true)),
        SEPTEMBER + 2,
        begun,
        gate,
      );
    const store = { openLedger: () => Promise.resolve({ entries, close: () => Promise.resolve() }) };
    const exit = guarded(io, () => ledgerArchive({ ...place, to: folder }, io, store));
    await Promise.race([begun.opened, exit]);
    return { gate, exit };
  };
  const first = await begin();
  const second = await begin();
  first.gate.open();
  expect(await first.exit).toBe(3);
  expect(existsSync(at('ledger-2026-09.jsonl'))).toBe(false);
  second.gate.open();
  expect(await second.exit).toBe(0);
  expect(said()).toContain('another archive has begun 2026-09');
  expect(files().filter((name) => !/^ledger-(?:0000-before|2026-(?:09|10))\.jsonl?$/.test(name))).toEqual([]);
  const { sha256 } = JSON.parse(readFileSync(at('ledger-2026-09.json'), 'utf8')) as { sha256: string };
  expect(sha256Hex(readFileSync(at('ledger-2026-09.jsonl')))).toBe(sha256);
});

test.each(['not JSON', 'null', '{}', '{"month":"2026-09"}', '{"month":"2026-08","last_id":1,"heads":{}}'])(
  'a month that says %s of itself ends it',
  async (text) => {
    writeFileSync(at('ledger-2026-09.json'), text);
    expect(await archive(FOUR_MONTHS)).toBe(1);
    expect(said()).toContain('is not what the archive wrote');
  },
);

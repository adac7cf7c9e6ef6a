/** A new version of a list is looked for when somebody tells of one, and from time to time when nobody does. */
import { describe, expect, test } from 'vitest';
import { openMemoryLedger, memoryLedgerStore } from '../../../src/adapters/memory/ledger.ts';
import { watchLists } from '../../../src/control/watch-lists.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { LedgerDraft } from '../../../src/domain/ledger-entry.ts';
import type { NewerVersions } from '../../../src/ports/fact-sources.ts';
import { fakeClock, settle } from '../../support/fake-clock.ts';

const EVERY_MS = 300_000;
const NOTHING: NewerVersions = { ready: [], problems: [] };
const LOADED: LedgerDraft = { kind: 'list_loaded', body: { name: 'national', version: '2026-11-20-0' } };

/** One that is under way, until the test ends it. */
interface Look {
  readonly resolve: (found: NewerVersions) => void;
  readonly reject: (error: Error) => void;
}

function world() {
  const clock = fakeClock('2026-11-23T18:00:00Z');
  const store = memoryLedgerStore();
  const ledger = openMemoryLedger({ writer: 'here' as WriterId, clock, store });
  const other = openMemoryLedger({ writer: 'other' as WriterId, clock, store });
  const looks: Look[] = [];
  const hearers = new Set<() => void>();
  const watch = watchLists({
    ...{ clock, ledger, everyMs: EVERY_MS },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    lists: {
      findNewer: () =>
        new Promise((resolve, reject) => {
          looks.push({ resolve, reject });
        }),
    },
    news: {
      listen(heard) {
        hearers.add(heard);
        return { stop: () => void hearers.delete(heard) };
      },
    },
  });
  const announce = (): void => {
    for (const heard of hearers) heard();
  };
  return { clock, ledger, other, looks, hearers, watch, announce };
}

describe('a new version of a list is looked for', () => {
  test('at once when an import tells of it, and not again when the time for a look comes meanwhile', async () => {
    const { clock, looks, announce } = world();
    await clock.go(EVERY_MS - 1);
    expect(looks).toHaveLength(0);
    announce();
    expect(looks).toHaveLength(1);
    await clock.go(1_000);
    expect(looks).toHaveLength(1);
    looks[0]?.resolve(NOTHING);
    await clock.go(EVERY_MS - 1);
    expect(looks).toHaveLength(1);
    await clock.go(1);
    expect(looks).toHaveLength(2);
  });

  test('once more, whatever is told during a look and however often', async () => {
    const { looks, announce } = world();
    announce();
    announce();
    announce();
    expect(looks).toHaveLength(1);
    looks[0]?.resolve(NOTHING);
    await settle();
    expect(looks).toHaveLength(2);
    looks[1]?.resolve(NOTHING);
    await settle();
    expect(looks).toHaveLength(2);
  });

  test('when another sidecar has put one in force, and not for our own entry', async () => {
    const { ledger, other, looks } = world();
    await ledger.append(LOADED);
    await settle();
    expect(looks).toHaveLength(0);
    await other.append(LOADED);
    await settle();
    expect(looks).toHaveLength(1);
  });

  test('again, from time to time, after a look that failed', async () => {
    const { clock, looks, announce } = world();
    announce();
    looks[0]?.reject(new Error('no disk'));
    await clock.go(EVERY_MS);
    expect(looks).toHaveLength(2);
  });

  test('no more when the watch is over', async () => {
    const { clock, other, looks, hearers, watch, announce } = world();
    watch.stop();
    announce();
    await other.append(LOADED);
    await clock.go(2 * EVERY_MS);
    expect(looks).toHaveLength(0);
    expect(hearers.size).toBe(0);
  });
});

/** Finding, cause, correction, verification: each is an entry, nothing is changed afterwards, and what cannot be meant is named. */
import { beforeEach, expect, test } from 'vitest';
import {
  type MemoryLedger,
  memoryLedgerStore,
  openMemoryLedger,
} from '../../../src/adapters/memory/ledger.ts';
import { createIncidents, type Incidents } from '../../../src/control/incidents.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { addMs } from '../../../src/domain/time.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let ledger: MemoryLedger;
let incidents: Incidents;

beforeEach(() => {
  clock = fakeClock('2026-11-24T18:00:00Z');
  ledger = openMemoryLedger({ writer: 'w' as WriterId, clock, store: memoryLedgerStore() });
  incidents = createIncidents({ clock, ledger });
});

const found = (incidentId = 'i-1', finding = 'the registry copy was stale') => ({
  ...{ incidentId, finding, who: 'Kim' },
  foundAt: addMs(clock.now(), -60_000),
});
const END = {
  ...{ incidentId: 'i-1', cause: 'the subscription had lapsed', correction: 'renewed' },
  ...{ verification: 'self-test held', who: 'Ana' },
};

test('opened, then closed, and both are in the ledger with who and when', async () => {
  expect(await incidents.open(found())).toMatchObject({
    ...{ kind: 'written', entry: { kind: 'incident_opened' } },
  });
  expect(await incidents.list()).toMatchObject([{ incidentId: 'i-1', openedBy: 'Kim', closing: null }]);
  await clock.go(3_600_000);
  expect(await incidents.close(END)).toMatchObject({
    kind: 'written',
    entry: { kind: 'incident_closed', body: { ...END, closedAt: '2026-11-24T19:00:00.000Z' } },
  });
  expect(await incidents.list()).toEqual([
    {
      incidentId: 'i-1',
      finding: 'the registry copy was stale',
      foundAt: '2026-11-24T17:59:00.000Z',
      openedBy: 'Kim',
      openedAt: '2026-11-24T18:00:00.000Z',
      closing: {
        cause: 'the subscription had lapsed',
        correction: 'renewed',
        verification: 'self-test held',
        closedBy: 'Ana',
        closedAt: '2026-11-24T19:00:00.000Z',
      },
    },
  ]);
});

test('said again it is one entry; another finding or another end under the id is refused by name', async () => {
  const first = found();
  await incidents.open(first);
  await clock.go(1_000);
  expect(await incidents.open(first)).toMatchObject({ kind: 'duplicate' });
  await expect(incidents.open({ ...first, finding: 'something else' })).rejects.toMatchObject({
    ...{ field: 'incident_id', value: 'i-1', expected: expect.stringContaining('another id') as string },
  });
  await incidents.close(END);
  await clock.go(1_000);
  expect(await incidents.close(END)).toMatchObject({ kind: 'duplicate' });
  await expect(incidents.close({ ...END, cause: 'no, it was that' })).rejects.toMatchObject({
    ...{ field: 'incident_id', value: 'i-1', expected: expect.stringContaining('closed') as string },
  });
  expect(ledger.store.entries.map(({ kind }) => kind)).toEqual(['incident_opened', 'incident_closed']);
});

test('what was never opened cannot be closed, and those that are open are named', async () => {
  await expect(incidents.close(END)).rejects.toMatchObject({
    ...{ field: 'incident_id', value: 'i-1', expected: 'an open incident, and there is none' },
  });
  await incidents.open(found('i-2'));
  await expect(incidents.close(END)).rejects.toMatchObject({ expected: 'an open incident: i-2' });
  expect(ledger.store.entries).toHaveLength(1);
});

test('nothing is found tomorrow', async () => {
  const foundAt = addMs(clock.now(), 1);
  await expect(incidents.open({ ...found(), foundAt })).rejects.toMatchObject({
    ...{ field: 'found_at', value: '2026-11-24T18:00:00.001Z', expected: 'an instant that has passed' },
  });
  expect(ledger.store.entries).toEqual([]);
});

test('more than one page of them is read to the end', async () => {
  for (let index = 0; index < 1_001; index += 1) await incidents.open(found(`i-${index}`));
  expect(await incidents.list()).toHaveLength(1_001);
  await expect(incidents.close({ ...END, incidentId: 'i-1000' })).resolves.toMatchObject({ kind: 'written' });
});

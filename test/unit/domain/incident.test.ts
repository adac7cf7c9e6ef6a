/** Whatever a ledger holds, the first finding and the first end of an incident stand: no later entry changes what was told. */
import { expect, test } from 'vitest';
import { type Incident, withIncident } from '../../../src/domain/incident.ts';
import type { EntryKind, JsonObject } from '../../../src/domain/ledger-entry.ts';

const opened = (finding: string) =>
  ['incident_opened', { incidentId: 'i-1', finding, foundAt: 'f', who: 'Kim', openedAt: 'o' }] as const;
const closed = (cause: string) =>
  [
    'incident_closed',
    { incidentId: 'i-1', cause, correction: 'k', verification: 'v', who: 'Ana', closedAt: 'c' },
  ] as const;
const read = (...entries: readonly (readonly [EntryKind, JsonObject])[]): readonly Incident[] => {
  let found: ReadonlyMap<string, Incident> = new Map();
  for (const [kind, body] of entries) found = withIncident(found, { kind, body });
  return [...found.values()];
};

test('a second finding and a second end change nothing', () => {
  const first = read(opened('stale'), closed('lapsed'));
  expect(first).toMatchObject([{ finding: 'stale', closing: { cause: 'lapsed', closedBy: 'Ana' } }]);
  expect(read(opened('stale'), closed('lapsed'), opened('nothing'), closed('nothing'))).toEqual(first);
});

test('an end of what was never found is no incident, and does not close what is found later', () => {
  expect(read(closed('lapsed'))).toEqual([]);
  expect(read(closed('lapsed'), opened('stale'))).toMatchObject([{ finding: 'stale', closing: null }]);
});

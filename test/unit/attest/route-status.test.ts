/** Caller IDs by trunk, with the record that stands and who demands what: also of thousands, while calls wait. */
import { expect, test } from 'vitest';
import { statusesOf } from '../../../src/control/attest/route-status.ts';
import type { AttestationRecord } from '../../../src/domain/attestation.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, HOUR_MS, instant } from '../../../src/domain/time.ts';
import { SOLAR } from '../../support/sim-world.ts';

const NOW = instant(Date.parse('2026-11-24T18:00:00Z'));
const numberOf = (index: number): PhoneNumber => `+1303${String(2_000_000 + index)}` as PhoneNumber;

const record = (callerId: PhoneNumber, level: 'A' | 'B', trunk: string | null): AttestationRecord => ({
  ...{ callerId, level, way: 'declared', proof: 'p' },
  ...(trunk === null ? {} : { trunk }),
  ...{ confirmedAt: addMs(NOW, -HOUR_MS), expiresAt: addMs(NOW, HOUR_MS) },
});

const campaign = (id: string, callers: readonly PhoneNumber[], minimum: 'A' | 'B'): Campaign => ({
  ...SOLAR,
  id: id as Campaign['id'],
  callerIds: callers.map((number) => ({ number, proofOfRight: 'contract', takesDoNotCallRequests: true })),
  attestation: { minimum, maxAgeHours: 24, ways: ['declared'] },
});

/** Looks at members of callers and records. */
function counting<T extends object>(
  items: readonly T[],
  member: keyof T,
): { items: T[]; looks: () => number } {
  let looks = 0;
  const watched = items.map((item) => {
    const value = item[member];
    return Object.defineProperty({ ...item }, member, {
      enumerable: true,
      get: () => ((looks += 1), value),
    });
  });
  return { items: watched, looks: () => looks };
}

test('a route of two campaigns, one of another trunk, and a record of a caller ID that nobody has', () => {
  const [one, two, three] = [numberOf(1), numberOf(2), numberOf(3)];
  const west = { ...campaign('west', [one], 'A'), endpoint: 'PJSIP/{number}@west' };
  const found = statusesOf(
    [campaign('lax', [one], 'B'), campaign('strict', [one, two], 'A'), west],
    [record(one, 'B', 'carrier'), record(one, 'A', 'west'), record(three, 'A', null), record(two, 'A', null)],
    NOW,
  );
  const shown = found.map(({ callerId, trunk, record: stands, demands }) => [
    ...[callerId, trunk, stands?.level ?? null],
    demands.map(({ campaignId, answer }) => `${campaignId} ${answer}`),
  ]);
  expect(shown).toEqual([
    [one, 'carrier', 'B', ['strict attestation_below_minimum', 'lax met']],
    [one, 'west', 'A', ['west met']],
    [two, 'carrier', 'A', ['strict met']],
    [three, null, 'A', []],
  ]);
});

test('the work grows with the number of caller IDs, not with its square', () => {
  const looksAt = (count: number): number => {
    const numbers = Array.from({ length: count }, (_, index) => numberOf(index));
    const { items, looks } = counting(
      numbers.map((number) => record(number, 'A', null)),
      'callerId',
    );
    const callers = counting([...campaign('solar', numbers, 'A').callerIds], 'number');
    const found = statusesOf([{ ...campaign('solar', [], 'A'), callerIds: callers.items }], items, NOW);
    expect(found).toHaveLength(count);
    return looks() + callers.looks();
  };
  expect(looksAt(400)).toBeLessThanOrEqual(2 * looksAt(200) + 10);
});

/** Which of several records decides about a caller ID: evidence against stands until it is answered. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ATTESTATION_WAYS,
  type AttestationDemand,
  type AttestationRecord,
  decisiveRecord,
  freshUntil,
  meetsLevel,
  RECORDED_LEVELS,
} from '../../../src/domain/attestation.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { HOUR_MS, instant } from '../../../src/domain/time.ts';
import { trunkOf, trunkOfChannel } from '../../../src/domain/trunk.ts';

const NOW = instant(Date.parse('2026-11-24T18:00:00Z'));
const DEMAND: AttestationDemand = {
  trunk: 'east',
  minimum: 'A',
  maxAgeHours: 24,
  ways: [...ATTESTATION_WAYS],
};

const record = (
  level: AttestationRecord['level'],
  way: AttestationRecord['way'],
  hoursAgo: number,
  trunk: string | null = 'east',
): AttestationRecord => ({
  callerId: '+13035550199' as PhoneNumber,
  ...(trunk === null ? {} : { trunk }),
  level,
  way,
  confirmedAt: instant(NOW - hoursAgo * HOUR_MS),
  expiresAt: instant(NOW - hoursAgo * HOUR_MS + 24 * HOUR_MS),
  proof: 'p',
});

const decided = (records: readonly AttestationRecord[], more: Partial<AttestationDemand> = {}) => {
  const found = decisiveRecord(records, { ...DEMAND, ...more }, NOW);
  return found === null ? null : `${found.level} ${found.way}`;
};

describe('the record that decides', () => {
  test.each([
    ['nothing is known', [], {}, null],
    ['the only one', [record('A', 'signed_here', 1)], {}, 'A signed_here'],
    [
      'a fall beats what was confirmed before, in whatever way',
      [record('B', 'signed_here', 1), record('A', 'declared', 2, null), record('A', 'seen_there', 3)],
      {},
      'B signed_here',
    ],
    [
      'also where the campaign does not count that way',
      [record('none', 'signed_here', 1), record('A', 'declared', 2)],
      { ways: ['declared'] as const },
      'none signed_here',
    ],
    [
      'what was signed lower is answered by a later statement',
      [record('B', 'signed_here', 2), record('A', 'declared', 1)],
      {},
      'A declared',
    ],
    [
      'not by one that the campaign does not count',
      [record('B', 'signed_here', 2), record('A', 'declared', 1)],
      { ways: ['signed_here', 'seen_there'] as const },
      'B signed_here',
    ],
    [
      'nor by one that has run out: time alone confirms nothing',
      [record('B', 'signed_here', 30), record('A', 'declared', 25), record('A', 'seen_there', 31)],
      { maxAgeHours: 20 },
      'B signed_here',
    ],
    [
      'what arrived lower is not answered by what we sign',
      [record('B', 'seen_there', 2), record('A', 'signed_here', 1)],
      {},
      'B seen_there',
    ],
    [
      'but by what arrived later',
      [record('A', 'seen_there', 1), record('B', 'signed_here', 2)],
      {},
      'A seen_there',
    ],
    [
      'a fall grows old and stays',
      [record('C', 'seen_there', 900), record('A', 'signed_here', 1)],
      {},
      'C seen_there',
    ],
    [
      'the lowest of two',
      [record('C', 'seen_there', 3), record('none', 'declared', 2), record('B', 'signed_here', 1)],
      {},
      'none declared',
    ],
    [
      'B meets B',
      [record('B', 'signed_here', 1), record('A', 'declared', 2)],
      { minimum: 'B' as const },
      'B signed_here',
    ],
    [
      'another trunk says nothing',
      [record('none', 'signed_here', 1, 'west'), record('A', 'signed_here', 2)],
      {},
      'A signed_here',
    ],
    ['alone it is no record', [record('A', 'signed_here', 1, 'west')], {}, null],
    ['of every trunk', [record('A', 'declared', 1, null)], {}, 'A declared'],
    [
      'on a trunk nobody can tell, one of every trunk confirms',
      [record('A', 'declared', 1, null)],
      { trunk: null },
      'A declared',
    ],
    ['one of a trunk does not', [record('A', 'signed_here', 1, 'west')], { trunk: null }, null],
    [
      'but speaks against',
      [record('B', 'signed_here', 1, 'west'), record('A', 'declared', 2, null)],
      { trunk: null },
      'B signed_here',
    ],
    [
      'without a minimum a fall below A is shown all the same',
      [record('B', 'signed_here', 1), record('A', 'declared', 2)],
      { minimum: 'none' as const },
      'B signed_here',
    ],
    [
      'a statement that is below itself answers nothing',
      [record('C', 'seen_there', 3), record('none', 'declared', 2), record('B', 'signed_here', 1)],
      { minimum: 'B' as const },
      'C seen_there',
    ],
    [
      'the way that counts, beside one that does not',
      [record('A', 'declared', 5), record('A', 'signed_here', 1)],
      { ways: ['declared'] as const },
      'A declared',
    ],
    [
      'confirmed tomorrow is not confirmed',
      [record('A', 'declared', -24), record('B', 'signed_here', 1)],
      {},
      'B signed_here',
    ],
  ])('%s', (_, records, more, expected) => {
    expect(decided(records, more)).toBe(expected);
  });

  test('INVARIANT (evidence-against-stands): nothing is confirmed while something newer speaks against it', () => {
    const any = fc.record({
      level: fc.constantFrom(...RECORDED_LEVELS),
      way: fc.constantFrom(...ATTESTATION_WAYS),
      hours: fc.integer({ min: -2, max: 40 }),
      trunk: fc.constantFrom('east', 'west', null),
    });
    const demands = fc.record({
      trunk: fc.constantFrom('east', null),
      minimum: fc.constantFrom('A' as const, 'B' as const, 'C' as const),
      maxAgeHours: fc.integer({ min: 1, max: 48 }),
      ways: fc.subarray([...ATTESTATION_WAYS], { minLength: 1 }),
    });
    fc.assert(
      fc.property(
        fc.array(any, { maxLength: 6 }),
        demands,
        fc.integer({ min: 0, max: 60 }),
        (drawn, demand, later) => {
          const records = drawn.map(({ level, way, hours, trunk }) => record(level, way, hours, trunk));
          const now = instant(NOW + later * HOUR_MS);
          const found = decisiveRecord(records, demand, now);
          const isConfirmed =
            found !== null &&
            meetsLevel(found.level, demand.minimum) &&
            demand.ways.includes(found.way) &&
            found.confirmedAt <= now &&
            now < freshUntil(found, demand);
          if (!isConfirmed) return;
          // Whatever is below and newer than every confirmation that stands must not be there.
          const speaking = records.filter(
            ({ trunk }) => trunk === undefined || trunk === demand.trunk || demand.trunk === null,
          );
          const fresh = speaking.filter(
            (each) =>
              meetsLevel(each.level, demand.minimum) &&
              demand.ways.includes(each.way) &&
              each.confirmedAt <= now &&
              now < freshUntil(each, demand),
          );
          const newest = Math.max(...fresh.map(({ confirmedAt }) => confirmedAt));
          expect(
            speaking.filter((each) => !meetsLevel(each.level, demand.minimum) && each.confirmedAt >= newest),
          ).toEqual([]);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

test.each([
  ['PJSIP/{number}@carrier', 'carrier'],
  ['PJSIP/carrier/sip:{number}@192.0.2.1', 'carrier'],
  ['pjsip/{number}@us-east_1', 'us-east_1'],
  ['Local/{number}@dialer', null],
  ['SIP/{number}@carrier', null],
  ['PJSIP/{number}', null],
  ['', null],
])('the trunk of `%s` is %s', (dialString, trunk) => {
  expect(trunkOf(dialString)).toBe(trunk);
});

test.each([
  ['PJSIP/carrier-0000002a', 'carrier'],
  ['PJSIP/us-east-1-0000002a', 'us-east-1'],
  ['Local/1@x-00000001;1', null],
  ['PJSIP/carrier', null],
])('the trunk of channel `%s` is %s', (name, trunk) => {
  expect(trunkOfChannel(name)).toBe(trunk);
});

/** What is told of a caller ID is what the rule says of its originations, whatever is on record and whatever is asked. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { demandOf } from '../../../src/control/attest/demands.ts';
import { statusesOf } from '../../../src/control/attest/route-status.ts';
import {
  ATTESTATION_LEVELS,
  ATTESTATION_WAYS,
  type AttestationRecord,
  decisiveRecord,
  RECORDED_LEVELS,
} from '../../../src/domain/attestation.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import { known } from '../../../src/domain/facts.ts';
import { addMs, HOUR_MS, type Instant } from '../../../src/domain/time.ts';
import { callerId as rule } from '../../../src/rules/caller-id.ts';
import { at, AT, CAMPAIGN, factsOf, policyOf, requestOf } from '../../support/rules-world.ts';

const NOW = at(AT);
const REQUEST = requestOf({});
const CALLER_ID = REQUEST.callerId!;

/** Within two days, often at the very edge of an hour. */
const hoursAgo = fc.integer({ min: -2, max: 50 });
const records = fc.array(
  fc
    .record({
      level: fc.constantFrom(...RECORDED_LEVELS),
      way: fc.constantFrom(...ATTESTATION_WAYS),
      trunk: fc.constantFrom('east', 'west', null),
      confirmed: hoursAgo,
      lasts: fc.integer({ min: 1, max: 48 }),
    })
    .map(({ level, way, trunk, confirmed, lasts }): AttestationRecord => {
      const confirmedAt = addMs(NOW, -confirmed * HOUR_MS);
      return {
        ...{ callerId: CALLER_ID, level, way, confirmedAt, proof: 'p' },
        ...(trunk === null ? {} : { trunk }),
        expiresAt: addMs(confirmedAt, lasts * HOUR_MS),
      };
    }),
  { maxLength: 5 },
);
const campaigns = fc
  .record({
    endpoint: fc.constantFrom('PJSIP/{number}@east', 'Local/{number}@out'),
    minimum: fc.constantFrom(...ATTESTATION_LEVELS, 'none' as const),
    maxAgeHours: fc.integer({ min: 1, max: 48 }),
    ways: fc.subarray([...ATTESTATION_WAYS], { minLength: 1 }),
  })
  .map(({ endpoint, ...asked }): Campaign => ({
    ...CAMPAIGN,
    endpoint,
    attestation: { ...CAMPAIGN.attestation, ...asked },
  }));

/** What the rule finds of an origination at `now`. */
function found(campaign: Campaign, all: readonly AttestationRecord[], now: Instant) {
  const facts = factsOf({});
  if (!facts.campaign.known || facts.campaign.value === null) throw new Error('the world has no campaign');
  const findings = rule.check(
    REQUEST,
    {
      ...facts,
      now,
      campaign: known({ ...facts.campaign.value, campaign }),
      attestation: known(decisiveRecord(all, demandOf(campaign), now)),
    },
    policyOf({}),
  );
  return {
    vetoes: findings.flatMap((each) => ('veto' in each ? [each.veto.code] : [])),
    warnings: findings.flatMap((each) => ('warning' in each ? [each.warning.code] : [])),
  };
}

function told(campaign: Campaign, all: readonly AttestationRecord[], now: Instant) {
  const demand = statusesOf([campaign], all, now).flatMap(({ demands }) => demands)[0];
  if (demand === undefined) throw new Error('nothing is told of the campaign');
  return demand;
}

test('what would veto is told, and nothing else; a problem is named wherever it is not met', () => {
  fc.assert(
    fc.property(campaigns, records, (campaign, all) => {
      const { vetoes, warnings } = found(campaign, all, NOW);
      const { answer, problem, minimum } = told(campaign, all, NOW);
      if (minimum === 'none') {
        expect(vetoes).toEqual([]);
        expect(answer === 'attestation_unconfirmed').toBe(warnings.includes('attestation_unconfirmed'));
      } else if (answer === 'met') expect(vetoes).toEqual([]);
      else expect(vetoes).toContain(answer);
      expect(problem === null).toBe(answer === 'met');
    }),
    { numRuns: 2_000 },
  );
});

test('met until: up to that instant nothing vetoes, and no longer unless another record goes on', () => {
  fc.assert(
    fc.property(campaigns, records, (campaign, all) => {
      const { metUntil, record, minimum, answer } = told(campaign, all, NOW);
      expect(metUntil === null).toBe(answer !== 'met');
      if (metUntil === null || record === null) return;
      expect(metUntil).toBeGreaterThan(NOW);
      // The record alone: what else stands may go on, or turn out to be against it.
      expect(found(campaign, [record], addMs(metUntil, -1)).vetoes).toEqual([]);
      if (minimum !== 'none')
        expect(found(campaign, [record], metUntil).vetoes).toEqual(['attestation_unconfirmed']);
    }),
    { numRuns: 2_000 },
  );
});

/** The number shown: the seller's own, takes do-not-call requests, and signed at the level the campaign asks for. */
import { type AttestationRecord, meetsLevel } from '../domain/attestation.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Facts } from '../domain/facts.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import { formatInstant, HOUR_MS, instant, type Instant } from '../domain/time.ts';
import { trunkOf } from '../domain/trunk.ts';
import { type Finding, type Rule, veto, warning } from './rule.ts';

const ID = 'caller_id';
const BASIS = '47 CFR 64.1601(e); 16 CFR 310.4(a)(8), 310.5(a)(2)(ix)';

function ownership(request: OriginationRequest, campaign: Campaign): Finding[] {
  const setting = campaign.callerIds.find((each) => each.number === request.callerId);
  if (request.callerId === null || setting === undefined) {
    return [
      veto(ID, 'caller_id_not_owned', BASIS, {
        caller_id: request.callerIdText.slice(0, 40),
        campaign: campaign.id,
      }),
    ];
  }
  const findings: Finding[] = [];
  if (setting.proofOfRight.trim() === '') {
    const problem = 'no proof of the right to use it';
    findings.push(veto(ID, 'caller_id_not_owned', BASIS, { caller_id: setting.number, problem }));
  }
  if (!setting.takesDoNotCallRequests) {
    findings.push(veto(ID, 'caller_id_not_callable', BASIS, { caller_id: setting.number }));
  }
  return findings;
}

/** What is wrong with the record, or null when it is fresh and confirmed in an accepted way; its level is not looked at. */
export function attestationProblem(
  record: AttestationRecord | null,
  request: Pick<OriginationRequest, 'callerId'>,
  campaign: Campaign,
  now: Instant,
): string | null {
  const { maxAgeHours, ways } = campaign.attestation;
  if (record === null) return 'none on record';
  if (record.callerId !== request.callerId) return 'the record is for another caller ID';
  const trunk = trunkOf(campaign.endpoint);
  if (record.trunk !== undefined && record.trunk !== trunk) return 'the record is of another trunk';
  if (record.level === 'none') return 'its last call left unsigned, or under a signature that does not hold';
  if (!(record.confirmedAt <= now)) return 'confirmed at a later instant than now';
  if (!(now < record.expiresAt)) return `expired at ${formatInstant(record.expiresAt)}`;
  if (!(now - record.confirmedAt <= maxAgeHours * HOUR_MS)) return `confirmed more than ${maxAgeHours} h ago`;
  if (!ways.includes(record.way)) return `way \`${record.way}\` is not accepted`;
  return null;
}

/** The operator's own rule: what networks block is not called with on, and never dialed around with a number that is not ours. */
function resting(request: OriginationRequest, campaign: Campaign, facts: Facts): Finding[] {
  const rest = facts.callerIdRest?.known === true ? facts.callerIdRest.value : null;
  if (rest === null || facts.now >= rest.until) return [];
  return [
    veto(ID, 'caller_id_resting', `campaign ${campaign.id}: callerIds[].rest`, {
      caller_id: request.callerIdText.slice(0, 40),
      blocked: rest.blocked,
      of_last: rest.ofLast,
      until: formatInstant(rest.until),
    }),
  ];
}

function attestation(request: OriginationRequest, campaign: Campaign, facts: Facts): Finding[] {
  if (!facts.attestation.known) return [];
  const record = facts.attestation.value;
  const { minimum, maxAgeHours } = campaign.attestation;
  const problem = attestationProblem(record, request, campaign, facts.now);
  const basis = `campaign ${campaign.id}: attestation; 47 CFR 64.6301`;
  const seen = {
    caller_id: request.callerIdText.slice(0, 40),
    minimum,
    level: record?.level ?? null,
    way: record?.way ?? null,
    ...(record?.trunk === undefined ? {} : { trunk: record.trunk }),
    ...(record?.before === undefined ? {} : { level_before: record.before }),
    confirmed_at: record === null ? null : formatInstant(record.confirmedAt),
  };
  // The law asks no level of callers; without a minimum it is only worth a note.
  if (minimum === 'none') {
    if (problem !== null) return [warning(ID, 'attestation_unconfirmed', { ...seen, problem })];
    return record !== null && record.level !== 'A' ? [warning(ID, 'attestation_not_full', seen)] : [];
  }
  const findings: Finding[] = [];
  if (problem !== null) findings.push(veto(ID, 'attestation_unconfirmed', basis, { ...seen, problem }));
  if (record === null) return findings;
  // Unsigned is no level that could be below another: it is unconfirmed.
  if (record.level !== 'none' && !meetsLevel(record.level, minimum))
    findings.push(veto(ID, 'attestation_below_minimum', basis, seen));
  const until = Math.min(record.expiresAt, record.confirmedAt + maxAgeHours * HOUR_MS);
  if (problem === null) findings.push({ validUntil: instant(until) });
  return findings;
}

export const callerId: Rule = {
  id: ID,
  basis: BASIS,
  check(request, facts) {
    if (!facts.campaign.known || facts.campaign.value === null) return [];
    const { campaign } = facts.campaign.value;
    return [
      ...ownership(request, campaign),
      ...attestation(request, campaign, facts),
      ...resting(request, campaign, facts),
    ];
  },
};

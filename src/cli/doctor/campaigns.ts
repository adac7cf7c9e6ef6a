/** Doctor's look at what campaigns stand on: agents, caller IDs and their attestation, and how old the lists are. */
import { statusesOf } from '../../control/attest/route-status.ts';
import type { AttestationRecord } from '../../domain/attestation.ts';
import type { Campaign } from '../../domain/campaign.ts';
import type { FederalLaw } from '../../domain/law.ts';
import { daysBetween, type Instant, type LocalDate, localDateOf } from '../../domain/time.ts';
import { many } from '../text.ts';
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

export function campaignFindings(campaigns: readonly Campaign[]): readonly Finding[] {
  return campaigns.map(({ id, callerIds, agents }) => {
    const check = `campaign ${id}`;
    const { destination, members, queues = [] } = agents;
    const missing = [
      ...(callerIds.length === 0 ? ['no caller ID of its own'] : []),
      ...(callerIds.some(({ takesDoNotCallRequests }) => takesDoNotCallRequests)
        ? []
        : ['no caller ID that takes do-not-call requests']),
      ...(members.length === 0 && queues.length === 0 && destination.kind === 'stasis' ? ['no agent'] : []),
    ];
    return missing.length === 0
      ? ok(check, `${many(callerIds.length, 'caller ID')}, ${many(members.length, 'agent')}`)
      : bad(
          check,
          missing.join(', '),
          'name your numbers under callerIds with proofOfRight and takesDoNotCallRequests, and agents under agents.members or agents.queues',
        );
  });
}

/** `records`: null where they cannot be read now. */
export function attestationFindings(
  campaigns: readonly Campaign[],
  records: readonly AttestationRecord[] | null,
  now: Instant,
): readonly Finding[] {
  const check = 'attestation of caller IDs';
  if (campaigns.every(({ attestation }) => attestation.minimum === 'none'))
    return [skipped(check, 'no campaign demands a level')];
  if (records === null) return [skipped(check, 'the records cannot be read now')];
  const unmet = statusesOf(campaigns, records, now).flatMap(({ callerId, demands }) =>
    demands
      .filter(({ minimum, answer }) => minimum !== 'none' && answer !== 'met')
      .map(({ campaignId, problem }) =>
        bad(
          check,
          `${callerId} for ${campaignId}: ${problem ?? 'not confirmed'}`,
          `breakwater attest declare ${callerId} --level A --proof WHERE, or let a canary or the mirror confirm it`,
        ),
      ),
  );
  return unmet.length === 0 ? [ok(check, 'every demand is met')] : unmet;
}

/** A copy in use. */
export interface ListCopy {
  readonly name: string;
  readonly kind: string;
  /** A calendar date. */
  readonly obtainedOn: string;
}

/** Whoever obtains a list in the United States has no later date than this zone. */
const EASTERNMOST = 'Pacific/Guam';
/** Warned of before calls are vetoed: to obtain a list takes a day or two. */
const DAYS_AHEAD = 3;

export function listAgeFindings(
  copies: readonly ListCopy[],
  { registryMaxAgeDays, stateListMaxAgeDays }: Pick<FederalLaw, 'registryMaxAgeDays' | 'stateListMaxAgeDays'>,
  now: Instant,
): readonly Finding[] {
  const today = localDateOf(now, EASTERNMOST);
  return copies.flatMap(({ name, kind, obtainedOn }) => {
    const limit = kind === 'national' ? registryMaxAgeDays : kind === 'state' ? stateListMaxAgeDays : null;
    if (limit === null) return [];
    const age = daysBetween(obtainedOn as LocalDate, today);
    const detail = `${many(age, 'day')} old; after ${limit.value} calls are vetoed (${limit.citation})`;
    return [
      age <= limit.value - DAYS_AHEAD
        ? ok(`age of list ${name}`, detail)
        : bad(`age of list ${name}`, detail, `obtain it anew and \`breakwater list import\``),
    ];
  });
}

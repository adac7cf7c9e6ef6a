/**
 * What an answer of the reassigned-numbers database covers: judged for a call by the rule, and for what is on record when somebody asks
 * which numbers the database must be asked about (47 CFR 64.1200(m)).
 */
import { ifInForce } from '../domain/law.ts';
import { NO_LEAD_FACTS } from '../domain/origination.ts';
import { jurisdictionOf, placesOf } from '../domain/places.ts';
import type { Policy } from '../domain/policy.ts';
import type { AskableConsent, DueQuery, ReassignedCheck } from '../domain/reassigned.ts';
import { DAY_MS, type Instant, type LocalDate, localDateOf } from '../domain/time.ts';
import { isGivenAfter } from './standing-consent.ts';

/** A consent younger than the database's last month is newer than anything it could say. */
export const isPastAnswers = (givenAt: Instant, now: Instant, { law }: Policy): boolean =>
  now - givenAt > law.federal.reassignedAnswerMaxAgeDays.value * DAY_MS;

/** Why the answer says nothing of now, or null when it does. */
export function ageGap(check: ReassignedCheck | null, now: Instant, { law }: Policy): string | null {
  const age = law.federal.reassignedAnswerMaxAgeDays.value;
  if (check === null) return 'no answer is on record';
  if (!(check.queriedAt <= now)) return 'asked at a later instant than now';
  return now - check.queriedAt <= age * DAY_MS ? null : `asked more than ${age} days ago`;
}

/** Why the answer says nothing of a consent, or null when it does. `givenOn`: its day; undefined when nobody knows where. */
export function consentGap(
  check: ReassignedCheck,
  givenAt: Instant,
  givenOn: LocalDate | undefined,
): string | null {
  if (check.queriedAt < givenAt) return 'asked before the consent was given';
  if (givenOn === undefined) return 'the place is unknown';
  return check.since <= givenOn ? null : `asked about the time since ${check.since}, the consent is older`;
}

/** Where in the United States a day is longest in coming: on its calendar a consent is never younger than on that of its person. */
const LAST_ZONE = 'Pacific/Pago_Pago';

/**
 * What the database must be asked at `at` before a call can stand on the consent; null while nothing is to be asked. Nothing is where the
 * consent has ended, and after a "yes": no later answer undoes that. A missing answer is undone by one about the same time.
 */
export function dueQuery(consent: AskableConsent, at: Instant, policy: Policy): DueQuery | null {
  const { number, givenAt, expiresAt, revokedAt, check } = consent;
  if (givenAt > at || (expiresAt !== null && expiresAt <= at)) return null;
  if (revokedAt !== null && !isGivenAfter(consent, revokedAt, policy)) return null;
  if (check?.answer === 'yes') return null;
  const givenOn = localDateOf(givenAt, LAST_ZONE);
  const problem = ageGap(check, at, policy) ?? (check === null ? null : consentGap(check, givenAt, givenOn));
  if (problem === null) return null;
  if (!isPastAnswers(givenAt, at, policy) && !isDuty(consent, at, policy)) return null;
  const isMissing = check?.answer === 'no_data' && check.since < givenOn;
  return { number, since: isMissing ? check.since : givenOn, problem };
}

/** Maine: before every call. A stored address may place a person there of whom only the number is known here. */
const isDuty = ({ number }: AskableConsent, at: Instant, { law }: Policy): boolean =>
  placesOf(law, number, NO_LEAD_FACTS).some(({ state, zone }) => {
    const jurisdiction = jurisdictionOf(law, state);
    return jurisdiction !== null && ifInForce(jurisdiction.reassignedCheck, localDateOf(at, zone)) !== null;
  });

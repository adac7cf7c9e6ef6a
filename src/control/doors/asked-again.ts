/**
 * A line without a date is a request at the time of its import whenever the number is not barred by one that counts. The line that was
 * imported before is then no repeat: between the two the person may have consented again, or the years a request is kept may be over,
 * and an override may have let calls through (`reconsent_lifts_request`, `internal_request_retention`).
 */
import type { FieldsContext } from '../../domain/request-fields.ts';
import { DAY_MS, formatInstant, type Instant } from '../../domain/time.ts';
import type { ReadWish } from '../../domain/wish-fields.ts';
import type { RequestOnRecord } from '../../ports/door-records.ts';
import type { Sidecar } from '../sidecar.ts';

/** Shorter than any calendar year, so that a request is never taken to bind longer than it does. */
const YEAR_MS = 365 * DAY_MS;

/** Of the wishes whose key stands already, those that must be recorded once more, each under a key of its own. */
export async function askedAgain(
  { records, policy }: Pick<Sidecar, 'records' | 'policy'>,
  { sellerId, now }: FieldsContext,
  stood: readonly ReadWish[],
): Promise<readonly { readonly wish: ReadWish; readonly key: string }[]> {
  const undated = stood.filter(({ isDated }) => !isDated);
  if (undated.length === 0) return [];
  const keptMs = policy.law.federal.internalRetentionYears.value * YEAR_MS;
  const onRecord = await records.requestsOf(
    sellerId,
    undated.map(({ number }) => number),
  );
  return undated.flatMap((wish) => {
    const request = onRecord.get(wish.number) ?? null;
    return request !== null && binds(request, now, keptMs)
      ? []
      : [{ wish, key: `file:${wish.key}:after:${stateOf(request)}` }];
  });
}

/** Whatever overrides are in force now: one that comes later must not lift the older request alone. */
const binds = ({ requestedAt, consentGivenAt }: RequestOnRecord, now: Instant, keptMs: number): boolean =>
  (consentGivenAt === null || consentGivenAt <= requestedAt) && now < requestedAt + keptMs;

/** The same line imported twice at once is one entry. */
const stateOf = (request: RequestOnRecord | null): string =>
  request === null
    ? 'nothing'
    : [request.requestedAt, request.consentGivenAt]
        .map((at) => (at === null ? 'none' : formatInstant(at)))
        .join(':');

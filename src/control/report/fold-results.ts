/**
 * Did every permitted call get a result? A decision stands in the ledger only where something was reserved for a call: what only asks
 * (`check`, a scrub, the self-test) leaves none. So each permit of the ledger owes one result, at the latest when its lease has run out.
 */
import { numberIn, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { ReportMonth } from '../../domain/report-month.ts';
import { addMs, HOUR_MS, type Instant, parseInstant, SECOND_MS } from '../../domain/time.ts';
import { cutRows } from './kept-rows.ts';
import type { MonthFigures } from './month-figures.ts';

/** Where no policy on record says how long a lease is: longer than any can be set. */
const LEASE_UNKNOWN_MS = 2 * HOUR_MS;

export interface ResultFold {
  /** As `CallFold.take`. */
  take(entry: LedgerEntry): void;
  /** `asOf`: up to when entries were taken. */
  figures(asOf: Instant): Pick<MonthFigures, 'withoutResult'>;
}

export function createResultFold({ from }: ReportMonth): ResultFold {
  /** By policy hash. */
  const afterRingMs = new Map<string, number>();
  /** End of its lease by call id. Grows with calls that are under way and those whose result never came. */
  const owed = new Map<string, Instant>();

  function leaseEnd({ at, body }: LedgerEntry): Instant {
    const decided = parseInstant(textIn(body['decidedAt']) ?? '');
    const since = decided.ok ? decided.value : at;
    const after = afterRingMs.get(textIn(body['policyHash']) ?? '');
    return addMs(since, after === undefined ? LEASE_UNKNOWN_MS : longestRingMs(body) + after);
  }

  return {
    take(entry) {
      const { kind, body } = entry;
      if (kind === 'policy_document') {
        const seconds = numberIn(objectIn(objectIn(body['document'])?.['leases'])?.['afterRingSeconds']);
        if (seconds !== null) afterRingMs.set(textIn(body['policyHash']) ?? '', seconds * SECOND_MS);
      }
      const callId = textIn(body['callId']);
      if (callId === null) return;
      if (kind === 'decision' && body['verdict'] === 'permit') owed.set(callId, leaseEnd(entry));
      if (kind === 'call_result') owed.delete(callId);
    },
    figures(asOf) {
      const overdue = [...owed].filter(([, end]) => end >= from && end <= asOf).map(([callId]) => callId);
      const underWay = [...owed.values()].filter((end) => end > asOf).length;
      return { withoutResult: { overdue: cutRows(overdue), underWay } };
    },
  };
}

/** As the permit says; one that says none has no ring to wait for. */
function longestRingMs(body: JsonObject): number {
  const obligations = objectsIn(objectIn(body['decision'])?.['obligations']);
  const rings = obligations.flatMap(({ kind, seconds }) =>
    kind === 'ring_at_most_s' ? (numberIn(seconds) ?? []) : [],
  );
  return Math.max(0, ...rings) * SECOND_MS;
}

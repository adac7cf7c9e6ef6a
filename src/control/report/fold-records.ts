/** What stands beside the calls of a month: requests not to be called, attestations, lists, overrides, incidents, self-tests. */
import { type Incident, withIncident } from '../../domain/incident.ts';
import { numberIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { ReportMonth } from '../../domain/report-month.ts';
import { SEED_ANSWERS, type SeedAnswer } from '../../domain/self-test.ts';
import {
  daysBetween,
  formatInstant,
  type Instant,
  localDateOf,
  parseInstant,
  parseLocalDate,
} from '../../domain/time.ts';
import { addTo, cutRows, keptRows, ranked } from './kept-rows.ts';
import {
  type AlarmRow,
  type AttestationRow,
  type FailureRow,
  LATENCY_BOUNDS_MS,
  type Latencies,
  type ListRow,
  type MonthFigures,
  type OverrideRow,
} from './month-figures.ts';

export type RecordFigures = Pick<
  MonthFigures,
  'optOuts' | 'attestation' | 'lists' | 'overrides' | 'incidents' | 'selfTests'
>;

export interface RecordFold {
  /** As `CallFold.take`. */
  take(entry: LedgerEntry, inMonth: boolean): void;
  figures(asOf: Instant): RecordFigures;
}

export function createRecordFold(month: ReportMonth): RecordFold {
  const byCall = latencies();
  const byRecord = latencies();
  const channels = new Map<string, number>();
  let revocations = 0;
  const unsettled = new Set<string>();
  const unmatched = new Map<string, number>();
  const attested = new Map<string, AttestationRow>();
  const alarms = keptRows<AlarmRow>();
  const lists = new Map<string, Omit<ListRow, 'ageDays' | 'loaded'>>();
  const loaded = new Map<string, number>();
  const overrides = new Map<string, OverrideRow>();
  let incidents: ReadonlyMap<string, Incident> = new Map();
  const answers = new Map<string, number>();
  const days = new Set<string>();
  const failures = keptRows<FailureRow>();

  function optOut({ body, at }: LedgerEntry): void {
    const requested = parseInstant(said(body, 'requestedAt'));
    const latency = requested.ok ? Math.max(0, at - requested.value) : 0;
    (textIn(body['callId']) === null ? byRecord : byCall).add(latency);
    addTo(channels, said(body, 'channel'));
  }

  function selfTested({ body, at }: LedgerEntry): void {
    const answer = said(body, 'answer');
    addTo(answers, answer);
    days.add(localDateOf(at, 'UTC'));
    if (answer === 'held') return;
    failures.add({
      ...{ at: formatInstant(at), answer },
      ...{ number: said(body, 'number'), expects: said(body, 'expects') },
    });
  }

  function takeStanding(entry: LedgerEntry): void {
    const { kind, body } = entry;
    switch (kind) {
      case 'unclear_request':
        unsettled.add(said(body, 'requestId'));
        return;
      case 'unclear_request_settled':
        unsettled.delete(said(body, 'requestId'));
        return;
      case 'attestation_recorded': {
        const row = attestationRow(body);
        attested.set(`${row.callerId} ${row.trunk ?? ''} ${row.way}`, row);
        return;
      }
      case 'list_loaded':
        lists.set(said(body, 'name'), {
          ...{ name: said(body, 'name'), version: said(body, 'version') },
          ...{ obtainedOn: said(body, 'obtainedOn'), count: numberIn(body['count']) },
        });
        return;
      case 'override': {
        const row = overrideRow(body);
        // The newest of a kind and place stands.
        overrides.set(`${row.what} ${row.sellerId} ${row.state}`, row);
        return;
      }
      case 'incident_opened':
      case 'incident_closed':
        incidents = withIncident(incidents, entry);
        return;
      default:
        return;
    }
  }

  function takeOfMonth(entry: LedgerEntry): void {
    const { kind, body, at } = entry;
    switch (kind) {
      case 'opt_out':
        optOut(entry);
        return;
      case 'text_unmatched':
      case 'request_unmatched':
      case 'fallback_unmatched':
        addTo(unmatched, kind);
        return;
      case 'consent_revoked':
        revocations += 1;
        return;
      case 'attestation_alarm':
        alarms.add({
          ...{ at: formatInstant(at), callerId: said(body, 'callerId'), trunk: said(body, 'trunk') },
          ...{ level: said(body, 'level'), problem: said(body, 'problem') },
        });
        return;
      case 'list_loaded':
        addTo(loaded, said(body, 'name'));
        return;
      case 'self_test':
        selfTested(entry);
        return;
      default:
        return;
    }
  }

  return {
    take(entry, inMonth) {
      takeStanding(entry);
      if (inMonth) takeOfMonth(entry);
    },
    figures(asOf) {
      const from = formatInstant(month.from);
      return {
        optOuts: {
          ...{ byCall: byCall.figures(), byRecord: byRecord.figures() },
          channels: ranked(channels),
          revocations,
          unsettled: unsettled.size,
          unmatched: ranked(unmatched),
        },
        attestation: {
          records: cutRows([...attested.values()].sort((a, b) => (a.callerId < b.callerId ? -1 : 1))),
          alarms: alarms.rows(),
        },
        lists: [...lists.values()]
          .map((each) => ({
            ...each,
            ageDays: ageOf(each.obtainedOn, asOf),
            loaded: loaded.get(each.name) ?? 0,
          }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
        // What ended before the month has no bearing on it, unless it was ended in it.
        overrides: cutRows(
          [...overrides.values()].filter(({ until, recordedAt }) => until > from || recordedAt >= from),
        ),
        incidents: [...incidents.values()].filter(
          ({ closing }) => closing === null || closing.closedAt >= from,
        ),
        selfTests: {
          answers: answersOf(answers),
          days: days.size,
          failures: failures.rows(),
        },
      };
    },
  };
}

const said = (body: JsonObject, member: string): string => textIn(body[member]) ?? '';

function latencies(): { add(ms: number): void; figures(): Latencies } {
  const counts = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
  let total = 0;
  let longestMs: number | null = null;
  return {
    add(ms) {
      const place = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound);
      const at = place < 0 ? LATENCY_BOUNDS_MS.length : place;
      counts[at] = (counts[at] ?? 0) + 1;
      total += 1;
      longestMs = Math.max(longestMs ?? 0, ms);
    },
    figures: () => ({ total, counts, longestMs }),
  };
}

const attestationRow = (body: JsonObject): AttestationRow => ({
  ...{ callerId: said(body, 'callerId'), trunk: textIn(body['trunk']) },
  ...{ level: said(body, 'level'), way: said(body, 'way') },
  ...{ confirmedAt: said(body, 'confirmedAt'), expiresAt: said(body, 'expiresAt') },
});

const overrideRow = (body: JsonObject): OverrideRow => ({
  ...{ what: said(body, 'what'), sellerId: said(body, 'sellerId'), state: said(body, 'state') },
  ...{ who: said(body, 'who'), why: said(body, 'why') },
  ...{ recordedAt: said(body, 'recordedAt'), until: said(body, 'until') },
});

function ageOf(obtainedOn: string, asOf: Instant): number | null {
  const day = parseLocalDate(obtainedOn);
  return day.ok ? daysBetween(day.value, localDateOf(asOf, 'UTC')) : null;
}

const answersOf = (counts: ReadonlyMap<string, number>): Readonly<Record<SeedAnswer, number>> => {
  const [held, missed, permitted, untested] = SEED_ANSWERS.map((answer) => counts.get(answer) ?? 0);
  return { held: held ?? 0, missed: missed ?? 0, permitted: permitted ?? 0, untested: untested ?? 0 };
};

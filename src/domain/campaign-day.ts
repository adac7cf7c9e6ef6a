/**
 * What the ledger's entries of one campaign add up to in its own calendar day: for people to look at. The drop tallies are not here; they
 * are the counters', because decisions stand on them.
 */
import { DateTime } from 'luxon';
import { OUTCOMES, type Outcome } from './call-result.ts';
import type { Campaign } from './campaign.ts';
import { objectIn, objectsIn, textIn } from './json-parts.ts';
import type { EntryKind, JsonObject, LedgerEntry } from './ledger-entry.ts';
import { instant, type Instant } from './time.ts';
import { emptyWaits, type WaitHistogram, withWait } from './wait-histogram.ts';

/** Kinds of entry that change a day. */
export const FOLDED_KINDS = [
  'decision',
  'call_progress',
  'call_result',
] as const satisfies readonly EntryKind[];

/** Vetoes of one headline reason. */
export interface VetoCount {
  readonly count: number;
  /** Citation, as the newest of them had it; null where an entry names none. */
  readonly basis: string | null;
}

export interface CampaignDay {
  readonly startsAt: Instant;
  /** The first instant of the next day. */
  readonly endsAt: Instant;
  readonly permits: number;
  /** By headline reason code. */
  readonly vetoes: Readonly<Record<string, VetoCount>>;
  /** Results of placed calls; an outcome that has not happened is left out. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Of the people who heard the safe-harbor message. */
  readonly waits: WaitHistogram;
}

type Calendar = Pick<Campaign, 'zone' | 'connectWithinMs'>;

/** The day of the campaign's calendar that `at` is in, with nothing in it. */
export function newDay({ zone, connectWithinMs }: Calendar, at: Instant): CampaignDay {
  const start = DateTime.fromMillis(at, { zone }).startOf('day');
  return {
    startsAt: instant(start.toMillis()),
    endsAt: instant(start.plus({ days: 1 }).toMillis()),
    permits: 0,
    vetoes: {},
    outcomes: {},
    waits: emptyWaits(connectWithinMs),
  };
}

/** The day as it is at `at`: another one when this one has ended. */
export const dayAt = (day: CampaignDay, calendar: Calendar, at: Instant): CampaignDay =>
  at < day.endsAt ? day : newDay(calendar, at);

/** With an entry of the same campaign; one that is older than the day, or tells nothing, changes nothing. */
export function withEntry(day: CampaignDay, { kind, body, at }: LedgerEntry): CampaignDay {
  if (at < day.startsAt || at >= day.endsAt) return day;
  switch (kind) {
    case 'decision':
      return withDecision(day, body);
    case 'call_result':
      return body['placed'] === false ? day : withOutcome(day, body);
    case 'call_progress':
      return withMessage(day, objectIn(body['timeline']) ?? {});
    default:
      return day;
  }
}

function withDecision(day: CampaignDay, body: JsonObject): CampaignDay {
  if (body['verdict'] === 'permit') return { ...day, permits: day.permits + 1 };
  const [first] = objectsIn(objectIn(body['decision'])?.['reasons']);
  const code = textIn(body['headline']) ?? textIn(first?.['code']);
  if (code === null) return day;
  const basis = textIn(first?.['basis']);
  return { ...day, vetoes: { ...day.vetoes, [code]: { count: (day.vetoes[code]?.count ?? 0) + 1, basis } } };
}

function withOutcome(day: CampaignDay, body: JsonObject): CampaignDay {
  const outcome = OUTCOMES.find((each) => each === body['outcome']);
  if (outcome === undefined) return day;
  return { ...day, outcomes: { ...day.outcomes, [outcome]: (day.outcomes[outcome] ?? 0) + 1 } };
}

/** 47 CFR 64.1200(a)(7)(i)(A): the message within two seconds of the completed greeting. Who got an agent instead waited for none. */
function withMessage(day: CampaignDay, timeline: JsonObject): CampaignDay {
  if (timeline['connected'] !== undefined) return day;
  const from = textIn(timeline['clock_started']) ?? textIn(timeline['greeting_end']);
  const to = textIn(timeline['message_started']);
  if (from === null || to === null) return day;
  const waitedMs = Date.parse(to) - Date.parse(from);
  return waitedMs >= 0 ? { ...day, waits: withWait(day.waits, waitedMs) } : day;
}

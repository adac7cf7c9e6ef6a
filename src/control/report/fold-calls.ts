/**
 * The calls of a month, entry by entry: decisions, results, drops by period, messages. Counting as everywhere (`countsOf`): what the ledger
 * says of a call is counted once, and nothing is estimated.
 */
import { countsOf, type Outcome, OUTCOMES } from '../../domain/call-result.ts';
import type { Campaign } from '../../domain/campaign.ts';
import { numberIn, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { ReportMonth } from '../../domain/report-month.ts';
import {
  DAY_MS,
  type Instant,
  instant,
  localDateOf,
  parseInstant,
  parseLocalDate,
} from '../../domain/time.ts';
import { BLOCK_DAYS, countingWindows } from '../counting-windows.ts';
import { addTo, cutRows } from './kept-rows.ts';
import type { CampaignFigures, MessageFigures, PeriodTally, VetoReason } from './month-figures.ts';

type Calendar = Pick<Campaign, 'startedOn' | 'zone'>;

/** What settings say of a campaign that a reader holds its figures against. */
interface CampaignSettings {
  readonly ceilingBp: number | null;
  readonly connectWithinMs: number | null;
}

interface Counted {
  permits: number;
  vetoes: number;
  unplaced: number;
  unscreened: number;
  readonly outcomes: Map<Outcome, number>;
  readonly periods: Map<string, { liveAnswers: number; drops: number }>;
  /** Dropped in the month, with who told. */
  readonly drops: Map<string, string>;
  /** Calls whose message began and who got no agent. */
  readonly begun: Set<string>;
  readonly waits: number[];
  unmeasured: number;
  outsidePeriods: number;
}

export interface CallFold {
  /** Every entry up to the end of the month, in the order of the ledger. `inMonth`: it is of the month itself. */
  take(entry: LedgerEntry, inMonth: boolean): void;
  campaigns(): readonly CampaignFigures[];
  vetoReasons(): readonly VetoReason[];
}

export function createCallFold(month: ReportMonth): CallFold {
  const counted = new Map<string, Counted>();
  const calendars = new Map<string, Calendar>();
  /** By policy hash. */
  const documents = new Map<string, ReadonlyMap<string, CampaignSettings>>();
  const settings = new Map<string, CampaignSettings>();
  const headlines = new Map<string, number>();
  const among = new Map<string, number>();

  function of(campaignId: string): Counted {
    const found = counted.get(campaignId);
    if (found !== undefined) return found;
    const made: Counted = {
      ...{ permits: 0, vetoes: 0, unplaced: 0, unscreened: 0, unmeasured: 0, outsidePeriods: 0 },
      outcomes: new Map(),
      periods: new Map(),
      drops: new Map(),
      begun: new Set(),
      waits: [],
    };
    counted.set(campaignId, made);
    return made;
  }

  function decided(campaign: Counted, body: JsonObject): void {
    if (body['verdict'] === 'permit') {
      campaign.permits += 1;
      return;
    }
    campaign.vetoes += 1;
    const reasons = objectsIn(objectIn(body['decision'])?.['reasons']);
    const codes = reasons.flatMap(({ code }) => textIn(code) ?? []);
    const headline = textIn(body['headline']) ?? codes[0];
    if (headline !== undefined) addTo(headlines, headline);
    for (const code of new Set(codes)) addTo(among, code);
  }

  function ended(campaignId: string, entry: LedgerEntry, inMonth: boolean): void {
    const { body } = entry;
    const campaign = of(campaignId);
    if (body['placed'] === false) {
      if (inMonth) campaign.unplaced += 1;
      return;
    }
    const outcome = OUTCOMES.find((each) => each === body['outcome']);
    if (outcome === undefined) return;
    const { liveAnswers, drops } = countsOf(outcome);
    const period = periodOf(calendars.get(campaignId), endOf(entry));
    if (period !== null) {
      const tally = campaign.periods.get(period) ?? { liveAnswers: 0, drops: 0 };
      tally.liveAnswers += liveAnswers;
      tally.drops += drops;
      campaign.periods.set(period, tally);
    } else if (inMonth) {
      campaign.outsidePeriods += liveAnswers;
    }
    if (!inMonth) return;
    campaign.outcomes.set(outcome, (campaign.outcomes.get(outcome) ?? 0) + 1);
    if (drops === 1) campaign.drops.set(textIn(body['callId']) ?? '', textIn(body['source']) ?? '');
  }

  /** As the day of a campaign counts it: who got an agent instead waited for no message. */
  function progressed(campaign: Counted, body: JsonObject): void {
    const timeline = objectIn(body['timeline']) ?? {};
    const began = textIn(timeline['message_started']);
    const callId = textIn(body['callId']);
    if (began === null || callId === null || timeline['connected'] !== undefined) return;
    campaign.begun.add(callId);
    const from = textIn(timeline['clock_started']) ?? textIn(timeline['greeting_end']);
    const waitedMs = from === null ? Number.NaN : Date.parse(began) - Date.parse(from);
    if (waitedMs >= 0) campaign.waits.push(waitedMs);
    else campaign.unmeasured += 1;
  }

  function loaded({ kind, body }: LedgerEntry): void {
    const hash = textIn(body['policyHash']) ?? '';
    if (kind === 'policy_document') {
      const campaigns = objectsIn(objectIn(body['document'])?.['campaigns']);
      documents.set(hash, new Map(campaigns.map((each) => [textIn(each['id']) ?? '', settingsOf(each)])));
    } else if (kind === 'policy_loaded') {
      for (const [id, each] of documents.get(hash) ?? []) settings.set(id, each);
    } else {
      const calendar = calendarOf(body);
      const id = textIn(body['campaignId']) ?? '';
      const before = calendars.get(id);
      const isSame = before?.startedOn === calendar?.startedOn && before?.zone === calendar?.zone;
      if (calendar !== null && !isSame) calendars.set(id, calendar);
    }
  }

  return {
    take(entry, inMonth) {
      const { kind, body } = entry;
      if (kind === 'policy_document' || kind === 'policy_loaded' || kind === 'campaign_loaded') loaded(entry);
      const campaignId = textIn(body['campaignId']);
      if (campaignId === null) return;
      if (kind === 'call_result') ended(campaignId, entry, inMonth);
      if (!inMonth) return;
      if (kind === 'decision') decided(of(campaignId), body);
      if (kind === 'call_progress') progressed(of(campaignId), body);
      if (kind === 'unscreened_result') of(campaignId).unscreened += 1;
    },
    campaigns: () =>
      [...counted]
        .map(([id, each]) => figuresOf(id, each, settings.get(id), month))
        .filter(isOfMonth)
        .sort((a, b) => (a.campaignId < b.campaignId ? -1 : 1)),
    vetoReasons: () =>
      [...new Set([...among.keys(), ...headlines.keys()])]
        .map((code) => ({ code, headline: headlines.get(code) ?? 0, among: among.get(code) ?? 0 }))
        .sort((a, b) => b.headline - a.headline || b.among - a.among || (a.code < b.code ? -1 : 1)),
  };
}

const settingsOf = (campaign: JsonObject): CampaignSettings => ({
  ceilingBp: numberIn(campaign['dropRateMaxBp']),
  connectWithinMs: numberIn(campaign['connectWithinMs']),
});

function calendarOf(body: JsonObject): Calendar | null {
  const startedOn = parseLocalDate(textIn(body['startedOn']) ?? '');
  const zone = textIn(body['zone']);
  return startedOn.ok && zone !== null ? { startedOn: startedOn.value, zone } : null;
}

/** First day of the period that the instant is in; null while nobody has told the campaign's calendar. */
const periodOf = (calendar: Calendar | undefined, at: Instant): string | null =>
  calendar === undefined ? null : countingWindows(calendar, at).blockStart;

/** A drop counts on the day it happened, also where the ledger took it later. */
function endOf({ body, at }: LedgerEntry): Instant {
  const ended = parseInstant(textIn(body['endedAt']) ?? '');
  return ended.ok ? ended.value : at;
}

function figuresOf(
  campaignId: string,
  each: Counted,
  settings: CampaignSettings | undefined,
  month: ReportMonth,
): CampaignFigures {
  const sum = { liveAnswers: 0, drops: 0 };
  for (const [outcome, count] of each.outcomes) {
    const counts = countsOf(outcome);
    sum.liveAnswers += counts.liveAnswers * count;
    sum.drops += counts.drops * count;
  }
  return {
    campaignId,
    ...{ permits: each.permits, vetoes: each.vetoes, unplaced: each.unplaced, unscreened: each.unscreened },
    outcomes: Object.fromEntries(each.outcomes),
    ...sum,
    ceilingBp: settings?.ceilingBp ?? null,
    periods: periodsIn(each, month),
    outsidePeriods: each.outsidePeriods,
    messages: messagesOf(each, settings?.connectWithinMs ?? null),
  };
}

function periodsIn({ periods }: Counted, { from, to }: ReportMonth): readonly PeriodTally[] {
  const [first, last] = [localDateOf(from, 'UTC'), localDateOf(instant(to - 1), 'UTC')];
  return [...periods]
    .filter(([startsOn]) => startsOn <= last && lastDayOf(startsOn) >= first)
    .map(([startsOn, tally]) => ({ startsOn, ...tally }))
    .sort((a, b) => (a.startsOn < b.startsOn ? -1 : 1));
}

const lastDayOf = (startsOn: string): string =>
  new Date(Date.parse(`${startsOn}T00:00:00Z`) + (BLOCK_DAYS - 1) * DAY_MS).toISOString().slice(0, 10);

function messagesOf(
  { drops, begun, waits, unmeasured }: Counted,
  connectWithinMs: number | null,
): MessageFigures {
  const dropped = [...drops].filter(([callId]) => !begun.has(callId));
  const without = dropped.filter(([, source]) => source !== 'dialplan_fallback').map(([callId]) => callId);
  return {
    begun: begun.size,
    unmeasured,
    late: connectWithinMs === null ? null : waits.filter((waitedMs) => waitedMs > connectWithinMs).length,
    longestWaitMs: waits.reduce<number | null>((longest, each) => Math.max(longest ?? 0, each), null),
    byDialplan: dropped.length - without.length,
    without: cutRows(without),
  };
}

/** One that was only counted in earlier months has nothing to say here. */
const isOfMonth = ({ permits, vetoes, unplaced, unscreened, outcomes, periods }: CampaignFigures): boolean =>
  permits + vetoes + unplaced + unscreened > 0 || Object.keys(outcomes).length > 0 || periods.length > 0;

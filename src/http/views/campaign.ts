/** A campaign's state as JSON: the drop rates with numerator and denominator, the budget, the dial level and why. */
import { Type, type Static } from 'typebox';
import type { CampaignStatus, DialLevelStatus } from '../../control/operations.ts';
import type { BoardedLevel } from '../../control/tell-levels.ts';
import { PACING_MODES } from '../../domain/campaign.ts';
import { dropAlertsOf, type DropAlerts, dropBand, DROP_BANDS } from '../../domain/drop-alert.ts';
import { isAboveCeiling, type Tally } from '../../domain/drop-budget.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import { MaybeText, OneOf } from '../schema.ts';

const TallySchema = Type.Object({
  drops: Type.Integer({ description: 'numerator: live answers that got no agent in time' }),
  live_answers: Type.Integer({ description: 'denominator: calls answered by a person' }),
  percent: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    description: 'drops per hundred live answers, two decimals; null while nobody has answered',
  }),
  above_ceiling: Type.Boolean({ description: 'decided on the counts, not on the rounded figure' }),
  band: OneOf(DROP_BANDS),
});

export const DropRateSchema = Type.Object(
  {
    ceiling_percent: Type.Number(),
    caution_percent: Type.Number({ description: 'the band `caution` begins here' }),
    warning_percent: Type.Number({ description: 'the band `warning` begins here' }),
    today: TallySchema,
    block: Type.Unsafe<Static<typeof TallySchema>>({
      ...TallySchema,
      description: 'the current 30-day block, anchored at the first day of the campaign',
    }),
    rolling: Type.Unsafe<Static<typeof TallySchema>>({
      ...TallySchema,
      description: 'the last 30 days',
    }),
    budget_left: Type.Integer({ description: 'drops there is still room for, calls in flight included' }),
    rebuilt: Type.Boolean({ description: 'false while the counters are being rebuilt from the ledger' }),
  },
  { $id: 'DropRate' },
);

export const DialLevelSchema = Type.Object(
  {
    level: Type.Number({
      description: 'lines ringing and talking, with those to open, per agent who takes calls',
    }),
    level_max: Type.Number(),
    lines_now: Type.Integer({ description: 'lines that may be opened now' }),
    because: Type.String(),
  },
  { $id: 'DialLevel' },
);

export const DialLevelNowSchema = Type.Object(
  {
    ...DialLevelSchema.properties,
    at: Type.String({ description: 'when it was worked out' }),
    entry: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      description: 'ledger entry of the last change that was told, the event id of the feed; null: none yet',
    }),
  },
  { $id: 'DialLevelNow' },
);

export const CampaignSchema = Type.Object(
  {
    id: Type.String(),
    seller: Type.Object({ id: Type.String(), name: Type.String(), callback_number: Type.String() }),
    offer: Type.String(),
    mode: OneOf(PACING_MODES),
    started_on: Type.String(),
    zone: Type.String(),
    consent_mode: Type.String(),
    paused: Type.Boolean(),
    recorded: Type.Boolean({ description: 'its talks are recorded' }),
    in_flight: Type.Integer(),
    agents: Type.Object({
      ready: Type.Integer(),
      promised: Type.Integer(),
      busy: Type.Integer(),
      paused: Type.Integer(),
    }),
    drop_rate: DropRateSchema,
    dial_level: DialLevelSchema,
    prompt_problem: MaybeText,
  },
  { $id: 'Campaign' },
);

export type CampaignView = Static<typeof CampaignSchema>;

/** Drops per hundred with two decimals; the counts stay beside it because rounding decides nothing. */
export const percentOf = ({ drops, liveAnswers }: Tally): number | null =>
  liveAnswers === 0 ? null : Math.round((drops * 10_000) / liveAnswers) / 100;

const viewTally = (tally: Tally, ceilingBp: number, alerts: DropAlerts): Static<typeof TallySchema> => ({
  drops: tally.drops,
  live_answers: tally.liveAnswers,
  percent: percentOf(tally),
  above_ceiling: isAboveCeiling(tally, ceilingBp),
  band: dropBand(tally, ceilingBp, alerts),
});

export function viewDropRate(status: CampaignStatus): Static<typeof DropRateSchema> {
  const ceilingBp = status.campaign.dropRateMaxBp;
  const alerts = dropAlertsOf(status.campaign);
  return {
    ceiling_percent: ceilingBp / 100,
    caution_percent: alerts.cautionBp / 100,
    warning_percent: alerts.warningBp / 100,
    today: viewTally(status.today, ceilingBp, alerts),
    block: viewTally(status.block, ceilingBp, alerts),
    rolling: viewTally(status.rolling, ceilingBp, alerts),
    budget_left: status.budgetLeft,
    rebuilt: status.rebuilt,
  };
}

const viewDialLevel = (
  { levelHundredths, linesNow, because }: DialLevelStatus,
  levelMax: number,
): Static<typeof DialLevelSchema> => ({
  level: levelHundredths / 100,
  level_max: levelMax,
  lines_now: linesNow,
  because,
});

/** What was withdrawn since is not said any more, whatever the counters would allow. */
export function viewDialLevelNow(
  { dialLevel, campaign }: CampaignStatus,
  told: BoardedLevel | null,
  at: Instant,
): Static<typeof DialLevelNowSchema> {
  const level = told?.withdrawn === true ? told : dialLevel;
  return {
    ...viewDialLevel(level, campaign.dialLevelMax),
    at: formatInstant(at),
    entry: told?.entryId ?? null,
  };
}

export function viewCampaign(status: CampaignStatus): CampaignView {
  const { campaign } = status;
  return {
    id: campaign.id,
    seller: {
      id: campaign.seller.id,
      name: campaign.seller.name,
      callback_number: campaign.seller.callbackNumber,
    },
    offer: campaign.offer,
    mode: campaign.mode,
    started_on: campaign.startedOn,
    zone: campaign.zone,
    consent_mode: campaign.consent.mode,
    paused: status.paused,
    recorded: campaign.recording.enabled,
    in_flight: status.inFlight,
    agents: { ...status.agents },
    drop_rate: viewDropRate(status),
    dial_level: viewDialLevel(status.dialLevel, campaign.dialLevelMax),
    prompt_problem: status.promptProblem,
  };
}

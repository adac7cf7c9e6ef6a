/** The supervisors' figures as JSON: a campaign as `GET /v1/campaigns` shows it, and beside it what today's entries add up to. */
import { Type, type Static } from 'typebox';
import type { CampaignFigures, FiguresSnapshot } from '../../control/live-figures.ts';
import type { CampaignDay } from '../../domain/campaign-day.ts';
import { OUTCOMES } from '../../domain/call-result.ts';
import { formatInstant } from '../../domain/time.ts';
import { waitsIn, waitsOver } from '../../domain/wait-histogram.ts';
import { MaybeText } from '../schema.ts';
import { CampaignSchema, viewCampaign } from './campaign.ts';

const DaySchema = Type.Object({
  from: Type.String({ description: "start of the day in the campaign's zone" }),
  until: Type.String(),
  complete: Type.Boolean({ description: "false while today's earlier entries are still being read" }),
  permits: Type.Integer(),
  vetoes: Type.Array(Type.Object({ code: Type.String(), count: Type.Integer(), basis: MaybeText }), {
    description: 'by headline reason, most frequent first',
  }),
  outcomes: Type.Record(Type.String(), Type.Integer(), {
    description: `results of placed calls: ${OUTCOMES.join(', ')}`,
  }),
  safe_harbor: Type.Object(
    {
      bound_ms: Type.Integer(),
      upto_ms: Type.Array(Type.Integer(), { description: 'upper edges, each included; one is the bound' }),
      counts: Type.Array(Type.Integer(), { description: 'one more than edges: the last has no end' }),
      heard: Type.Integer({ description: 'people who heard the message' }),
      over_bound: Type.Integer(),
      longest_ms: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
    },
    { description: 'from the start of the two seconds to the first sound of the safe-harbor message' },
  ),
});

export const CampaignFiguresSchema = Type.Object(
  {
    sequence: Type.Integer({ description: 'every ledger entry up to this id is in them' }),
    at: Type.String(),
    campaign: CampaignSchema,
    day: DaySchema,
  },
  { $id: 'CampaignFigures' },
);

export const FiguresSchema = Type.Object({
  sequence: Type.Integer({ description: 'a feed after this id misses nothing' }),
  at: Type.String(),
  policy_hash: Type.String(),
  campaigns: Type.Array(CampaignFiguresSchema),
});

function viewDay(day: CampaignDay, complete: boolean): Static<typeof DaySchema> {
  const { waits } = day;
  return {
    from: formatInstant(day.startsAt),
    until: formatInstant(day.endsAt),
    complete,
    permits: day.permits,
    vetoes: Object.entries(day.vetoes)
      .map(([code, { count, basis }]) => ({ code, count, basis }))
      .sort((a, b) => b.count - a.count || a.code.localeCompare(b.code)),
    outcomes: { ...day.outcomes },
    safe_harbor: {
      bound_ms: waits.boundMs,
      upto_ms: [...waits.edgesMs],
      counts: [...waits.counts],
      heard: waitsIn(waits),
      over_bound: waitsOver(waits),
      longest_ms: waits.longestMs,
    },
  };
}

export const viewCampaignFigures = ({
  status,
  day,
  sequence,
  complete,
  at,
}: CampaignFigures): Static<typeof CampaignFiguresSchema> => ({
  sequence,
  at: formatInstant(at),
  campaign: viewCampaign(status),
  day: viewDay(day, complete),
});

export const viewFigures = ({
  sequence,
  at,
  policyHash,
  campaigns,
}: FiguresSnapshot): Static<typeof FiguresSchema> => ({
  sequence,
  at: formatInstant(at),
  policy_hash: policyHash,
  campaigns: campaigns.map(viewCampaignFigures),
});

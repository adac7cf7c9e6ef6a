/** `campaign list|pause|resume`: where the drop rates stand, and the supervisor's two levers. */
import { connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import type { CampaignJson } from '../shapes.ts';
import { plain, table } from '../text.ts';

export interface CampaignListArgs extends Connection {
  readonly json?: boolean | undefined;
}

export async function campaignList(args: CampaignListArgs, io: Io): Promise<ExitCode> {
  const answer = await connectTo(args, io).get<{ campaigns: readonly CampaignJson[] }>('/v1/campaigns');
  if (args.json === true) printJson(io, answer);
  else if (answer.campaigns.length === 0) io.out('no campaign is configured; every call is vetoed');
  else io.out(campaignTable(answer.campaigns));
  return EXIT.ok;
}

function campaignTable(campaigns: readonly CampaignJson[]): string {
  const head = [
    'CAMPAIGN',
    'SELLER',
    'STATE',
    'TODAY',
    'BLOCK',
    'LEFT',
    'FLIGHT',
    'READY',
    'LEVEL',
    'LINES',
    'BECAUSE',
  ];
  const rows = campaigns.map((campaign) => {
    const { today, block, budget_left: left, rebuilt } = campaign.drop_rate;
    const state = campaign.paused
      ? 'paused'
      : campaign.prompt_problem !== null
        ? 'no message'
        : rebuilt
          ? campaign.mode
          : 'counting';
    const { level, lines_now: lines, because } = campaign.dial_level;
    return [
      ...[campaign.id, campaign.seller.name, state, rate(today), rate(block), left],
      ...[campaign.in_flight, campaign.agents.ready, level, lines, because],
    ];
  });
  return table(head, rows);
}

/** `2/140 1.43%`, with a mark when it stands above the ceiling. */
const rate = ({
  drops,
  live_answers: answers,
  percent,
  above_ceiling: above,
}: CampaignJson['drop_rate']['today']): string =>
  `${drops}/${answers}${percent === null ? '' : ` ${percent.toFixed(2)}%`}${above ? ' ABOVE' : ''}`;

export interface CampaignLeverArgs extends Connection {
  readonly id: string;
  readonly who: string;
  readonly why: string;
  readonly json?: boolean | undefined;
}

export async function campaignLever(
  lever: 'pause' | 'resume',
  args: CampaignLeverArgs,
  io: Io,
): Promise<ExitCode> {
  const path = `/v1/campaigns/${encodeURIComponent(args.id)}/${lever}`;
  const campaign = await connectTo(args, io).post<CampaignJson>(path, { who: args.who, why: args.why });
  if (args.json === true) printJson(io, campaign);
  else io.out(`campaign ${plain(campaign.id)} is ${campaign.paused ? 'paused' : 'running'}`);
  return campaign.paused === (lever === 'pause') ? EXIT.ok : EXIT.notOk;
}

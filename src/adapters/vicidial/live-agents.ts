/** The agents of VICIdial, read from `vicidial_live_agents`. */
import type { RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';
import { parseAgentId } from '../../domain/ids.ts';
import type { DialerAgent, DialerFloor } from '../../ports/dialer-floor.ts';
import { ourCampaign } from './our-campaign.ts';
import { readOnlyDatabase } from './read-only-database.ts';

/**
 * VICIdial's agent page writes its row each second. Who has not for a minute is gone, as VICIdial itself counts (AST_VDadapt); who has not for ten
 * seconds, or takes no calls that the dialer makes, is given none by VICIdial (AST_VDauto_dial), whatever the status says.
 */
const AGENTS = `SELECT user, campaign_id, status, outbound_autodial,
    last_update_time > NOW() - INTERVAL 10 SECOND AS is_fresh
  FROM vicidial_live_agents
  WHERE last_update_time > NOW() - INTERVAL 60 SECOND AND campaign_id IN (?)`;

interface AgentRow extends RowDataPacket {
  readonly user: string | null;
  readonly campaign_id: string | null;
  readonly status: string | null;
  readonly outbound_autodial: string | null;
  readonly is_fresh: number | null;
}

export function vicidialAgents(given: VicidialDatabase): DialerFloor {
  const database = readOnlyDatabase(given);
  return {
    name: "VICIdial's agents",
    async read() {
      const rows = await database.rows<AgentRow>(AGENTS, [[...given.campaigns.keys()]]);
      return agentsOf(rows, given.campaigns);
    },
    close: () => database.close(),
  };
}

/** Most occupied first. Also CLOSER (waits for calls that come in) and a word that is none of these take no call of ours. */
const STATES: readonly (readonly [status: string, state: DialerAgent['state']])[] = [
  ['INCALL', 'busy'],
  ['QUEUE', 'busy'],
  ['MQUEUE', 'busy'],
  ['PAUSED', 'paused'],
  ['READY', 'ready'],
  ['DONE', 'ready'],
];
const PAUSED = STATES.findIndex(([, state]) => state === 'paused');

type Row = Pick<AgentRow, 'user' | 'campaign_id' | 'status' | 'outbound_autodial' | 'is_fresh'>;

/** Place in `STATES`. */
function rankOf({ status, outbound_autodial: takesCalls, is_fresh: isFresh }: Row): number {
  const at = STATES.findIndex(([word]) => word === status);
  const isFree = STATES[at]?.[1] === 'ready';
  return at === -1 || (isFree && (isFresh !== 1 || takesCalls !== 'Y')) ? PAUSED : at;
}

/** Of a user with several rows the most occupied counts; a user who cannot be an agent's id counts for nobody. */
export function agentsOf(
  rows: readonly Row[],
  campaigns: VicidialDatabase['campaigns'],
): readonly DialerAgent[] {
  const found = new Map<string, { readonly agent: DialerAgent; readonly rank: number }>();
  for (const row of rows) {
    const agentId = parseAgentId(row.user ?? '');
    const campaignId = ourCampaign(campaigns, row.campaign_id);
    if (!agentId.ok || campaignId === undefined) continue;
    const rank = rankOf(row);
    const state = STATES[rank]?.[1] ?? 'paused';
    const other = found.get(agentId.value);
    if (other === undefined || rank < other.rank)
      found.set(agentId.value, { agent: { agentId: agentId.value, campaignId, state }, rank });
  }
  return [...found.values()].map(({ agent }) => agent);
}

/** The agents of VICIdial, read from `vicidial_live_agents`. */
import type { RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';
import { parseAgentId } from '../../domain/ids.ts';
import type { DialerAgent, DialerFloor } from '../../ports/dialer-floor.ts';
import { readOnlyDatabase } from './read-only-database.ts';

/** VICIdial's agent page writes its row each second; who has not for so long is gone, as VICIdial itself counts (AST_VDadapt). */
const AGENTS = `SELECT user, campaign_id, status FROM vicidial_live_agents
  WHERE last_update_time > NOW() - INTERVAL 60 SECOND AND campaign_id IN (?)`;

interface AgentRow extends RowDataPacket {
  readonly user: string | null;
  readonly campaign_id: string | null;
  readonly status: string | null;
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

type Row = Pick<AgentRow, 'user' | 'campaign_id' | 'status'>;

/** Of a user with several rows the most occupied counts; a user who cannot be an agent's id counts for nobody. */
export function agentsOf(
  rows: readonly Row[],
  campaigns: VicidialDatabase['campaigns'],
): readonly DialerAgent[] {
  const found = new Map<string, { readonly agent: DialerAgent; readonly rank: number }>();
  for (const { user, campaign_id: theirs, status } of rows) {
    const agentId = parseAgentId(user ?? '');
    const campaignId = campaigns.get(theirs ?? '');
    if (!agentId.ok || campaignId === undefined) continue;
    const at = STATES.findIndex(([word]) => word === status);
    const state = STATES[at]?.[1] ?? 'paused';
    const rank = at === -1 ? 3 : at;
    const other = found.get(agentId.value);
    if (other === undefined || rank < other.rank)
      found.set(agentId.value, { agent: { agentId: agentId.value, campaignId, state }, rank });
  }
  return [...found.values()].map(({ agent }) => agent);
}

/**
 * The agents of VICIdial, read from `vicidial_live_agents`. One connection, opened anew when it is lost; its transactions are read-only,
 * and its user should have SELECT on this one table and nothing else.
 */
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';
import { parseAgentId } from '../../domain/ids.ts';
import type { DialerAgent, DialerFloor } from '../../ports/dialer-floor.ts';

/** VICIdial's agent page writes its row each second; who has not for so long is gone, as VICIdial itself counts (AST_VDadapt). */
const AGENTS = `SELECT user, campaign_id, status FROM vicidial_live_agents
  WHERE last_update_time > NOW() - INTERVAL 60 SECOND AND campaign_id IN (?)`;

interface AgentRow extends RowDataPacket {
  readonly user: string | null;
  readonly campaign_id: string | null;
  readonly status: string | null;
}

export function vicidialAgents(given: VicidialDatabase): DialerFloor {
  let connection: Connection | null = null;

  async function opened(): Promise<Connection> {
    if (connection !== null) return connection;
    const { host, port, name, user, secret, tls, timeoutMs } = given;
    const fresh = await createConnection({
      host,
      port,
      user,
      password: secret,
      database: name,
      connectTimeout: timeoutMs,
      ...(tls ? { ssl: { rejectUnauthorized: true } } : {}),
    });
    // Without a listener a lost connection would end the process; the next reading finds out.
    fresh.on('error', () => undefined);
    connection = fresh;
    await fresh.query('SET SESSION TRANSACTION READ ONLY');
    return fresh;
  }

  function dropped(): void {
    connection?.destroy();
    connection = null;
  }

  return {
    name: 'VICIdial',
    async read() {
      try {
        const at = await opened();
        const [rows] = await at.query<AgentRow[]>({
          sql: AGENTS,
          values: [[...given.campaigns.keys()]],
          timeout: given.timeoutMs,
        });
        return agentsOf(rows, given.campaigns);
      } catch (error) {
        dropped();
        throw error;
      }
    },
    close: () => {
      dropped();
      return Promise.resolve();
    },
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

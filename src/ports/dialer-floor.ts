/** The agents of a dialer that keeps their states to itself, read from where it keeps them. */
import type { AgentId, CampaignId } from '../domain/ids.ts';
import type { AgentState } from './counters.ts';

export interface DialerAgent {
  readonly agentId: AgentId;
  readonly campaignId: CampaignId;
  readonly state: Exclude<AgentState, 'logged_out'>;
}

export interface DialerFloor {
  /** For the log. */
  readonly name: string;
  /** Everybody who is logged in now, each once. MUST settle within a bound of its own, MUST write nothing; rejects when it cannot tell. */
  read(): Promise<readonly DialerAgent[]>;
  close(): Promise<void>;
}

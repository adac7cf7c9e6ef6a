/**
 * Manual and preview dialing: an agent who is on the line already makes the call. INVARIANT (agent-first): no telephone rings for an
 * agent who is not there, ready and held for this call; should the agent be gone when the permit is on record, nobody is rung.
 */
import type { Campaign } from '../domain/campaign.ts';
import type { AgentId, CallId } from '../domain/ids.ts';
import type { OriginationRequest } from '../domain/origination.ts';
import type { AgentPool } from './agents.ts';
import { InputProblem } from './input-problem.ts';
import type { Station } from './sidecar.ts';

export class AgentNotReady extends Error {
  override readonly name = 'AgentNotReady';
  readonly code = 'agent_not_ready';
}

export interface HeldAgent {
  readonly agentId: AgentId;
  /** Somebody who has answered another call needs the agent, or the agent has left or paused. */
  isLost(): boolean;
}

/**
 * Holds the agent of the request. Null where nobody needs to be held: it names none, its campaign is not known (a veto will say so), or its
 * call id has been decided, so that nobody will be rung. Rejects with `AgentNotReady`, and with `InputProblem` where the campaign's agents
 * are not ours.
 */
export async function holdAgent(
  { ledger }: Pick<Station, 'ledger'>,
  agents: AgentPool,
  { agentId, callId }: Pick<OriginationRequest, 'agentId' | 'callId'>,
  campaign: Campaign | undefined,
): Promise<HeldAgent | null> {
  if (agentId === undefined || campaign === undefined) return null;
  if (campaign.agents.destination.kind !== 'stasis') {
    throw new InputProblem('campaign', campaign.id, 'a campaign with `agents.destination.kind: stasis`');
  }
  if (await isDecided(ledger, callId)) return null;
  let lost = false;
  const held = agents.hold(campaign.id, callId, agentId, () => {
    lost = true;
  });
  if (held === null) {
    throw new AgentNotReady(
      `agent \`${agentId}\` must have come in here by telephone, be ready for campaign ${campaign.id}, and have no call ringing`,
    );
  }
  return { agentId, isLost: () => lost };
}

async function isDecided(ledger: Station['ledger'], callId: CallId): Promise<boolean> {
  return (await ledger.read({ callId, kinds: ['decision'], limit: 1 })).length > 0;
}

/**
 * Keeps the agents of a dialer in step with what is read of it, as if it had reported them. INVARIANT (unknown-is-nobody): an agent who is
 * not read any more, and everybody while the dialer cannot be read, is logged out.
 */
import type { AgentId } from '../domain/ids.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { DialerAgent, DialerFloor } from '../ports/dialer-floor.ts';
import { factWithin, messageOf } from './deadline.ts';
import { InputProblem } from './input-problem.ts';
import type { Operations } from './operations.ts';
import type { Station } from './sidecar.ts';

const READ_EVERY_MS = 1_000;
/** As old as this, what was read last is no knowledge: two readings may fail. */
const STALE_MS = 3_000;
/** Everybody is told again this often: another sidecar may have told something else of them. */
const TELL_AGAIN_MS = 15_000;

export interface FollowedFloor {
  /** Nothing is read any more; what was told stands. */
  stop(): void;
}

export function followDialerFloor(
  { clock, log }: Pick<Station, 'clock' | 'log'>,
  floor: DialerFloor,
  setAgentState: Operations['setAgentState'],
): FollowedFloor {
  const told = new Map<AgentId, DialerAgent>();
  /** Who cannot be told of; a line of the log for each, once. */
  const refused = new Set<AgentId>();
  let readAt: MonotonicMs = clock.monotonic();
  let allToldAt: MonotonicMs = readAt;
  let isRead = true;
  let timer: Timer | null = null;
  let stopped = false;

  async function tell(agent: DialerAgent, state: DialerAgent['state'] | 'logged_out'): Promise<void> {
    const { agentId, campaignId } = agent;
    try {
      await setAgentState(agentId, state, [campaignId]);
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      if (!refused.has(agentId))
        log.warn(
          { agentId, campaignId, problem: messageOf(error) },
          `an agent of ${floor.name} does not count`,
        );
      refused.add(agentId);
    }
    if (state === 'logged_out') told.delete(agentId);
    else told.set(agentId, agent);
  }

  async function apply(agents: readonly DialerAgent[]): Promise<void> {
    const now = clock.monotonic();
    const tellAll = now - allToldAt >= TELL_AGAIN_MS;
    if (tellAll) allToldAt = now;
    const here = new Map(agents.map((agent) => [agent.agentId, agent]));
    // First who is gone or busy: nobody is free twice in between.
    for (const agent of [...told.values()]) if (!here.has(agent.agentId)) await tell(agent, 'logged_out');
    const free = (agent: DialerAgent): number => (agent.state === 'ready' ? 1 : 0);
    for (const agent of [...here.values()].sort((one, other) => free(one) - free(other))) {
      const last = told.get(agent.agentId);
      if (last !== undefined && last.campaignId !== agent.campaignId) await tell(last, 'logged_out');
      const isSame = last?.state === agent.state && last.campaignId === agent.campaignId;
      if (!isSame || tellAll) await tell(agent, agent.state);
    }
  }

  /** A reading that takes longer than knowledge lasts is none, whatever its own bound. */
  async function inTime(): Promise<readonly DialerAgent[]> {
    const read = await factWithin(clock, STALE_MS, floor.name, () => floor.read());
    if (!read.known) throw new Error(read.problem);
    return read.value;
  }

  async function round(): Promise<void> {
    try {
      const agents = await inTime();
      if (stopped) return;
      readAt = clock.monotonic();
      if (!isRead) log.info({ agents: agents.length }, `${floor.name} can be read again`);
      isRead = true;
      await apply(agents);
    } catch (error) {
      if (stopped) return;
      if (isRead) log.warn({ problem: messageOf(error) }, `${floor.name} cannot be read`);
      isRead = false;
      if (clock.monotonic() - readAt >= STALE_MS) await apply([]).catch(() => undefined);
    }
  }

  function next(): void {
    if (stopped) return;
    void round().finally(() => {
      if (!stopped) timer = clock.after(READ_EVERY_MS, next);
    });
  }
  next();

  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

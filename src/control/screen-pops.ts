/** Screen pops to whoever follows an agent, and to the target outside where there is one. */
import type { AgentId } from '../domain/ids.ts';
import type { ScreenPop } from '../domain/screen-pop.ts';
import type { ScreenPopTarget } from '../ports/screen-pops.ts';
import { messageOf } from './deadline.ts';
import { screenRecord } from './screen-record.ts';
import type { Station } from './sidecar.ts';

export interface Screens extends ScreenPopTarget {
  /**
   * Told at once of the call the agent has now, if any, then of each that comes. A listener MUST NOT wait; one that throws is left out
   * of that pop only.
   */
  follow(agentId: AgentId, listener: (pop: ScreenPop) => void): { unsubscribe(): void };
}

/** Told of the call: it is not the agent's any more. */
const isOver = ({ event }: ScreenPop): boolean => event === 'released' || event === 'ended';

export function createScreens(
  station: Pick<Station, 'screenPops' | 'log' | 'ledger' | 'clock' | 'inForce'>,
): Screens {
  const { screenPops, log } = station;
  const listeners = new Map<AgentId, Set<(pop: ScreenPop) => void>>();
  /** For a program that comes back in the middle of a call; gone with it. */
  const present = new Map<AgentId, ScreenPop>();

  const show = (listener: (pop: ScreenPop) => void, pop: ScreenPop): void => {
    try {
      listener(pop);
    } catch (error) {
      log.warn({ callId: pop.callId, problem: messageOf(error) }, 'a screen is not told of a call');
    }
  };

  /** By agent, what is told outside and not yet handed over: one after the other, for the ledger is asked in between. */
  const lines = new Map<AgentId, Promise<void>>();

  function tellOutside(target: ScreenPopTarget, pop: ScreenPop): void {
    const line = (lines.get(pop.agentId) ?? Promise.resolve()).then(async () => {
      const told = isOver(pop) ? pop : { ...pop, record: await screenRecord(station, pop) };
      show((each) => target.tell(each), told);
    });
    lines.set(pop.agentId, line);
    void line.finally(() => {
      if (lines.get(pop.agentId) === line) lines.delete(pop.agentId);
    });
  }

  return {
    tell(pop) {
      const { agentId, callId } = pop;
      if (!isOver(pop)) present.set(agentId, pop);
      else if (present.get(agentId)?.callId === callId) present.delete(agentId);
      for (const listener of listeners.get(agentId) ?? []) show(listener, pop);
      if (screenPops !== undefined) tellOutside(screenPops, pop);
    },
    follow(agentId, listener) {
      const those = listeners.get(agentId) ?? new Set();
      listeners.set(agentId, those.add(listener));
      const now = present.get(agentId);
      if (now !== undefined) show(listener, now);
      return {
        unsubscribe() {
          those.delete(listener);
          if (those.size === 0 && listeners.get(agentId) === those) listeners.delete(agentId);
        },
      };
    },
  };
}

/** The part of `main.ts` that reads the agents of VICIdial. */
import { vicidialAgents } from './adapters/vicidial/live-agents.ts';
import type { Config } from './config/config.ts';
import { followDialerFloor } from './control/follow-dialer-floor.ts';
import type { Operations } from './control/operations.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';

/** Null where none is configured. A database that cannot be reached is asked again, and its agents are nobody until then. */
export function followVicidial(
  { vicidial }: Pick<Config, 'vicidial'>,
  { setAgentState }: Pick<Operations, 'setAgentState'>,
  clock: Clock,
  log: Log,
): { close(): Promise<void> } | null {
  if (vicidial === null) return null;
  const floor = vicidialAgents(vicidial);
  const followed = followDialerFloor({ clock, log }, floor, setAgentState);
  return {
    close() {
      followed.stop();
      return floor.close();
    },
  };
}

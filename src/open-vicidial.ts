/** The part of `main.ts` that reads VICIdial: its agents, what became of its calls, who wants no more of them, and whom it will call next. */
import { vicidialCallLog } from './adapters/vicidial/call-log.ts';
import { vicidialHopper } from './adapters/vicidial/hopper.ts';
import { vicidialAgents } from './adapters/vicidial/live-agents.ts';
import { vicidialRequests } from './adapters/vicidial/requests.ts';
import type { Config } from './config/config.ts';
import { followDialerFloor } from './control/follow-dialer-floor.ts';
import { followDialerLog } from './control/follow-dialer-log.ts';
import { followDialerRequests } from './control/follow-dialer-requests.ts';
import type { Operations } from './control/operations.ts';
import { scrubHopper } from './control/scrub-hopper.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';

/**
 * Null where none is configured. Each reader has a connection of its own, so that a table that is locked holds up one of them. A database that
 * cannot be reached is asked again; until then its agents are nobody.
 */
export function followVicidial(
  { vicidial }: Pick<Config, 'vicidial'>,
  operations: Pick<Operations, 'setAgentState' | 'tellFromLog' | 'requestFromLog' | 'decide'>,
  clock: Clock,
  log: Log,
): { close(): Promise<void> } | null {
  if (vicidial === null) return null;
  const { database, statuses, requestStatuses, hopper } = vicidial;
  const station = { clock, log };
  const agents = vicidialAgents(database);
  const calls = statuses === null ? null : vicidialCallLog(database, statuses);
  const requests = requestStatuses.length === 0 ? null : vicidialRequests(database, requestStatuses);
  const leads = hopper === null ? null : vicidialHopper(database, hopper);
  const followed = [
    followDialerFloor(station, agents, operations.setAgentState),
    ...(calls === null ? [] : [followDialerLog(station, calls, operations.tellFromLog)]),
    ...(requests === null ? [] : [followDialerRequests(station, requests, operations.requestFromLog)]),
    ...(leads === null ? [] : [scrubHopper(station, leads, operations.decide)]),
  ];
  return {
    async close() {
      for (const each of followed) each.stop();
      await Promise.all([agents.close(), calls?.close(), requests?.close(), leads?.close()]);
    },
  };
}

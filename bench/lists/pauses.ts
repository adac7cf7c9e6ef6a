/** What work on lists does to an event loop that looks numbers up the whole time, beside what the machine does to it anyway. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Campaign } from '../../src/domain/campaign.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { DoNotCallLists } from '../../src/ports/fact-sources.ts';

const QUIET_MS = 1_000;
const LOOK_UPS_A_TURN = 100;

export interface Pauses {
  readonly quietMaxMs: number;
  readonly quietP99Ms: number;
  readonly pauseMaxMs: number;
  readonly pauseP99Ms: number;
  /**
   * Processor time of all threads of the process in one turn of the loop, 100 look-ups and the reading thread included: unlike the
   * pauses, other work of the machine is not in it.
   */
  readonly quietTurnCpuP99Ms: number;
  readonly turnCpuP99Ms: number;
  readonly turnCpuMaxMs: number;
}

export async function pausesWhile(lists: DoNotCallLists, work: () => Promise<void>): Promise<Pauses> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const campaign = { id: 'bench' } as unknown as Campaign;
  let running = true;
  let turns: number[] = [];
  const asking = (async () => {
    while (running) {
      const before = process.cpuUsage();
      for (let asked = 0; asked < LOOK_UPS_A_TURN; asked += 1) {
        await lists.lookUp('+12015550123' as PhoneNumber, campaign);
      }
      await turn();
      const { user, system } = process.cpuUsage(before);
      turns.push((user + system) / 1e3);
    }
  })();
  await sleep(200);
  turns = [];
  delay.enable();
  await sleep(QUIET_MS);
  const quiet = { quietMaxMs: delay.max / 1e6, quietP99Ms: delay.percentile(99) / 1e6 };
  const quietTurnCpuP99Ms = share(turns, 0.99);
  delay.reset();
  turns = [];
  await work();
  delay.disable();
  running = false;
  await asking;
  return {
    ...quiet,
    ...{ pauseMaxMs: delay.max / 1e6, pauseP99Ms: delay.percentile(99) / 1e6 },
    ...{ quietTurnCpuP99Ms, turnCpuP99Ms: share(turns, 0.99), turnCpuMaxMs: share(turns, 1) },
  };
}

function share(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

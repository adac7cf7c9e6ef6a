/** What tests of an upgrade under calls share: who stands by, and what the person on the wire went through. */
import type { Floor } from '../../scripts/callers/floor.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import type { ServeProcess } from './serve-process.ts';
import type { ServeWorld } from './serve-world.ts';
import { freePort } from './stores.ts';
import { until } from './wait.ts';

export const digits = (number: string): string => number.slice(1);

/** With doors of its own: those of the one that serves are open until its end, or held by one that hangs. */
export async function standBy(world: ServeWorld): Promise<ServeProcess> {
  const [http, agi] = [await freePort(), await freePort()];
  const waiting = world.start({ BREAKWATER_HTTP_PORT: String(http), BREAKWATER_AGI_PORT: String(agi) }, [
    '--standby',
  ]);
  await until('standing by', () => waiting.output().includes('"standingBy":"tested"'), 60_000);
  return waiting;
}

/** The one call to the number that was seen on any of the floors; throws when there was none, or a second. */
export async function onlyCallTo(number: string, ...floors: readonly Floor[]): Promise<CallTrace> {
  const calls = (await Promise.all(floors.map((floor) => floor.calls(digits(number))))).flat();
  const [call] = calls;
  if (call === undefined || calls.length > 1) throw new Error(`${calls.length} calls to ${number}`);
  return call;
}

/** From the end of the person's greeting to the first sound of an agent. */
export const waitedMs = ({ heard, spoken }: CallTrace): number =>
  (heard.firstVoicedAt ?? Infinity) - (spoken.lastVoicedAt ?? 0);

/** The agents of the demo: callers played by SIPp who log in by dialing `agent-ID`. One talks, the others listen. */
import type { Agent } from '../callers/agent.ts';
import { campaign, setAgent } from './client.ts';
import { until } from './wait.ts';
import type { World } from './world.ts';

export interface Agents {
  /** Talks without a pause, so that the person who is connected can be heard to hear somebody. */
  readonly talking: Agent;
}

/** The two who leave their desks while phones ring, and take the burst at the end. */
export const LEAVING = ['1002', '1003'] as const;

export async function logIn(world: World): Promise<Agents> {
  const talking = await world.floor.callIn('agent-1001');
  const silent = await Promise.all(
    [...LEAVING, '1004', '1006'].map((id) => world.floor.callIn(`agent-${id}`, { says: null })),
  );
  await Promise.all([talking, ...silent].map((agent) => agent.answered()));
  await untilReady(world, 'solar', 3);
  await untilReady(world, 'windows', 1);
  await untilReady(world, 'attested', 1);
  await setAll(world, LEAVING, 'paused');
  await untilReady(world, 'solar', 1);
  return { talking };
}

export async function setAll(world: World, ids: readonly string[], state: string): Promise<void> {
  for (const id of ids) await setAgent(world, id, state);
}

export const untilReady = (world: World, campaignId: string, count: number): Promise<unknown> =>
  until(
    `${count} ready agents of ${campaignId}`,
    async () => (await campaign(world, campaignId)).agents.ready === count,
  );

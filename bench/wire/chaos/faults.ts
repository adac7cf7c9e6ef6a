/** What is killed or stalled while people are called: drawn from the dice, done, and made good again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readPostmaster } from '../../../src/adapters/postgres/postmaster.ts';
import type { Dice } from '../dice.ts';
import { childrenOf } from '../processes.ts';
import type { WireWorld } from '../world.ts';

export const FAULT_KINDS = [
  'sidecar_killed',
  'sidecar_frozen',
  'postgres_killed',
  'postgres_stalled',
  'redis_killed',
  'redis_stalled',
  'ari_cut',
  'ari_refused',
  'ari_stalled',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** From the start of the wave. */
  readonly atMs: number;
  /** Until it is made good: restarted, let go on, let through again. */
  readonly forMs: number;
}

const LONGEST_MS = 4_000;

/** One or two, at any moment between the first call's placing and the last message. */
export function drawFaults(
  dice: Dice,
  kinds: readonly [FaultKind, ...FaultKind[]],
  untilMs: number,
): readonly Fault[] {
  const count = dice.next() < 0.5 ? 1 : 2;
  return Array.from({ length: count }, () => ({
    kind: dice.pick(kinds),
    atMs: Math.round(dice.between(200, untilMs)),
    forMs: Math.round(dice.between(100, LONGEST_MS)),
  }));
}

export const tellFault = ({ kind, atMs, forMs }: Fault): string => `${kind}@${atMs}+${forMs}`;

/** Resolves when the fault is made good again; what that takes longer (a start, a recovery) is for `heal` to wait for. */
export async function suffer(world: WireWorld, fault: Fault): Promise<void> {
  await sleep(fault.atMs);
  const pause = (): Promise<void> => sleep(fault.forMs);
  switch (fault.kind) {
    case 'sidecar_killed':
      if (!world.serve.sidecar().isRunning()) return;
      await world.serve.sidecar().kill();
      await pause();
      if (!world.serve.sidecar().isRunning()) world.serve.start();
      return;
    case 'sidecar_frozen': {
      const frozen = world.serve.sidecar();
      frozen.signal('SIGSTOP');
      await pause();
      frozen.signal('SIGCONT');
      return;
    }
    case 'postgres_killed':
      for (const pid of (await storePids(world)).slice(0, 1)) signal(pid, 'SIGKILL');
      return;
    case 'postgres_stalled': {
      const stopped = await storePids(world);
      for (const pid of stopped) signal(pid, 'SIGSTOP');
      await pause();
      for (const pid of stopped) signal(pid, 'SIGCONT');
      return;
    }
    case 'redis_killed':
      await world.redis?.kill();
      await pause();
      await world.redis?.start();
      return;
    case 'redis_stalled':
      world.redis?.pause();
      await pause();
      world.redis?.resume();
      return;
    case 'ari_cut':
      world.relay?.cut();
      return;
    case 'ari_refused':
      world.relay?.refuse();
      await pause();
      world.relay?.flow();
      return;
    case 'ari_stalled':
      world.relay?.stall();
      await pause();
      world.relay?.flow();
      return;
    default:
      fault.kind satisfies never;
  }
}

/** Everything runs again and says that it is ready. */
export async function heal(world: WireWorld): Promise<void> {
  world.relay?.flow();
  world.redis?.resume();
  for (const pid of await storePids(world)) signal(pid, 'SIGCONT');
  const sidecar = world.serve.sidecar();
  if (sidecar.isRunning()) sidecar.signal('SIGCONT');
  else world.serve.start();
  await world.serve.sidecar().ready();
}

/** The server of the embedded store and its sessions; all of them are the sidecar's children or were. */
async function storePids(world: WireWorld): Promise<readonly number[]> {
  const server = await readPostmaster(world.storeDirectory);
  return server === undefined ? [] : [server.pid, ...childrenOf(server.pid)];
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended a moment ago.
  }
}

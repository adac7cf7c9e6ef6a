/** The stores of one case, filled: a new database with the consents of everybody, an empty Redis, and the fleet upon them. */
import { Redis } from 'ioredis';
import type { PostgresServer, PostgresSource } from '../../test/support/stores.ts';
import { type Fleet, startFleet } from './fleet.ts';
import {
  clockOffsetNow,
  fileConsents,
  HOME_NUMBERS,
  NUMBERS,
  type Opened,
  openSidecar,
  type SidecarOrder,
} from './world.ts';

export interface Ground {
  readonly postgres: PostgresServer;
  readonly url: string;
  /** A sidecar in this process, which asks for nothing: it files the consents and reads at the end. */
  readonly own: Opened;
  readonly fleet: Fleet;
  /** To the server that a direct address names; null under Sentinels. */
  readonly raw: Redis | null;
  close(): Promise<void>;
}

export async function openGround(
  source: PostgresSource,
  redisUrl: string,
  fleetOf: { readonly sidecars: number } & Pick<SidecarOrder, 'attemptsMax' | 'agents'>,
): Promise<Ground> {
  const postgres = await source.start();
  const { sidecars, ...rest } = fleetOf;
  const common = {
    ...{ ...rest, redisUrl, clockOffsetMs: clockOffsetNow() },
    postgresUrl: await postgres.freshDatabase(),
  };
  const own = await openSidecar({ ...common, writer: 'own' });
  await fileConsents(own, NUMBERS);
  const fleet = await startFleet(
    Array.from({ length: sidecars }, (_, index) => ({ ...common, writer: `sidecar-${index + 1}` })),
  );
  const raw = redisUrl.startsWith('redis://') ? new Redis(redisUrl) : null;
  return {
    postgres,
    url: common.postgresUrl,
    own,
    fleet,
    raw,
    async close() {
      await fleet.close();
      await own.close();
      raw?.disconnect();
      await postgres.stop();
    },
  };
}

/** Until a call is permitted: the counters have been rebuilt and every sidecar sees its agents. */
export async function warm({ fleet }: Ground): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const asks = Array.from({ length: fleet.size * 2 }, (_, index) => ({
      callId: `warm-${tries}-${index}`,
      number: HOME_NUMBERS[(tries * fleet.size * 2 + index) % HOME_NUMBERS.length] ?? '',
    }));
    const answers = await fleet.ask(asks);
    const permitted = answers.filter(({ codes }) => codes.length === 0);
    await fleet.report(permitted.map(({ callId }) => ({ callId, outcome: 'no_answer' as const })));
    if (permitted.length === asks.length) return;
    if (tries % 20 === 19) process.stderr.write(`waiting for permits: ${JSON.stringify(answers[0])}\n`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the sidecars permit nothing');
}

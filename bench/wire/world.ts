/**
 * The benchmark's world: a private Asterisk, the persons in a process of their own, and the built sidecar with its embedded
 * PostgreSQL; with a Redis and a relay before ARI where a case breaks them. `close` leaves no process and no file.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startAsterisk, type AsteriskInstance } from '../../scripts/asterisk/instance.ts';
import { writeWav } from '../../scripts/callers/wav.ts';
import {
  campaignYaml,
  exchangeEnv,
  openServeWorld,
  pointAgi,
  type ServeWorld,
} from '../../test/support/serve-world.ts';
import { SELLER } from '../../test/support/serve-client.ts';
import { type RedisServer, startRedis } from '../../test/support/stores.ts';
import { CAMPAIGN_SCHEMA } from '../../src/config/campaign-settings.ts';
import { tonePacket } from './agents.ts';
import { note } from './figures.ts';
import { decodeMuLaw, FRAME_SAMPLES } from './g711.ts';
import { type Reference, referenceOf } from './hearing.ts';
import { type Listener, openListener } from './listener.ts';
import { type NumberPool, numberPool } from './numbers.ts';
import { openRelay, type Relay } from './proxy.ts';
import { readSamples, speakGreeting } from './sound.ts';

const HOME = resolve(import.meta.dirname, '../..');
const GREETING = 'Hello? This is Anna.';
const TONE_S = 3;

/** Its agents are reported over HTTP and leave before anybody answers: who answers is dropped. */
export const DROPS = 'wire-drops';
/** Its agents sit at telephones in Stasis. */
export const TALKS = 'wire-talks';
/** The same, bridged at the answer; only where the program has that setting. */
export const AT_ANSWER = 'wire-at-answer';

export interface WorldOptions {
  readonly name: string;
  /** Calls that may be out at once: one agent each. */
  readonly lines: number;
  /** Telephones of agents. */
  readonly phones?: number;
  readonly atAnswer?: boolean;
  readonly redis?: boolean;
  readonly relay?: boolean;
  /** A number may be called a hundred times in so many hours; default 24. */
  readonly attemptsPerHours?: number;
  /** Where what is loosened counts; default Colorado. */
  readonly states?: readonly string[];
}

export interface WireWorld {
  readonly serve: ServeWorld;
  readonly asterisk: AsteriskInstance;
  readonly listener: Listener;
  readonly message: Reference;
  readonly numbers: NumberPool;
  readonly redis: RedisServer | null;
  readonly relay: Relay | null;
  /** Agents of the campaign of drops, and of the others. */
  readonly agents: readonly string[];
  readonly phones: readonly string[];
  /** The embedded store's folder. */
  readonly storeDirectory: string;
  close(): Promise<void>;
}

const idsFrom = (first: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(first + index));

const members = (ids: readonly string[]): string => `members: [${ids.map((id) => `'${id}'`).join(', ')}]`;

const moreOf = ({ attemptsPerHours = 24 }: WorldOptions): string => `dropLockoutHours: 0
attempts: { max: 100, perHours: ${attemptsPerHours} }
`;

/** What `moreOf` loosens counts only under overrides; the sidecar's clock stands in November 2026. */
async function overrideDefaults(
  client: WireWorld['serve']['client'],
  { states = ['CO'] }: WorldOptions,
): Promise<void> {
  for (const what of ['campaign_attempts', 'drop_lockout']) {
    for (const state of states) {
      await client.request('POST', '/v1/overrides', {
        ...{ override_id: `wire-${what}-${state}`, what, seller: SELLER, state },
        ...{ who: 'bench', why: 'the same few numbers are called again and again' },
        until: '2027-06-30T00:00:00Z',
      });
    }
  }
}

const openWorlds = new Set<() => Promise<void>>();

/** For an end that comes from outside: whatever stands is taken down. */
export async function closeOpenWorlds(): Promise<void> {
  await Promise.all([...openWorlds].map((close) => close()));
}

export const hasConnectSetting = (): boolean => Object.hasOwn(CAMPAIGN_SCHEMA.properties, 'connect');

export async function openWireWorld(options: WorldOptions): Promise<WireWorld> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) {
      await step().catch((error: unknown) => note(`not cleared up: ${String(error)}`));
    }
    openWorlds.delete(close);
  };
  openWorlds.add(close);
  try {
    return await open(options, closing, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  options: WorldOptions,
  closing: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<WireWorld> {
  const agents = idsFrom(20_001, options.lines);
  const phones = idsFrom(30_001, options.phones ?? 0);
  const redis = options.redis === true ? await startRedis() : null;
  if (redis !== null) closing.push(() => redis.stop());
  const serve = await openServeWorld(
    { BREAKWATER_LOG_LEVEL: 'warn', ...(redis === null ? {} : { REDIS_URL: redis.url }) },
    campaignsOf(options, agents, phones),
  );
  closing.push(() => serve.close());
  const listener = await openListener(await speakGreeting(GREETING, serve.directory));
  closing.push(() => listener.close());
  const asterisk = await exchange(options.name, serve, listener);
  closing.push(() => asterisk.stop());
  Object.assign(serve.env, exchangeEnv(asterisk));
  await pointAgi(asterisk, Number(serve.env['BREAKWATER_AGI_PORT']));
  const relay =
    options.relay === true
      ? await openRelay({ host: '127.0.0.1', port: Number(new URL(asterisk.ari.url).port) })
      : null;
  if (relay !== null) {
    closing.push(() => relay.close());
    Object.assign(serve.env, { ARI_URL: `http://127.0.0.1:${relay.port}` });
  }
  await serve.start().ready();
  await overrideDefaults(serve.client, options);
  for (const id of phones) await listener.logIn(id, asterisk.sip.port);
  const message = join(serve.soundsDirectory, DROPS, 'safe-harbor.wav');
  return {
    serve,
    asterisk,
    listener,
    message: referenceOf(await readSamples(message)),
    numbers: numberPool(),
    redis,
    relay,
    agents,
    phones,
    storeDirectory: join(serve.directory, 'data/postgres/data'),
    close,
  };
}

function campaignsOf(
  options: WorldOptions,
  agents: readonly string[],
  phones: readonly string[],
): Readonly<Record<string, string>> {
  const house = `{ kind: dialplan, context: house, extension: desk, connectedBy: handover }\n  ${members(agents)}`;
  const stasis = `{ kind: stasis }\n  ${members(phones)}`;
  const more = moreOf(options);
  const campaigns = { [DROPS]: campaignYaml(DROPS, 1, house, more) };
  if (phones.length === 0) return campaigns;
  if (options.atAnswer === true) {
    return { ...campaigns, [AT_ANSWER]: campaignYaml(AT_ANSWER, 2, stasis, `${more}connect: at_answer\n`) };
  }
  return { ...campaigns, [TALKS]: campaignYaml(TALKS, 2, stasis, more) };
}

/** `house`: where a call goes that finds an agent after all. `floor`: the least that Asterisk itself needs. */
const dialplanText = `
[house]
exten => desk,1,Answer()
 same => n,Playback(wire/tone)
 same => n,Hangup()
[floor]
exten => s,1,WaitForSilence(500,1,10)
 same => n,Playback(breakwater/${DROPS}/safe-harbor)
 same => n,Hangup()
`;

/** Free of the blocks that other instances claim (they end at 31,599) and below the ephemeral ports. */
const RTP_CONF = `[general]
rtpstart=31600
rtpend=32767
strictrtp=no
icesupport=no
`;

async function exchange(name: string, serve: ServeWorld, listener: Listener): Promise<AsteriskInstance> {
  const folder = join(serve.directory, 'wire');
  await mkdir(folder);
  const packet = decodeMuLaw(tonePacket());
  const tone = new Int16Array(TONE_S * 8_000);
  for (let at = 0; at < tone.length; at += FRAME_SAMPLES) tone.set(packet, at);
  await writeWav(join(folder, 'tone.wav'), tone);
  return startAsterisk({
    name,
    dialplan: [join(HOME, 'dialplan/breakwater.conf')],
    dialplanText,
    inboundContext: 'breakwater-agent',
    sounds: [
      { as: 'breakwater', directory: serve.soundsDirectory },
      { as: 'wire', directory: folder },
    ],
    endpoints: [{ name: 'carrier', host: '127.0.0.1', port: listener.port }],
    extraFiles: { 'rtp.conf': RTP_CONF },
  });
}

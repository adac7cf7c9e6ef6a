/**
 * Everything a running sidecar needs, in a folder of its own: configuration, fresh lists, rendered prompts, free ports, and
 * where a test wants it a private Asterisk with people. Its clock goes on over restarts.
 */
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheDirectory } from '../../scripts/asterisk/cache-directory.ts';
import type { AsteriskInstance } from '../../scripts/asterisk/instance.ts';
import type { Person } from '../../scripts/callers/behaviour.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import { openFloor, type Floor } from '../../scripts/callers/floor.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { readWav } from '../../scripts/callers/wav.ts';
import { renderAll } from '../../src/adapters/audio/render.ts';
import { readPostmaster, stopPostmaster } from '../../src/adapters/postgres/postmaster.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadLaw } from '../../src/config/load-law.ts';
import { agentIds, CAMPAIGN, clientOf, TALKS, type Client } from './serve-client.ts';
import { spawnServe, type Environment, type ServeProcess } from './serve-process.ts';
import { freePort } from './stores.ts';

const HOME = resolve(import.meta.dirname, '../..');
/** A Monday at 11:00 in Denver. */
const STARTS_AT = Date.parse('2026-11-23T18:00:00Z');
const LISTS_OF = '2026-11-20';

export interface ServeWorld {
  readonly directory: string;
  readonly configDirectory: string;
  readonly soundsDirectory: string;
  readonly env: Environment;
  readonly client: Client;
  /** The sidecar started last. */
  sidecar(): ServeProcess;
  /** Starts one; waits for nothing. */
  start(more?: Environment, args?: readonly string[]): ServeProcess;
  /** The share of a rendered message that the person heard. */
  shareHeard(call: CallTrace): Promise<number>;
  /** Ends what runs and removes the folder. */
  close(): Promise<void>;
}

export async function openServeWorld(
  more: Environment = {},
  campaigns: Readonly<Record<string, string>> = CAMPAIGNS,
): Promise<ServeWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-serve-'));
  await chmod(directory, 0o755);
  const configDirectory = join(directory, 'config');
  await cp(join(HOME, 'config'), configDirectory, { recursive: true });
  await rm(join(configDirectory, 'campaigns'), { recursive: true });
  await mkdir(join(configDirectory, 'campaigns'));
  for (const [id, text] of Object.entries(campaigns)) {
    await writeFile(join(configDirectory, 'campaigns', `${id}.yaml`), text);
  }
  await writeLists(directory, configDirectory);
  const soundsDirectory = join(cacheDirectory(), 'test-prompts');
  const settings: Environment = {
    BREAKWATER_CONFIG: configDirectory,
    BREAKWATER_ENVIRONMENT: 'rehearsal',
    BREAKWATER_SOUNDS_DIRECTORY: soundsDirectory,
    BREAKWATER_DATA_DIRECTORY: join(directory, 'data'),
    BREAKWATER_WRITER: 'tested',
    BREAKWATER_HTTP_PORT: String(await freePort()),
    BREAKWATER_AGI_PORT: String(await freePort()),
    BREAKWATER_LOG_LEVEL: 'info',
  };
  const env = { ...settings, ...more };
  await render(configDirectory, env, soundsDirectory);
  const started: ServeProcess[] = [];
  const openedAt = Date.now();
  const sidecar = (): ServeProcess => {
    const last = started.at(-1);
    if (last === undefined) throw new Error('no sidecar was started');
    return last;
  };
  return {
    directory,
    configDirectory,
    soundsDirectory,
    env,
    client: clientOf(() => sidecar().url),
    sidecar,
    start(extra = {}, args = []) {
      const now = new Date(STARTS_AT + Date.now() - openedAt).toISOString();
      const one = spawnServe({ ...env, BREAKWATER_CLOCK_START: now, ...extra }, args);
      started.push(one);
      return one;
    },
    async shareHeard(call) {
      const { samples } = await readWav(join(soundsDirectory, CAMPAIGN, 'safe-harbor.wav'));
      // Busy cores let a playback pause for a moment; what comes later is heard all the same.
      return compareAudio(call.heard.samples, samples, { strayMs: 300 }).matchedShare;
    },
    async close() {
      for (const one of started) {
        if (!one.isRunning()) continue;
        one.signal('SIGCONT');
        // Twice: no talk is waited for. What else a test has left on the floor is of no interest any more.
        one.signal('SIGTERM');
        one.signal('SIGTERM');
        await one.ended(20_000).catch(() => one.kill());
      }
      // After a kill that no later start followed, its PostgreSQL is still there.
      const data = join(directory, 'data/postgres/data');
      const orphan = await readPostmaster(data);
      if (orphan !== undefined) await stopPostmaster(orphan.pid, data);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The exchange's addresses as the sidecar reads them. */
export const exchangeEnv = ({ ari, ami, monitorDirectory }: AsteriskInstance): Environment => ({
  ARI_URL: ari.url,
  ARI_USER: ari.user,
  ARI_PASSWORD: ari.password,
  AMI_HOST: ami.host,
  AMI_PORT: String(ami.port),
  AMI_USER: ami.user,
  AMI_SECRET: ami.secret,
  BREAKWATER_MONITOR_DIRECTORY: monitorDirectory,
});

/** A floor whose dialplan knows the sidecar of `world`. */
export async function openServeFloor(
  world: ServeWorld,
  name: string,
  people: readonly Person[],
  dialplanText = '',
): Promise<Floor> {
  const floor = await openFloor({
    name,
    asterisk: {
      dialplan: [join(HOME, 'dialplan/breakwater.conf')],
      dialplanText,
      inboundContext: 'breakwater-agent',
      sounds: [{ as: 'breakwater', directory: world.soundsDirectory }],
    },
    people,
  });
  await pointAgi(floor.asterisk, Number(world.env['BREAKWATER_AGI_PORT']));
  return floor;
}

export async function pointAgi(asterisk: AsteriskInstance, port: number): Promise<void> {
  await asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${port}`);
}

async function render(
  configDirectory: string,
  settings: Environment,
  soundsDirectory: string,
): Promise<void> {
  const loaded = loadConfig({ directory: configDirectory, env: settings, loadLaw });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  await mkdir(soundsDirectory, { recursive: true });
  await renderAll(loaded.config.prompts, soundsDirectory);
}

async function writeLists(directory: string, configDirectory: string): Promise<void> {
  const path = join(directory, 'list.txt');
  // A list must hold at least one number; this one is nobody's.
  await writeFile(path, '+13035550199\n');
  const rows = [
    `  - { name: national, kind: national, path: ${path}, obtainedOn: '${LISTS_OF}', areaCodes: all }`,
    `  - { name: state CO, kind: state, jurisdiction: CO, path: ${path}, obtainedOn: '${LISTS_OF}', areaCodes: all }`,
  ];
  const main = join(configDirectory, 'breakwater.yaml');
  const text = await readFile(main, 'utf8');
  await writeFile(main, text.replace(/^lists: \[\]$/m, `lists:\n${rows.join('\n')}`));
}

/** `agents`: its destination, and what more belongs under that key; `more`: further keys. */
export const campaignYaml = (id: string, line: number, agents: string, more = ''): string => `
id: ${id}
seller:
  id: sunrise
  name: Sunrise
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: ${id} of roofs
startedOn: '2026-11-02'
zone: America/Denver
mode: predictive
consent:
  mode: written
callerIds:
  - number: '+1303555010${line}'
    proofOfRight: carrier agreement 2026-014, line ${line}
    takesDoNotCallRequests: true
endpoint: PJSIP/{number}@carrier
ring:
  atMostSeconds: 30
safeHarbor:
  optOutDigit: '9'
  text: '{seller}, {number}, for telemarketing purposes. Press {digit} to opt out.'
agents:
  destination: ${agents}
  place: CO
  wrapUpSeconds: 0
${more}`;

/** Thirty agents behind a queue of the dialplan, and one who talks to the sidecar. */
export const CAMPAIGNS = {
  [CAMPAIGN]: campaignYaml(
    CAMPAIGN,
    1,
    `{ kind: dialplan, context: house, extension: desk, connectedBy: handover }\n  members: [${agentIds(30)
      .map((id) => `'${id}'`)
      .join(', ')}]`,
  ),
  [TALKS]: campaignYaml(TALKS, 2, "{ kind: stasis }\n  members: ['3001']"),
} as const satisfies Readonly<Record<string, string>>;

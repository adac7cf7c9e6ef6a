/** The demo's world: a folder with configuration, lists and prompts, a private Asterisk with people, and the sidecar beside it. */
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AsteriskInstance } from '../asterisk/instance.ts';
import { freeUdpPort } from '../asterisk/port-block.ts';
import {
  SIGNED_ENDPOINT,
  signingExchange,
  type SignedNumbers,
  type SigningExchange,
} from '../asterisk/signing-exchange.ts';
import { openFloor, type Floor } from '../callers/floor.ts';
import type { Person } from '../callers/behaviour.ts';
import { DIALER_DIALPLAN, proxySettings } from './ami-dialer.ts';
import { runBreakwater, startSidecarProcess, type SidecarProcess } from './sidecar-process.ts';

/** Rehearsals start on a Monday at 11:00 in Denver, whatever the time is where the demo runs. */
export const STARTS_AT = '2026-11-23T18:00:00Z';
const LISTS_OF = '2026-11-20';
/** The sellers' caller IDs, each signed with A on the trunk until somebody changes that; by the digits that `stir_shaken.conf` names. */
const SIGNED: SignedNumbers = {
  '13035550101': 'A',
  '17205550101': 'A',
  '18135550111': 'A',
  '13035550121': 'A',
  '13035550125': 'A',
};
/** States with a list of their own that the demo calls. */
const STATE_LISTS = ['CO', 'PA'] as const;
const HOME = resolve(import.meta.dirname, import.meta.dirname.includes('/dist/') ? '../../..' : '../..');

export interface World {
  readonly directory: string;
  readonly configDirectory: string;
  readonly soundsDirectory: string;
  readonly floor: Floor;
  readonly env: Readonly<Record<string, string>>;
  /** Of the manager as dialers see it. */
  readonly amiPort: number;
  sidecar: SidecarProcess;
  /** What the trunk signs this caller ID with from now on; the others stay as they are. */
  signWith(callerId: string, level: SignedNumbers[string]): Promise<void>;
  /** Set when something went wrong: the folder with the sidecar's log stays. */
  keep: boolean;
  /** Kills nothing: starts a new process after the old one has gone. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly people: readonly Person[];
  /** On the national registry. */
  readonly registered: readonly string[];
  readonly progress: (line: string) => void;
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-demo-'));
  await chmod(directory, 0o755);
  let kept = false;
  const closing: (() => Promise<unknown>)[] = [
    async () => (kept ? undefined : rm(directory, { recursive: true, force: true })),
  ];
  const close = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  };
  try {
    const configDirectory = join(directory, 'config');
    await cp(join(HOME, 'config'), configDirectory, { recursive: true });
    await cp(join(HOME, 'scripts/demo/campaigns'), join(configDirectory, 'campaigns'), { recursive: true });
    await writeLists(directory, configDirectory, options.registered);
    const hepPort = await freeUdpPort();
    const signing = await signingExchange(hepPort, SIGNED);
    closing.push(() => signing.close());
    await writeSigning(configDirectory, signing, hepPort);
    const soundsDirectory = join(HOME, 'sounds/rendered');
    await mkdir(soundsDirectory, { recursive: true });
    const settings = {
      BREAKWATER_CONFIG: configDirectory,
      BREAKWATER_ENVIRONMENT: 'rehearsal',
      BREAKWATER_CLOCK_START: STARTS_AT,
      BREAKWATER_SOUNDS_DIRECTORY: soundsDirectory,
      BREAKWATER_DATA_DIRECTORY: join(directory, 'data'),
      BREAKWATER_WRITER: 'demo',
      BREAKWATER_LOG_LEVEL: 'info',
    };
    options.progress('prompts: rendering what is missing');
    await runBreakwater(['prompts', 'render'], settings);
    options.progress('asterisk: starting a private one, with the people it can call');
    const floor = await openFloor({
      name: 'demo',
      asterisk: {
        dialplan: [join(HOME, 'dialplan/breakwater.conf')],
        dialplanText: DIALER_DIALPLAN,
        inboundContext: 'breakwater-agent',
        sounds: [{ as: 'breakwater', directory: soundsDirectory }],
        extraFiles: signing.files,
        progress: options.progress,
      },
      carriers: [{ name: 'carrier', settings: SIGNED_ENDPOINT }],
      people: options.people,
    });
    closing.push(() => floor.close());
    const [amiPort, agiPort] = [floor.takePort(), floor.takePort()];
    await floor.asterisk.cli(`dialplan set global BREAKWATER_AGI agi://127.0.0.1:${agiPort}`);
    const { ari, ami, monitorDirectory } = floor.asterisk;
    await writeProxy(configDirectory, amiPort, ami);
    const env = {
      ...settings,
      ARI_URL: ari.url,
      ARI_USER: ari.user,
      ARI_PASSWORD: ari.password,
      BREAKWATER_MONITOR_DIRECTORY: monitorDirectory,
      BREAKWATER_HTTP_PORT: String(floor.takePort()),
      BREAKWATER_AGI_PORT: String(agiPort),
    };
    options.progress('sidecar: starting with its embedded store');
    const logFile = join(directory, 'sidecar.log');
    const world: World = {
      directory,
      configDirectory,
      soundsDirectory,
      floor,
      env,
      amiPort,
      sidecar: await startSidecarProcess(env, logFile),
      get keep() {
        return kept;
      },
      set keep(keep: boolean) {
        kept = keep;
      },
      async signWith(callerId, level) {
        await signing.switchTo(floor.asterisk, { ...SIGNED, [callerId.slice(1)]: level });
      },
      async restart() {
        // The rehearsal's clock goes on where it stood.
        const at = new Date(Date.parse(STARTS_AT) + (Date.now() - startedAt)).toISOString();
        world.sidecar = await startSidecarProcess({ ...env, BREAKWATER_CLOCK_START: at }, logFile);
      },
      close,
    };
    closing.push(() => world.sidecar.stop());
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

const startedAt = Date.now();

/** What leaves the exchange is mirrored to the sidecar, which trusts the authority of the demo and may fetch its certificate here. */
async function writeSigning(
  configDirectory: string,
  { rootsPem }: SigningExchange,
  hepPort: number,
): Promise<void> {
  const rootsFile = join(configDirectory, 'sti-roots.pem');
  await writeFile(rootsFile, rootsPem);
  await appendFile(
    join(configDirectory, 'breakwater.yaml'),
    [
      '',
      `hep: { port: ${hepPort} }`,
      'attestation:',
      `  rootsFile: ${rootsFile}`,
      "  privateNetworks: ['127.0.0.0/8']",
      '  relaxCertificateUrls: true',
      '',
    ].join('\n'),
  );
}

/** The proxy, and the manager behind it. */
async function writeProxy(
  configDirectory: string,
  port: number,
  { host, port: amiPort, user, secret }: AsteriskInstance['ami'],
): Promise<void> {
  const file = join(configDirectory, 'breakwater.yaml');
  const exchange = { amiHost: host, amiPort, amiUser: user, amiSecret: secret };
  const lines = Object.entries(exchange).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  const text = (await readFile(file, 'utf8')).replace(/^asterisk:$/m, `asterisk:\n${lines.join('\n')}`);
  await writeFile(file, `${text}${proxySettings(port)}`);
}

async function writeLists(
  directory: string,
  configDirectory: string,
  registered: readonly string[],
): Promise<void> {
  const folder = join(directory, 'lists');
  await mkdir(folder);
  const lists = [
    { name: 'national', kind: 'national', jurisdiction: null, lines: registered },
    // A list must hold at least one number; these are nobody's.
    ...STATE_LISTS.map((state) => ({
      name: `state ${state}`,
      kind: 'state',
      jurisdiction: state,
      lines: ['+13035550199'],
    })),
  ];
  const rows: string[] = [];
  for (const { name, kind, jurisdiction, lines } of lists) {
    const path = join(folder, `${name.replaceAll(' ', '-')}.txt`);
    await writeFile(path, `${lines.join('\n')}\n`);
    rows.push(
      `  - { name: ${name}, kind: ${kind}, jurisdiction: ${String(jurisdiction)}, path: ${path}, obtainedOn: '${LISTS_OF}', areaCodes: all }`,
    );
  }
  const main = join(configDirectory, 'breakwater.yaml');
  const text = await readFile(main, 'utf8');
  await writeFile(main, text.replace(/^lists: \[\]$/m, `lists:\n${rows.join('\n')}`));
}

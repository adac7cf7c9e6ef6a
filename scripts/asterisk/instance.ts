/**
 * A private Asterisk on 127.0.0.1: its own directory, ports and secrets, run by an unprivileged user, gone without a
 * trace after `stop`. Any number may run at once.
 */
import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from './child.ts';
import { configFiles, type Endpoint } from './config-files.ts';
import { runConsole } from './console.ts';
import { findAsterisk, type AsteriskSource } from './find-asterisk.ts';
import {
  asteriskUser,
  handOver,
  linkReadOnlyParts,
  makeInstanceDirectory,
  present,
  writeFiles,
} from './instance-directory.ts';
import { claimPortBlock, type PortBlock } from './port-block.ts';
import {
  serverCommand,
  serverContainer,
  type CommandOptions,
  type ServerContainer,
} from './source-command.ts';

export interface AsteriskOptions {
  /** A short word for directories, logs and the system name. */
  readonly name: string;
  /** Files of dialplan to include, absolute paths. */
  readonly dialplan?: readonly string[];
  readonly dialplanText?: string;
  readonly globals?: Readonly<Record<string, string>>;
  /** Called persons and carriers, dialled as `PJSIP/<number>@<name>`. */
  readonly endpoints?: readonly Endpoint[];
  /** Where calls from agents and carriers arrive. */
  readonly inboundContext?: string;
  /** Of the endpoint through which they come, beside ours; for example `rtp_timeout`. */
  readonly inboundSettings?: Readonly<Record<string, string>>;
  /** Directories played as `sound:<as>/<file>`. */
  readonly sounds?: readonly { readonly as: string; readonly directory: string }[];
  /**
   * More files for the configuration directory, e.g. `stir_shaken.conf`; they replace ours of the same name. `{etc}` in them is that
   * directory; a `.key` is readable by root and the Asterisk user only.
   */
  readonly extraFiles?: Readonly<Record<string, string>>;
  /** 0 for measurements; 3 shows each dialplan step in the log. */
  readonly verbose?: number;
  /** Leave the directory in place after the end. */
  readonly keep?: boolean;
  readonly source?: AsteriskSource;
  /** Starts the container when the source is an image; default `docker run`. */
  readonly runContainer?: (container: ServerContainer) => Promise<Child>;
  /** Claimed before, when the addresses had to be known before the start. */
  readonly ports?: PortBlock;
  /** Chosen before, when a sidecar has to know it before the start or over a restart; default random. */
  readonly password?: string;
  readonly progress?: (line: string) => void;
}

export interface AsteriskInstance {
  readonly name: string;
  readonly source: AsteriskSource;
  readonly pid: number;
  readonly dir: string;
  readonly ari: { readonly url: string; readonly user: string; readonly password: string };
  readonly ami: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly secret: string;
  };
  readonly sip: { readonly host: string; readonly port: number };
  readonly rtp: { readonly from: number; readonly to: number };
  /** Free ports that belong to this instance, for the programs around it. */
  readonly sparePorts: readonly number[];
  /** `<soundsDirectory>/custom/x.wav` plays as `sound:custom/x`. */
  readonly soundsDirectory: string;
  readonly spoolDirectory: string;
  /** Relative names given to MixMonitor end up here. */
  readonly monitorDirectory: string;
  /** ARI recordings. */
  readonly recordingDirectory: string;
  readonly logFile: string;
  readonly bootMs: number;
  isRunning(): boolean;
  /** One line for the Asterisk console, e.g. `database show`; answers its output. */
  cli(line: string): Promise<string>;
  /** Hangs up all channels, ends the process, removes the directory. */
  stop(): Promise<void>;
  /** Ends it at once by SIGKILL, as a crash would; `stop` still has to clean up. */
  kill(): Promise<void>;
}

const USER = 'breakwater';
const BOOT_MS_MAX = 30_000;

export async function startAsterisk(options: AsteriskOptions): Promise<AsteriskInstance> {
  const source = options.source ?? (await findAsterisk(options.progress));
  const ports = options.ports ?? (await claimPortBlock());
  const dir = await makeInstanceDirectory(options.name);
  const password = options.password ?? randomBytes(18).toString('hex');
  const user = asteriskUser();
  try {
    await fillDirectory(dir, source, ports, password, options);
    const command = commandOptions(dir, user, options);
    const started = performance.now();
    const child = await launch(source, command, dir, options);
    try {
      await waitUntilBooted(child, source, command, ports, password, dir);
    } catch (error) {
      await child.stop('SIGKILL');
      throw error;
    }
    const bootMs = Math.round(performance.now() - started);
    return describe({ options, source, ports, dir, password, command, child, bootMs });
  } catch (error) {
    ports.release();
    if (options.keep !== true) await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function fillDirectory(
  dir: string,
  source: AsteriskSource,
  ports: PortBlock,
  password: string,
  options: AsteriskOptions,
): Promise<void> {
  await linkReadOnlyParts(dir, source.layout);
  const dialplan: string[] = [];
  await mkdir(join(dir, 'etc/dialplan'));
  for (const [index, file] of (options.dialplan ?? []).entries()) {
    const place = join(dir, 'etc/dialplan', `${index}-${basename(file)}`);
    await present(file, place);
    dialplan.push(place);
  }
  // The root of the search is `sounds/` itself: `as` lies beside `en`, which may be read-only.
  for (const { as, directory } of options.sounds ?? []) {
    await mkdir(dirname(join(dir, 'data/sounds', as)), { recursive: true });
    await present(directory, join(dir, 'data/sounds', as));
  }
  await writeFiles(
    join(dir, 'etc'),
    configFiles({
      name: options.name,
      directory: dir,
      layout: source.layout,
      ports,
      user: USER,
      password,
      endpoints: options.endpoints ?? [],
      inboundContext: options.inboundContext ?? 'inbound',
      inboundSettings: options.inboundSettings ?? {},
      dialplan,
      dialplanText: options.dialplanText ?? '',
      globals: options.globals ?? {},
      verbose: options.verbose ?? 0,
      extraFiles: Object.fromEntries(
        Object.entries(options.extraFiles ?? {}).map(([file, text]) => [
          file,
          text.replaceAll('{etc}', join(dir, 'etc')),
        ]),
      ),
    }),
  );
  await writeFile(join(dir, 'log/console.log'), '');
  const user = asteriskUser();
  if (process.getuid?.() === 0) await handOver(dir, user);
  // The secrets are readable by root and the Asterisk user only; the tree itself can be entered by all.
  const keys = Object.keys(options.extraFiles ?? {}).filter((file) => file.endsWith('.key'));
  for (const secret of ['ari.conf', 'manager.conf', ...keys]) chmodSync(join(dir, 'etc', secret), 0o600);
  chmodSync(dir, 0o755);
}

function commandOptions(
  dir: string,
  user: { uid: number; gid: number },
  options: AsteriskOptions,
): CommandOptions {
  const shared = [...(options.dialplan ?? []), ...(options.sounds ?? []).map(({ directory }) => directory)];
  return {
    confFile: join(dir, 'etc/asterisk.conf'),
    containerName: basename(dir),
    ...user,
    mounts: [{ path: dir, writable: true }, ...shared.map((path) => ({ path, writable: false }))],
  };
}

async function launch(
  source: AsteriskSource,
  command: CommandOptions,
  dir: string,
  { keep, runContainer }: Pick<AsteriskOptions, 'keep' | 'runContainer'>,
): Promise<Child> {
  if (source.kind === 'docker' && runContainer !== undefined) {
    return runContainer(serverContainer(source, command));
  }
  const [program, ...args] = serverCommand(source, command);
  const isDocker = source.kind === 'docker';
  return startChild({
    command: program,
    args,
    cwd: dir,
    logFile: join(dir, 'log/console.log'),
    runAs: process.getuid?.() === 0 && !isDocker ? { uid: command.uid, gid: command.gid } : undefined,
    removeAtExit: keep === true ? undefined : dir,
    atExit: isDocker ? () => void spawnSync('docker', ['kill', command.containerName]) : undefined,
  });
}

async function waitUntilBooted(
  child: Child,
  source: AsteriskSource,
  command: CommandOptions,
  ports: PortBlock,
  password: string,
  dir: string,
): Promise<void> {
  const url = `http://127.0.0.1:${ports.http}/ari/asterisk/ping`;
  const authorization = `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`;
  const deadline = performance.now() + BOOT_MS_MAX;
  for (;;) {
    if (!child.isRunning()) throw new Error(`Asterisk ended while starting:\n${await lastLines(dir)}`);
    if (performance.now() > deadline) throw new Error(`Asterisk did not start:\n${await lastLines(dir)}`);
    const status = await fetch(url, { headers: { authorization }, signal: AbortSignal.timeout(1_000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) break;
    await sleep(15);
  }
  await runConsole(source, command, 'core waitfullybooted');
}

async function lastLines(dir: string): Promise<string> {
  const texts = await Promise.all(
    ['log/console.log', 'log/full'].map((file) => readFile(join(dir, file), 'utf8').catch(() => '')),
  );
  return texts.join('\n').trim().split('\n').slice(-20).join('\n');
}

interface Running {
  readonly options: AsteriskOptions;
  readonly source: AsteriskSource;
  readonly ports: PortBlock;
  readonly dir: string;
  readonly password: string;
  readonly command: CommandOptions;
  readonly child: Child;
  readonly bootMs: number;
}

function describe({
  options,
  source,
  ports,
  dir,
  password,
  command,
  child,
  bootMs,
}: Running): AsteriskInstance {
  const cli = (line: string): Promise<string> => runConsole(source, command, line);
  const removeContainer = (): void => {
    if (source.kind === 'docker') spawnSync('docker', ['rm', '-f', command.containerName]);
  };
  return {
    name: options.name,
    source,
    pid: child.pid,
    dir,
    ari: { url: `http://127.0.0.1:${ports.http}`, user: USER, password },
    ami: { host: '127.0.0.1', port: ports.ami, user: USER, secret: password },
    sip: { host: '127.0.0.1', port: ports.sip },
    rtp: ports.rtp,
    sparePorts: ports.spare,
    soundsDirectory: join(dir, 'data/sounds'),
    spoolDirectory: join(dir, 'spool'),
    monitorDirectory: join(dir, 'spool/monitor'),
    recordingDirectory: join(dir, 'spool/recording'),
    logFile: join(dir, 'log/full'),
    bootMs,
    isRunning: () => child.isRunning(),
    cli,
    async stop() {
      if (child.isRunning()) {
        await cli('channel request hangup all').catch(() => '');
        await cli('core stop now').catch(() => '');
        if (!(await child.waitForEnd(4_000))) await child.stop('SIGTERM', 2_000);
        removeContainer();
      }
      ports.release();
      if (options.keep !== true) await rm(dir, { recursive: true, force: true });
    },
    async kill() {
      removeContainer();
      await child.stop('SIGKILL');
    },
  };
}

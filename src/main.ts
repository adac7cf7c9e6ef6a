/** The only file that knows everybody: configuration, adapters, control, doors, signals and an orderly end. */
import { hostname } from 'node:os';
import { startAgiServer } from './adapters/agi/server.ts';
import type { Tenure } from './adapters/asterisk/tenure.ts';
import { type FileList, loadFileLists } from './adapters/files/file-lists.ts';
import { openBriefings } from './adapters/audio/spoken-briefings.ts';
import { monitorRecordings } from './adapters/recordings/exchange-files.ts';
import { memoryCounters } from './adapters/memory/counters.ts';
import { postgresCountersFence } from './adapters/postgres/counters-fence.ts';
import { openPostgresLedger, type PostgresLedger } from './adapters/postgres/ledger.ts';
import { connectionOf, openPostgres } from './adapters/postgres/open.ts';
import { standBy } from './adapters/postgres/stand-by.ts';
import { postgresRecordingRecords } from './adapters/postgres/recording-records.ts';
import { WriterHeld } from './adapters/postgres/writer-session.ts';
import { openRedisCounters } from './adapters/redis/counters.ts';
import { eventWebhook } from './adapters/webhooks/events.ts';
import { screenWebhook } from './adapters/webhooks/screen-pops.ts';
import { mortalClock, systemClock } from './adapters/system/clock.ts';
import { placesWrittenTo, spaceOf } from './adapters/system/disk-space.ts';
import { openLog } from './adapters/system/log.ts';
import type { Config } from './config/config.ts';
import { loadConfigBeside } from './config/load-beside.ts';
import { placeToStandBy } from './config/stand-by.ts';
import { agiScripts } from './control/agi-scripts.ts';
import { amiOriginations } from './control/ami-originations.ts';
import { messageOf } from './control/deadline.ts';
import { startSidecar } from './control/start-sidecar.ts';
import { watchLists } from './control/watch-lists.ts';
import type { WriterId } from './domain/ids.ts';
import { addMs } from './domain/time.ts';
import { buildServer, listen } from './http/server.ts';
import { openProxy } from './open-ami-proxy.ts';
import { openArchive } from './open-archive.ts';
import { openCheckpoints } from './open-checkpoints.ts';
import { exchangeOf, levelOutletsOf, managerDeskOf } from './open-exchange.ts';
import { httpDoor } from './open-http.ts';
import { openSpool } from './open-spool.ts';
import { openSignedHere, openVerifier } from './open-signed-here.ts';
import { followVicidial } from './open-vicidial.ts';
import { announcement, type Loaded, openRuling, reloadRuling } from './load-ruling.ts';
import { reloadSignal, stopSignals, type StopSignals } from './signals.ts';
import type { Counters } from './ports/counters.ts';
import type { Log } from './ports/log.ts';
import { VERSION } from './domain/version.ts';

export const EXIT = { ok: 0, usage: 2, fault: 3 } as const;

export interface ServeOptions {
  /** Wait until no live sidecar holds our writer id, then serve in its place. */
  readonly standby: boolean;
  readonly configDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/**
 * Runs until SIGTERM or SIGINT. Nothing is started when the configuration has a problem: all are listed, exit 2. With `standby` it
 * waits for its turn first, and again whenever another sidecar has taken its place.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const stop = stopSignals();
  try {
    for (;;) {
      if (options.standby) {
        const exit = await waitForOurTurn(options, stop);
        if (exit !== null) return exit;
      }
      const end = await serveOnce(options, stop);
      if (end !== TAKEN_OVER) return end;
    }
  } finally {
    stop.close();
  }
}

/** Another sidecar has our place, and we are one that stands by. */
const TAKEN_OVER = 'taken over';

/** One life: whatever it began has ended when this resolves, so that the next one begins anew. */
async function serveOnce(options: ServeOptions, stop: StopSignals): Promise<number | typeof TAKEN_OVER> {
  // After the wait: what the other one had loaded again meanwhile is in force here as well.
  const readAtMs = Date.now();
  const loaded = await readConfig(options);
  if (typeof loaded === 'number') return loaded;
  const { config } = loaded;
  if (options.standby) {
    const place = placeToStandBy(config);
    if (!place.ok) return refuse(options, place.problems);
  }
  const files = await loadFileLists(config.lists, config.listImports.rejectedMaxBp);
  if (!files.ok) return refuse(options, files.problems);
  const log = openLog(config.log.level);
  const closing: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) {
      await step().catch((error: unknown) => log.error({ problem: messageOf(error) }, 'closing'));
    }
  };
  try {
    await run(options, config, files.lists, { readAtMs, log, closing, stop });
    await close();
    return EXIT.ok;
  } catch (error) {
    await close();
    if (error instanceof WriterHeld && options.standby) {
      log.warn({ problem: error.message }, 'standing by again');
      return TAKEN_OVER;
    }
    options.stderr(`breakwater: ${messageOf(error)}\n`);
    return EXIT.fault;
  }
}

/** The configuration, or the exit code when there is none. */
async function readConfig(options: ServeOptions): Promise<{ readonly config: Config } | number> {
  // Beside, as at a reload: what parsing the law leaves behind would stay in the memory of this process.
  const loaded = await loadConfigBeside({ directory: options.configDirectory, env: options.env }).catch(
    messageOf,
  );
  if (typeof loaded === 'string') {
    options.stderr(`breakwater: the configuration cannot be read: ${loaded}\n`);
    return EXIT.fault;
  }
  return loaded.ok ? loaded : refuse(options, loaded.problems);
}

/** Null when it is our turn. The configuration is read at once, so that a wait that could not end well does not begin. */
async function waitForOurTurn(options: ServeOptions, stop: StopSignals): Promise<number | null> {
  const loaded = await readConfig(options);
  if (typeof loaded === 'number') return loaded;
  const { standby, log: level } = loaded.config;
  const place = placeToStandBy(loaded.config);
  if (!place.ok) return refuse(options, place.problems);
  const { writer, databaseUrl } = place;
  const log = openLog(level.level);
  const told = new AbortController();
  void stop.first.then(() => told.abort());
  log.info({ writer }, 'standing by');
  options.stdout(`${JSON.stringify({ standingBy: writer })}\n`);
  const stoodBy = await standBy({
    connection: connectionOf({
      url: databaseUrl,
      authority: loaded.config.encryption.databaseAuthority,
    }),
    writer,
    takeOverAfterMs: standby.takeOverAfterMs,
    stop: told.signal,
    onProblem: (problem, cause) => log.warn({ problem, cause: messageOf(cause) }, 'standing by'),
  });
  log.info({ writer, stoodBy }, stoodBy === 'stopped' ? 'told to stop' : 'taking over');
  return stoodBy === 'stopped' ? EXIT.ok : null;
}

function refuse(options: ServeOptions, problems: readonly string[]): number {
  for (const problem of problems) options.stderr(`${problem}\n`);
  options.stderr(`breakwater: ${problems.length} problem(s) in the configuration, nothing was started\n`);
  return EXIT.usage;
}

/** What is of one life; `closing` is undone from its end when that is over. */
interface Life {
  /** When the reading of its configuration began. */
  readonly readAtMs: number;
  readonly log: Log;
  readonly closing: (() => Promise<unknown>)[];
  readonly stop: StopSignals;
}

/** Where another sidecar has been seen in our place: with our lock in the store, or with our application on the exchange. */
type ReplacedIn = 'store' | 'exchange';

/** Rejects with `WriterHeld` when another sidecar has our writer id. */
async function run(
  options: ServeOptions,
  config: Config,
  files: readonly FileList[],
  { readAtMs, log, closing, stop }: Life,
): Promise<void> {
  let wasReplaced: (by: ReplacedIn) => void = () => undefined;
  const replaced = new Promise<ReplacedIn>((resolve) => {
    wasReplaced = resolve;
  });
  const reloads = reloadSignal();
  closing.push(() => {
    reloads.stop();
    return Promise.resolve();
  });
  const clock = mortalClock(systemClock(config.clock.startAt));
  const store = await openPostgres(
    config.stores.databaseUrl === null
      ? { embedded: { directory: config.data.directory } }
      : { url: config.stores.databaseUrl, authority: config.encryption.databaseAuthority },
    { onProblem: (problem, cause) => log.warn({ problem, cause: messageOf(cause) }, 'PostgreSQL') },
  );
  closing.push(() => store.close());
  const writer = config.writer ?? writerOfThisHost();
  const ledger = await openPostgresLedger(store, {
    writer,
    clock,
    appendWithinMs: config.deadlines.ledgerMs,
    onTakenOver: () => wasReplaced('store'),
  });
  closing.push(() => ledger.close());
  const checkpoints = openCheckpoints(config, { writer, head: () => ledger.head(), clock, log }, () =>
    Date.now(),
  );
  if (checkpoints !== null) closing.push(() => checkpoints.stop());
  const { ruling, lists } = await openRuling(config, files, log);
  let loaded: Loaded = { config, lists, prompts: ruling.prompts };
  const spool = await openSpool(config, { ledger, store, clock, log }, () => loaded.config.campaigns);
  closing.push(() => spool.close());
  const counters = openCounters(config, log);
  closing.push(() => counters.close());
  await spool.drainFound();
  await spool.ledger.append({
    kind: 'writer_started',
    body: { version: VERSION, environment: config.environment, node: process.version },
  });
  await Promise.all(announcement(config, ruling).map((draft) => spool.ledger.append(draft)));
  const { configDirectory: directory, env } = options;
  const watch = watchLists({
    clock,
    ledger: spool.ledger,
    log,
    lists: { findNewer: () => loaded.lists.findNewer() },
    news: ledger.lists,
    everyMs: config.listImports.pollSeconds * 1_000,
  });
  closing.push(() => {
    watch.stop();
    return Promise.resolve();
  });

  // Connected and listened to in one breath: agents who are there already are announced once, when the connection stands.
  const tenure: Tenure = { confirm: () => ledger.confirmWriter(), isOver: () => ledger.isTakenOver() };
  const telephony = exchangeOf(config, log, tenure);
  closing.push(() => telephony.close());
  const desk = managerDeskOf(config, log, tenure);
  if (desk !== null) closing.push(() => desk.close());
  const archive = openArchive(config, postgresRecordingRecords(store), () => Date.now());
  if (archive !== undefined && config.recordings.encryption === 'off') {
    log.warn({}, 'recordings are not encrypted: recordings.encryption is off');
  }
  const identity = openVerifier(config, clock, log);
  const signedHere = await openSignedHere(config, log, identity);
  if (signedHere !== null) closing.push(() => signedHere.tap.close());
  const running = startSidecar({
    clock,
    ledger: spool.ledger,
    records: spool.records,
    counters,
    ...(config.stores.redisUrl === null ? {} : { countersFence: postgresCountersFence(store) }),
    telephony,
    briefings: await openBriefings({ ...config.asterisk, writer }),
    ...(config.screenPops === null
      ? {}
      : { screenPops: screenWebhook(config.screenPops, { nowMs: () => Date.now(), log }) }),
    levelOutlets: levelOutletsOf(config, desk, clock),
    eventTargets: config.eventWebhooks.map((each) => eventWebhook(each, () => Date.now())),
    ...(desk === null ? {} : { queues: desk.queues }),
    recordings: monitorRecordings({ directory: config.asterisk.monitorDirectory }),
    ...(archive === undefined ? {} : { archive }),
    ...(signedHere === null ? {} : { signedHere }),
    ...(identity === null ? {} : { identity }),
    canary: config.canary,
    selfTest: config.selfTest,
    log,
    ...ruling,
    loadRuling: () =>
      reloadRuling(
        loaded,
        () => loadConfigBeside({ directory, env }),
        log,
        (next) => {
          loaded = next;
        },
      ),
    configReadAt: addMs(clock.now(), readAtMs - Date.now()),
    newCallId: spool.newCallId,
    onReplaced: () => wasReplaced('exchange'),
  });
  closing.push(() => {
    running.stop();
    clock.end();
    return Promise.resolve();
  });

  const agi = await startAgiServer({
    ...config.agi,
    scripts: agiScripts(running.operations),
    clock,
    answerMs: config.deadlines.agiAnswerMs,
  });
  closing.push(() => agi.close());
  const amiProxy = await openProxy(config, amiOriginations(running.operations), clock, log);
  if (amiProxy !== null) closing.push(() => amiProxy.close());
  const vicidial = followVicidial(config, running.operations, clock, log);
  if (vicidial !== null) closing.push(() => vicidial.close());
  const http = buildServer(running.operations, {
    ...httpDoor(config, log),
    version: VERSION,
    ...(amiProxy === null ? {} : { amiProxy: () => amiProxy.figures() }),
    disks: () => spaceOf(placesWrittenTo(config)),
    spool: spool.figures,
    ...(checkpoints === null ? {} : { checkpoints: () => checkpoints.figures() }),
  });
  closing.push(() => http.close());
  const address = await listen(http, config.http.host, config.http.port);
  log.info({ writer, policy: config.policy.hash, http: address, agi: agi.port }, 'breakwater is up');
  options.stdout(
    `${JSON.stringify({
      http: address,
      agi: `agi://${config.agi.host}:${agi.port}`,
      ...(amiProxy === null ? {} : { ami: `${config.amiProxy?.host ?? ''}:${amiProxy.port}` }),
      writer,
    })}\n`,
  );

  reloads.serve(() => void running.operations.reload('SIGHUP'));

  const signal = await Promise.race([
    stop.first,
    replaced.then(async (where) => {
      // The calls are the other's: nothing is waited for, and nothing more is done to them.
      throw where === 'exchange' && (await isStillWriter(ledger)) ? twoApplications() : heldByAnother(writer);
    }),
  ]);
  log.info({ signal }, 'stopping: no new calls');
  const left = await Promise.race([
    running.drain(loaded.config.shutdown.liveCallsSeconds * 1_000),
    stop.second.then(() => running.leaveTalks()),
  ]);
  if (left > 0)
    log.warn({ calls: left }, 'calls still live at the end: the dialplan and the next start take them');
  await spool.ledger.append({ kind: 'writer_stopped', body: { liveCalls: left } }).catch((error: unknown) => {
    log.warn({ problem: messageOf(error) }, 'end not recorded');
  });
}

const isStillWriter = (ledger: PostgresLedger): Promise<boolean> =>
  ledger.confirmWriter().then(
    () => true,
    () => false,
  );

const heldByAnother = (writer: WriterId): WriterHeld =>
  new WriterHeld(
    `another sidecar has taken over as writer \`${writer}\`; start this one with --standby`,
    null,
  );

/** Of two writer ids: to stand by would only take turns with it. */
const twoApplications = (): Error =>
  new Error('another sidecar has taken over the Stasis application; two sidecars need two applications');

function openCounters(config: Config, log: Log): Counters {
  const { redisUrl } = config.stores;
  if (redisUrl === null) return memoryCounters();
  return openRedisCounters({
    url: redisUrl,
    authority: config.encryption.redisAuthority,
    commandWithinMs: config.deadlines.countersMs,
    onProblem: (problem, cause) => log.warn({ problem, cause: messageOf(cause) }, 'Redis'),
  });
}

/** Stable over restarts, so that a new life finds the calls of the old one. */
function writerOfThisHost(): WriterId {
  const name = hostname()
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  return (name === '' ? 'breakwater' : name) as WriterId;
}

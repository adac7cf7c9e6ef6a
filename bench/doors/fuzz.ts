/**
 * Actions with tricks of framing, over sockets through a whole AMI proxy, to a manager that reads as Asterisk's does: the model of
 * `manager-model.ts`, with its one buffer. Each call that arrives must carry the id of a permit that was given for that number and not
 * used before; nothing else may arrive that the account is not allowed. What the proxy costs in memory is looked at on the way; dialers,
 * proxy and manager are one process.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import { openAmiProxy } from '../../src/adapters/asterisk/ami-proxy/proxy.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { AmiOriginationAnswer, AmiOriginations } from '../../src/ports/ami-originations.ts';
import { doorsSetting, PERMITTED, VETOED } from '../../test/support/ami-actions.ts';
import { callIdOf, calledNumber, wrongOf } from '../../test/support/ami-arrivals.ts';
import { amiStreams } from '../../test/support/ami-streams.ts';
import { headerOf, type ModelMessage, modelManager } from '../../test/support/manager-model.ts';
import type { Line } from './ami.ts';
import { BENCH_DIALER } from './dialer.ts';

const CONNECTIONS = 8;
const BATCH = 500;
const MEBIBYTE = 1_048_576;
/** Each third wish is vetoed. */
const VETO_EACH = 3;

/** Rejects with the bytes at fault when something arrives that should not. */
export async function fuzzDoors(line: Line, actions: number, seed: number): Promise<void> {
  const permits = ledgerOfPermits();
  const arrived = { messages: 0, calls: 0, agents: 0 };
  const faults: string[] = [];
  const manager = await managerThat((message) => {
    arrived.messages += 1;
    const id = callIdOf(message);
    const wrong = wrongOf(message, (number) => id !== null && permits.spend(id, number));
    if (wrong !== null) faults.push(`${wrong}: ${JSON.stringify(message.lines)}`);
    if (message.action.toLowerCase() !== 'originate') return;
    if (calledNumber(message) === null) arrived.agents += 1;
    else arrived.calls += 1;
  });
  const quiet = { warn: () => undefined, error: () => undefined };
  const doors = accountDoors(doorsSetting());
  const proxy = await openAmiProxy({
    listen: { host: '127.0.0.1', port: 0, tls: null },
    upstream: { host: '127.0.0.1', port: portOf(manager), user: 'any', secret: 'any', tls: null },
    accounts: [{ name: BENCH_DIALER.user, secret: { text: BENCH_DIALER.secret } }],
    limits: {
      anonymousMax: 40,
      connectionsPerAccount: 500,
      actionsPerSecond: 1_000_000,
      loginFailuresMax: 1_000_000,
      loginWithinMs: 60_000,
      judgeWithinMs: 60_000,
      bufferBytes: 1_048_576,
      stalledMs: 60_000,
    },
    judge: amiDoorsJudge({ doorsOf: () => doors, originations: permits.originations, log: quiet }),
    clock: systemClock(),
    log: { ...quiet, info: () => undefined },
  });
  let streams = 0;
  /** Without the Pings that close each stream. */
  const seen = (): number =>
    Object.values(proxy.figures().actions).reduce((sum, each) => sum + each, 0) - streams;
  const memory = { early: 0, most: 0 };
  const from = performance.now();
  const batches = Array.from({ length: CONNECTIONS }, async (_, at) => {
    const dialer = oddDialer(proxy.port);
    for (let batch = 0; seen() < actions && faults.length === 0; batch += 1) {
      // A batch is one seed, so what is found is found again.
      for (const bytes of fc.sample(amiStreams, {
        seed: seed + batch * CONNECTIONS + at,
        numRuns: BATCH,
      })) {
        await dialer.send(bytes);
        streams += 1;
      }
      const resident = process.memoryUsage().rss / MEBIBYTE;
      if (memory.early === 0 || seen() < actions / 4) memory.early = Math.max(memory.early, resident);
      memory.most = Math.max(memory.most, resident);
      process.stderr.write(`${seen()} of ${actions} actions, ${Math.round(resident)} MiB\n`);
    }
    dialer.close();
  });
  await Promise.all(batches);
  if (faults.length > 0) {
    line('ami-fuzz', 'got_past', faults.length, 'actions');
    throw new Error(`seed ${seed}, stream ${streams}: ${faults.join('\n')}`);
  }
  const { actions: counted, ends } = proxy.figures();
  line('ami-fuzz', 'actions', seen(), 'actions');
  line('ami-fuzz', 'actions_per_second', (seen() / (performance.now() - from)) * 1_000, 'actions/s');
  line('ami-fuzz', 'wishes_to_call', permits.asked(), 'actions');
  line('ami-fuzz', 'vetoed', permits.vetoed(), 'actions');
  line('ami-fuzz', 'refused_or_vetoed', counted.answer, 'actions');
  line('ami-fuzz', 'malformed', counted.malformed, 'actions');
  line('ami-fuzz', 'not_judged', counted.not_judged, 'actions');
  line('ami-fuzz', 'arrived', arrived.messages, 'actions');
  line('ami-fuzz', 'permitted_calls_arrived', arrived.calls, 'actions');
  line('ami-fuzz', 'calls_of_agents_arrived', arrived.agents, 'actions');
  line('ami-fuzz', 'got_past', faults.length, 'actions');
  line('ami-fuzz', 'dialers_that_logged_off', ends.dialer_left, 'connections');
  line('ami-fuzz', 'memory_in_the_first_quarter', memory.early, 'MiB');
  line('ami-fuzz', 'memory_most', memory.most, 'MiB');
  await proxy.close();
  manager.close();
}

interface Permits {
  readonly originations: AmiOriginations;
  /** True once for a permit, and for its number only. */
  spend(callId: string, number: string): boolean;
  asked(): number;
  vetoed(): number;
}

/** A permit for what can be read as a number, but each third time; its call id tells it from all others. */
function ledgerOfPermits(): Permits {
  const open = new Map<string, string>();
  const count = { asked: 0, vetoed: 0 };
  const veto = (): AmiOriginationAnswer => {
    count.vetoed += 1;
    return VETOED;
  };
  return {
    originations: {
      screen: ({ number }) => {
        count.asked += 1;
        const isVeto = count.asked % VETO_EACH === 0 || !/^\+?1?\d{10}$/.test(number);
        return Promise.resolve(isVeto ? veto() : permitFor(number));
      },
      withdraw: (callId) => {
        open.delete(callId);
        return Promise.resolve();
      },
      // It has arrived, and was judged there.
      failed: () => undefined,
    },
    spend: (callId, number) => open.get(callId) === number && open.delete(callId),
    asked: () => count.asked,
    vetoed: () => count.vetoed,
  };

  function permitFor(number: string): AmiOriginationAnswer {
    const callId = `call-${count.asked}` as CallId;
    open.set(callId, number);
    if (PERMITTED.kind !== 'permit') throw new Error('not a permit');
    const variables = PERMITTED.variables.map(
      ([name, value]) => [name, /_ID$/.test(name) ? callId : value] as const,
    );
    return { ...PERMITTED, callId, variables };
  }
}

/** Answers as a manager does, so that the proxy always knows whose turn it is. */
async function managerThat(sees: (message: ModelMessage) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    const manager = modelManager();
    let isIn = false;
    socket.on('error', () => socket.destroy());
    socket.write('Asterisk Call Manager/11.0.0\r\n');
    socket.on('data', (chunk: Buffer) => {
      for (const message of manager.push(chunk)) {
        const name = message.action.toLowerCase();
        const id = headerOf(message.lines, 'ActionID');
        const said = (text: string): string =>
          `${text}\r\n${id === '' ? '' : `ActionID: ${id}\r\n`}Message: said\r\n\r\n`;
        if (isIn) sees(message);
        if (name === 'login' && !isIn) {
          isIn = true;
          socket.write('Response: Success\r\nMessage: Authentication accepted\r\n\r\n', 'latin1');
        } else if (name === 'logoff') {
          socket.end(said('Response: Goodbye'), 'latin1');
        } else {
          socket.write(said('Response: Success'), 'latin1');
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

interface OddDialer {
  /** Resolves when the proxy has dealt with all of it, or has ended the connection. */
  send(bytes: Buffer): Promise<void>;
  close(): void;
}

function oddDialer(port: number): OddDialer {
  let socket: Socket | null = null;
  let heard = '';
  let look = (): void => undefined;
  let sent = 0;

  const open = (): Socket => {
    heard = '';
    const opened = connect({ host: '127.0.0.1', port, noDelay: true });
    opened.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      look();
    });
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket === opened) socket = null;
      look();
    });
    return opened;
  };
  const until = (isThere: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (isThere()) resolve();
      };
      look();
    });
  const isGone = (opened: Socket): boolean => socket !== opened;
  const logIn = async (): Promise<Socket> => {
    const opened = open();
    socket = opened;
    opened.write(
      `Action: Login\r\nUsername: ${BENCH_DIALER.user}\r\nSecret: ${BENCH_DIALER.secret}\r\nEvents: off\r\n\r\n`,
    );
    await until(() => heard.includes('Authentication accepted') || isGone(opened));
    if (isGone(opened)) throw new Error(`no login: ${heard}`);
    return opened;
  };

  return {
    async send(bytes) {
      const to = socket ?? (await logIn());
      const end = `end-${(sent += 1)}`;
      heard = '';
      // In two pieces, anywhere.
      const cut = bytes.length === 0 ? 0 : (sent * 7_919) % bytes.length;
      to.write(bytes.subarray(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      if (isGone(to)) return;
      to.write(bytes.subarray(cut));
      to.write(`\r\n\r\n\r\nAction: Ping\r\nActionID: ${end}\r\n\r\n`);
      await until(() => heard.includes(`ActionID: ${end}\r\n`) || isGone(to));
    },
    close: () => socket?.destroy(),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

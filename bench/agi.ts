/**
 * FastAGI over loopback: our server with a script that permits everything, against a bare one that holds the same conversation
 * without bounds, checks or escaping. Server and channels share one process; JSON lines on stdout.
 */
import { connect, createServer, type Server } from 'node:net';
import { startAgiServer } from '../src/adapters/agi/server.ts';
import { instant, monotonicMs } from '../src/domain/time.ts';
import type { AgiScript, AgiVariable } from '../src/ports/agi-scripts.ts';
import type { Clock } from '../src/ports/clock.ts';

const ROUNDS = 10;
const CALLS = 1_500;
const WARM_UP_CALLS = 1_500;
const CHANNELS = [1, 10, 50];

const VARIABLES: readonly AgiVariable[] = [
  ['BREAKWATER_REASON', ''],
  ['BREAKWATER_REASONS', ''],
  ['BREAKWATER_CALL_ID', '1795293891.15'],
  ['BREAKWATER_CALLER_ID', '13035550100'],
  ['BREAKWATER_DISCLOSE', 'no'],
  ['BREAKWATER_RING_SECONDS', '20'],
  ['BREAKWATER_VERDICT', 'permit'],
];
const COMMANDS = VARIABLES.map(([name, value]) => `SET VARIABLE ${name} "${value}"\n`);

const ENVIRONMENT = [
  'network: yes',
  'network_script: veto?campaign=solar&number=13035550101&caller_id=13035550100&zip=80202',
  'request: agi://127.0.0.1:4573/veto',
  'channel: Local/13035550101@out-00000001;2',
  'language: en',
  'type: Local',
  'uniqueid: 1795293891.15',
  'version: 22.10.1',
  'callerid: 13035550100',
  'calleridname: unknown',
  'callingpres: 0',
  'callingani2: 0',
  'callington: 0',
  'callingtns: 0',
  'dnid: unknown',
  'rdnis: unknown',
  'context: out',
  'extension: 13035550101',
  'priority: 3',
  'enhanced: 0.0',
  'accountcode: ',
  'threadid: 140000000000000',
]
  .map((line) => `agi_${line}\n`)
  .concat('\n')
  .join('');

const clock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => monotonicMs(performance.now()),
  after: (ms, wake) => {
    const timer = setTimeout(wake, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

const permit: AgiScript = {
  answer: () => Promise.resolve({ variables: VARIABLES, reserved: null, message: null }),
  fallback: () => VARIABLES.slice(0, 0),
  withdraw: () => Promise.resolve(),
};

function bareServer(commands: readonly string[]): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    let next = 0;
    let text = '';
    socket.setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (next === 0 ? !text.endsWith('\n\n') : !text.endsWith('\n')) return;
      text = '';
      const command = commands[next++];
      if (command === undefined) socket.destroy();
      else socket.write(command, 'latin1');
    });
  });
  return new Promise((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => resolve(server)),
  );
}

/** One AGI call of one channel; resolves to its duration when the verdict is set and the connection closed. */
function call(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let verdict = false;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.write(ENVIRONMENT, 'latin1');
    socket.on('data', (line: string) => {
      verdict ||= line.startsWith('SET VARIABLE BREAKWATER_VERDICT');
      socket.write('200 result=1\n', 'latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (verdict) resolve(performance.now() - startedAt);
      else reject(new Error('closed without a verdict'));
    });
  });
}

async function load(
  port: number,
  channels: number,
  calls: number,
): Promise<{ rate: number; times: number[] }> {
  const times: number[] = [];
  let left = calls;
  const startedAt = performance.now();
  const channel = async (): Promise<void> => {
    while (left-- > 0) times.push(await call(port));
  };
  await Promise.all(Array.from({ length: channels }, channel));
  return { rate: (calls / (performance.now() - startedAt)) * 1_000, times };
}

const median = (values: readonly number[]): number => quantile(values, 0.5);
function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

function print(channels: number, metric: string, value: number, unit: string): void {
  const rounded = Number(value.toPrecision(4));
  console.log(JSON.stringify({ bench: 'agi', case: `channels=${channels}`, metric, value: rounded, unit }));
}

const ours = await startAgiServer({
  host: '127.0.0.1',
  port: 0,
  scripts: new Map([['veto', permit]]),
  clock,
});
const bare = await bareServer(COMMANDS);
const single = await bareServer(COMMANDS.slice(-1));
const portOf = (server: Server): number => (server.address() as { port: number }).port;

for (const channels of CHANNELS) {
  const rates = { ours: [] as number[], bare: [] as number[], single: [] as number[] };
  const times: number[] = [];
  const bareTimes: number[] = [];
  await load(ours.port, channels, WARM_UP_CALLS);
  await load(portOf(bare), channels, WARM_UP_CALLS);
  for (let round = 0; round < ROUNDS; round++) {
    // Who goes first changes with each round: the second finds the machine warmer and its sockets fuller.
    const first = await load(round % 2 === 0 ? portOf(bare) : ours.port, channels, CALLS);
    const second = await load(round % 2 === 0 ? ours.port : portOf(bare), channels, CALLS);
    const [a, b] = round % 2 === 0 ? [first, second] : [second, first];
    rates.bare.push(a.rate);
    rates.ours.push(b.rate);
    rates.single.push((await load(portOf(single), channels, CALLS)).rate);
    times.push(...b.times);
    bareTimes.push(...a.times);
    process.stderr.write(`channels=${channels} round ${round + 1} of ${ROUNDS}\n`);
  }
  print(
    channels,
    'throughput_over_bare',
    median(rates.ours.map((rate, at) => rate / (rates.bare[at] ?? 1))),
    'ratio',
  );
  print(channels, 'throughput_over_one_command_bare', median(rates.ours) / median(rates.single), 'ratio');
  print(channels, 'throughput', median(rates.ours), '1/s');
  print(channels, 'p50', quantile(times, 0.5), 'ms');
  print(channels, 'p99', quantile(times, 0.99), 'ms');
  print(channels, 'p99_over_bare', quantile(times, 0.99) / quantile(bareTimes, 0.99), 'ratio');
}
await ours.close();
bare.close();
single.close();

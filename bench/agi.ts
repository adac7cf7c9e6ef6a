/**
 * FastAGI over loopback: our server with a script that permits everything, against a bare one that holds the same conversation
 * without bounds, checks or escaping. Server and channels share one process; JSON lines on stdout.
 */
import { startAgiServer } from '../src/adapters/agi/server.ts';
import { instant, monotonicMs } from '../src/domain/time.ts';
import type { AgiScript, AgiVariable } from '../src/ports/agi-scripts.ts';
import type { Clock } from '../src/ports/clock.ts';
import { setVariable, setVariables } from '../src/adapters/agi/wire.ts';
import { agiEnvironment, agiLoad, bareServer, portOf } from './support/agi-channels.ts';

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

const ENVIRONMENT = agiEnvironment(
  'veto?campaign=solar&number=13035550101&caller_id=13035550100&zip=80202',
  '1795293891.15',
);

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

async function load(
  port: number,
  channels: number,
  calls: number,
): Promise<{ rate: number; times: number[] }> {
  const { perSecond, answers, unanswered } = await agiLoad(port, channels, calls, () => ENVIRONMENT);
  if (unanswered > 0) throw new Error(`${unanswered} calls were closed without a verdict`);
  return { rate: perSecond, times: answers.map(({ tookMs }) => tookMs) };
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
const bare = await bareServer(setVariables(VARIABLES));
const single = await bareServer(VARIABLES.slice(-1).map((each) => setVariable(...each)));

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

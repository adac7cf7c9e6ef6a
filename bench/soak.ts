/**
 * Hours of calls on a real Asterisk: `--rate` originations a second for `--minutes`, most of them declined by the person as soon as the
 * phone rings, one in twenty answered and hung up. What grows is told: memory of the sidecar by regression over the second half and over
 * all but the beginning, open descriptors, channels that are left; the ledger is read once at the end, and every chain verified.
 * JSON lines on stdout, all else on stderr.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runBreakwater } from '../scripts/demo/sidecar-process.ts';
import { LAW } from '../test/support/rules-world.ts';
import { consent, readyAgents, setAgents } from './wire/calls.ts';
import { note, quantile } from './wire/figures.ts';
import { residentBytes } from './wire/processes.ts';
import { closeOpenWorlds, DROPS, openWireWorld, type WireWorld } from './wire/world.ts';
import { slopePerHour } from './soak/slope.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '120' }, rate: { type: 'string', default: '50' } },
});
const MINUTES = Number(values.minutes);
const RATE = Number(values.rate);
const AGENTS = 400;
const CALLS_PER_NUMBER_AND_HOUR = 100;
const ANSWERED_EVERY = 20;
const SAMPLE_MS = 2_000;
/** Caches fill and the compiler works: not part of any slope. */
const WARM_SHARE = 0.2;

const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));
function print(metric: string, value: number, unit: string): void {
  const name = `${RATE}/s, ${MINUTES} min`;
  process.stdout.write(
    `${JSON.stringify({ bench: 'soak', case: name, metric, value: rounded(value), unit })}\n`,
  );
}

const STATES = [
  ...new Set(Object.values(LAW.areaCodes).flatMap((each) => (each.kind === 'us' ? [each.state] : []))),
];

/** Area codes whose people may be called now under this campaign, Colorado's first: as many as the rate needs. */
async function callableCodes(world: WireWorld, wanted: number): Promise<readonly string[]> {
  const codes = Object.entries(LAW.areaCodes)
    .flatMap(([code, each]) => (each.kind === 'us' ? [{ code, isHome: each.state === 'CO' }] : []))
    .sort((a, b) => Number(b.isHome) - Number(a.isHome));
  const found: string[] = [];
  let reasons: unknown = [];
  for (const { code } of codes) {
    if (found.length >= wanted) break;
    const number = `1${code}5550100`;
    await consent(world, [number]);
    const answer = await world.serve.client.request<{ readonly verdict: string; readonly reasons: unknown }>(
      'POST',
      '/v1/decisions',
      {
        number: `+${number}`,
        campaign: DROPS,
      },
    );
    if (answer.verdict === 'permit') found.push(code);
    else reasons = answer.reasons;
  }
  if (found.length < wanted)
    note(`only ${found.length} area codes of ${wanted} may be called: some calls will be vetoed`);
  if (found.length === 0) throw new Error(`nobody may be called: ${JSON.stringify(reasons)}`);
  return found;
}

interface Tally {
  asked: number;
  placed: number;
  vetoed: number;
  failed: number;
  readonly waits: number[];
  readonly reasons: Map<string, number>;
}

const run = Date.now().toString(36);

/** One origination and what the person does; resolves when the person's side of it is over. */
async function callOne(world: WireWorld, number: string, tally: Tally): Promise<void> {
  const index = (tally.asked += 1);
  const answers = index % ANSWERED_EVERY === 0;
  const hangUp = { afterMs: 800, since: 'answer' } as const;
  const expected = await world.listener.expect({
    number,
    speakAfterMs: 300,
    speaks: false,
    key: null,
    hangUp,
  });
  void expected.ringing.then(() => {
    if (answers) world.listener.answer(number, 100);
    else world.listener.hangUp(number);
  });
  const started = performance.now();
  const answer = await world.serve.client.request<{
    readonly placement: string;
    readonly reasons: readonly { readonly code: string }[];
  }>('POST', '/v1/originations', { number: `+${number}`, campaign: DROPS, call_id: `soak-${run}-${index}` });
  tally.waits.push(performance.now() - started);
  if (answer.placement === 'placed') {
    tally.placed += 1;
    await Promise.race([expected.over, sleep(60_000, undefined, { ref: false })]);
    return;
  }
  if (answer.placement === 'vetoed') tally.vetoed += 1;
  else tally.failed += 1;
  for (const { code } of answer.reasons) tally.reasons.set(code, (tally.reasons.get(code) ?? 0) + 1);
  world.listener.hangUp(number);
}

async function channelsLeft({ asterisk }: WireWorld): Promise<number> {
  const { url, user, password } = asterisk.ari;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const answer = await fetch(`${url}/ari/channels`, { headers: { authorization } });
  return ((await answer.json()) as unknown[]).length;
}

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

async function soak(world: WireWorld): Promise<void> {
  await readyAgents(world, AGENTS);
  const codes = await callableCodes(world, Math.ceil((RATE * 3_600) / (CALLS_PER_NUMBER_AND_HOUR * 100)) + 1);
  const numbers = Array.from({ length: 100 }, (_, line) => line).flatMap((line) =>
    codes.map((code) => `1${code}55501${String(line).padStart(2, '0')}`),
  );
  note(`${numbers.length} numbers in ${codes.length} area codes`);
  await consent(world, numbers);
  const pid = world.serve.sidecar().pid;
  const tally: Tally = { asked: 0, placed: 0, vetoed: 0, failed: 0, waits: [], reasons: new Map() };
  const free = [...numbers];
  const under = new Set<Promise<void>>();
  const samples: { readonly atMs: number; readonly bytes: number; readonly descriptors: number }[] = [];
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const sampling = setInterval(() => {
    samples.push({ atMs: elapsed(), bytes: residentBytes(pid), descriptors: descriptorsOf(pid) });
  }, SAMPLE_MS);
  let due = 0;
  let late = 0;
  let minute = 1;
  while (elapsed() < MINUTES * 60_000) {
    for (; due < (elapsed() * RATE) / 1_000; due += 1) {
      const number = free.shift();
      if (number === undefined) {
        late += 1;
        continue;
      }
      const one: Promise<void> = callOne(world, number, tally)
        .catch((error: unknown) => {
          tally.failed += 1;
          note(String(error));
        })
        .finally(() => {
          free.push(number);
          under.delete(one);
        });
      under.add(one);
    }
    if (elapsed() > minute * 60_000) {
      note(
        `${minute} min: ${tally.asked} asked, ${tally.placed} placed, ${under.size} under way, ${Math.round(residentBytes(pid) / 2 ** 20)} MiB`,
      );
      minute += 1;
      // Who answered has an agent, whom a dialer reports ready again.
      await setAgents(world, AGENTS, 'ready');
    }
    await sleep(10);
  }
  const seconds = elapsed() / 1_000;
  clearInterval(sampling);
  await Promise.all(under);
  for (let tries = 0; tries < 300 && (await channelsLeft(world)) > 0; tries += 1) await sleep(100);
  print('originations', tally.asked / seconds, '1/s');
  print('asked', tally.asked, 'calls');
  print('placed', tally.placed, 'calls');
  print('vetoed', tally.vetoed, 'calls');
  print('failed', tally.failed, 'calls');
  print('not_asked_for_want_of_numbers', late, 'calls');
  print('origination_p50', quantile(tally.waits, 0.5), 'ms');
  print('origination_p99', quantile(tally.waits, 0.99), 'ms');
  if (tally.reasons.size > 0) note(`vetoes: ${JSON.stringify(Object.fromEntries(tally.reasons))}`);
  const warm = samples.filter(({ atMs }) => atMs >= WARM_SHARE * MINUTES * 60_000);
  const half = samples.filter(({ atMs }) => atMs >= MINUTES * 30_000);
  const memory = (some: typeof samples): number =>
    slopePerHour(some.map(({ atMs, bytes }) => ({ atMs, value: bytes / 2 ** 20 })));
  print('memory_slope_after_warm_up', memory(warm), 'MB/h');
  print('memory_slope_second_half', memory(half), 'MB/h');
  print('memory_at_the_end', residentBytes(pid) / 2 ** 20, 'MiB');
  print('descriptors_after_warm_up', warm[0]?.descriptors ?? Number.NaN, 'count');
  print('descriptors_at_the_end', descriptorsOf(pid), 'count');
  print('channels_left', await channelsLeft(world), 'count');
  const { code, answer } = await runBreakwater(['ledger', 'verify', '--json'], world.serve.env, [0, 1]);
  print('chain_sound', code === 0 ? 1 : 0, 'bool');
  const chain = JSON.parse(answer) as { readonly entries: number };
  print('ledger_entries', chain.entries, 'count');
  if (code !== 0) {
    note(answer);
    process.exitCode = 1;
  }
}

const world = await openWireWorld({ name: 'soak', lines: AGENTS, attemptsPerHours: 1, states: STATES });
process.once('SIGINT', () => void closeOpenWorlds());
try {
  await soak(world);
} finally {
  await world.close();
}

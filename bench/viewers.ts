/**
 * Supervisors at once: 200 viewers hold the feed of a running sidecar with figures, as the live page does, while results stream in over
 * HTTP into PostgreSQL. From the report of a result to its entry at each viewer; then a bare node server sends the same bytes.
 * `npm run bench:viewers -- --viewers 200 --rate 50 --seconds 60`; JSON lines on stdout.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { countsOf, type Outcome } from '../src/domain/call-result.ts';
import { dice } from '../test/support/dice.ts';
import { CAMPAIGN, agentIds } from '../test/support/serve-client.ts';
import { openServeWorld } from '../test/support/serve-world.ts';

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '200' },
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const [viewers, rate, seconds] = [values.viewers, values.rate, values.seconds].map(Number) as [
  number,
  number,
  number,
];
const CODES = ['303', '720', '970', '719', '983'];
const OUTCOMES: readonly Outcome[] = ['connected', 'no_answer', 'machine', 'busy', 'hung_up', 'no_answer'];
/** As the page asks for them. */
const KINDS = 'decision,call_progress,call_result,unscreened_result,dial_level_changed';
const TICKS_PER_SECOND = 100;

const now = (): number => performance.timeOrigin + performance.now();
const line = (of: string, metric: string, value: number, unit: string): void => {
  const rounded = Math.round(value * 1_000) / 1_000;
  process.stdout.write(`${JSON.stringify({ bench: 'viewers', case: of, metric, value: rounded, unit })}\n`);
};

interface Report {
  readonly callIds: readonly (readonly [number, string])[];
  readonly recorded: readonly (readonly [number, string])[];
  readonly viewers: readonly {
    readonly ids: readonly number[];
    readonly at: readonly number[];
    readonly figures: readonly (readonly [string, string])[];
    readonly frames: number;
    readonly bytes: number;
  }[];
}

const child = (name: string, ...args: readonly string[]): ChildProcess =>
  fork(resolve(import.meta.dirname, 'viewers', name), args, {
    execArgv: ['--import', 'tsx', '--max-old-space-size=2048'],
    serialization: 'advanced',
  });

async function told<T>(from: ChildProcess, kind: string): Promise<T> {
  for (;;) {
    const [message] = (await once(from, 'message')) as [{ readonly kind: string }];
    if (message.kind === kind) return message as T;
  }
}

/** Seconds of processor time until now. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;

function times(of: string, what: string, took: number[]): void {
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? NaN;
  line(of, `${what}_p50`, at(0.5), 'ms');
  line(of, `${what}_p99`, at(0.99), 'ms');
  line(of, `${what}_longest`, at(1), 'ms');
}

const world = await openServeWorld();
try {
  const sidecar = world.start();
  await sidecar.listening();
  const { request } = world.client;
  const numberOf = (n: number) =>
    `+1${CODES[n % CODES.length] ?? '303'}555${String(100 + (Math.floor(n / CODES.length) % 99)).padStart(4, '0')}`;
  process.stderr.write('consents ...\n');
  for (let n = 0; n < CODES.length * 99; n += 1) await world.client.consent(numberOf(n));
  await world.client.agents(agentIds(30), 'ready');
  process.stderr.write(`${viewers} viewers ...\n`);
  const idleMb = residentMb(sidecar.pid);
  const crowd = child(
    'viewers-process.ts',
    `${sidecar.url}/v1/feed?figures=on&kinds=${KINDS}`,
    String(viewers),
  );
  await told(crowd, 'open');
  await sleep(2_000);
  crowd.send({ kind: 'forget' });
  await told(crowd, 'forgotten');

  const throwDie = dice(Number(values.seed));
  const sentAt = new Map<string, number>();
  let calls = 0;
  /** From the report of a result to the answer that it is durable. */
  const answered: number[] = [];
  const durableAt = new Map<string, number>();
  let refused = 0;
  let again = 0;
  /** As a dialer must: what is answered 503, or not at all, is told again; a result counts once per call id. */
  async function tell<T>(path: string, body: object): Promise<T> {
    for (;;) {
      try {
        return await request<T>('POST', path, body);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name !== 'TimeoutError' && !error.message.includes(': 503 ')) throw error;
        again += 1;
        await sleep(200);
      }
    }
  }
  async function one(): Promise<void> {
    calls += 1;
    const n = calls;
    const outcome = throwDie(200) === 0 ? 'dropped' : (OUTCOMES[throwDie(OUTCOMES.length)] ?? 'busy');
    // Half are permits of ours, half are told by a dialer that never asked: a number may be called three times a day.
    const answer =
      n % 2 === 0
        ? await tell<{ readonly call_id: string; readonly verdict: string }>('/v1/originations', {
            ...{ number: numberOf(n / 2), campaign: CAMPAIGN, place: false },
          })
        : { call_id: `foreign-${n}`, verdict: 'permit' };
    if (answer.verdict !== 'permit') {
      refused += 1;
      return;
    }
    sentAt.set(answer.call_id, now());
    const told = now();
    await tell(`/v1/calls/${answer.call_id}/result`, { outcome, campaign: CAMPAIGN });
    durableAt.set(answer.call_id, now());
    answered.push(now() - told);
  }

  process.stderr.write(`${rate} results a second for ${seconds} s ...\n`);
  const cpuFrom = cpuOf(sidecar.pid);
  const from = performance.now();
  const pending = new Set<Promise<void>>();
  for (let n = 0; n < rate * seconds; n += 1) {
    const wait = from + (n * 1_000) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    const work = one().finally(() => pending.delete(work));
    pending.add(work);
  }
  await Promise.all(pending);
  const took = (performance.now() - from) / 1_000;
  const cpu = cpuOf(sidecar.pid) - cpuFrom;
  await sleep(3_000);
  const liveMb = residentMb(sidecar.pid);
  crowd.send({ kind: 'report' });
  const report = await told<Report>(crowd, 'report');

  const of = `${viewers} viewers, ${rate} results/s`;
  const arrivals: number[] = [];
  /** Behind the answer to the dialer: what the feed adds. */
  const behind: number[] = [];
  const ids = new Map(report.callIds);
  for (const each of report.viewers) {
    for (const [index, id] of each.ids.entries()) {
      const callId = ids.get(id) ?? '';
      const [sent, durable] = [sentAt.get(callId), durableAt.get(callId)];
      if (sent !== undefined) arrivals.push((each.at[index] ?? NaN) - sent);
      if (durable !== undefined) behind.push(Math.max(0, (each.at[index] ?? NaN) - durable));
    }
  }
  line(of, 'results', sentAt.size, 'results');
  line(of, 'vetoed', refused, 'requests');
  line(of, 'told_again', again, 'requests');
  times(of, 'durable', answered);
  times(of, 'received', arrivals);
  times(of, 'received_behind_the_answer', behind);
  line(of, 'received', arrivals.length, 'entries x viewers');
  line(of, 'sent_to_a_viewer', (report.viewers[0]?.bytes ?? 0) / took / 1_024, 'KiB/s');
  line(of, 'server_cpu', (100 * cpu) / took, '% of a core');
  line(of, 'server_memory', liveMb, 'MB');
  line(of, 'server_memory_before', idleMb, 'MB');

  // What the ledger says, entry by entry.
  const wanted: number[] = [];
  const sum = { drops: 0, live_answers: 0 };
  const first = report.viewers[0]?.ids[0] ?? 1;
  for (let after = first - 1; ;) {
    const page = await request<{ entries: { id: number; kind: string; body: { outcome?: Outcome } }[] }>(
      'GET',
      `/v1/entries?after=${after}&kinds=${KINDS}&limit=1000`,
    );
    for (const { id, kind, body } of page.entries) {
      wanted.push(id);
      if (kind !== 'call_result' || body.outcome === undefined) continue;
      const counts = countsOf(body.outcome);
      sum.drops += counts.drops;
      sum.live_answers += counts.liveAnswers;
    }
    const last = page.entries.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  const text = JSON.stringify(wanted);
  const shown = `"today":{"drops":${sum.drops},"live_answers":${sum.live_answers},`;
  const complete = report.viewers.filter((each) => JSON.stringify(each.ids) === text).length;
  const equal = report.viewers.filter((each) => new Map(each.figures).get(CAMPAIGN)?.includes(shown)).length;
  line(of, 'viewers_with_every_entry_once', complete, 'viewers');
  line(of, 'viewers_with_the_ledgers_figures', equal, 'viewers');

  process.stderr.write('the same bytes from a bare server ...\n');
  const start = report.recorded[0]?.[0] ?? 0;
  const file = join(world.directory, 'frames.json');
  await writeFile(file, JSON.stringify(report.recorded.map(([at, frames]) => [at - start, frames])));
  const bare = child('bare-server.ts', file, String(viewers));
  const { port } = await told<{ readonly port: number }>(bare, 'port');
  const full = told(bare, 'full');
  const audience = child('viewers-process.ts', `http://127.0.0.1:${port}/`, String(viewers));
  await Promise.all([told(audience, 'open'), full]);
  const bareCpuFrom = cpuOf(bare.pid ?? 0);
  const bareFrom = performance.now();
  bare.send('go');
  const { sentAt: bareSentAt } = await told<{ readonly sentAt: readonly number[] }>(bare, 'sent');
  const bareTook = (performance.now() - bareFrom) / 1_000;
  const bareCpu = cpuOf(bare.pid ?? 0) - bareCpuFrom;
  await sleep(1_000);
  const bareMb = residentMb(bare.pid ?? 0);
  audience.send({ kind: 'report' });
  const heard = await told<Report>(audience, 'report');
  bare.kill();
  const sentOf = new Map<number, number>();
  for (const [index, [, frames]] of report.recorded.entries()) {
    for (const [, id] of frames.matchAll(/^id: (\d+)\ndata/gm))
      sentOf.set(Number(id), bareSentAt[index] ?? NaN);
  }
  times(
    'bare node broadcast of the same bytes',
    'received',
    heard.viewers.flatMap((each) =>
      each.ids.flatMap((id, index) => {
        const sent = sentOf.get(id);
        return sent === undefined ? [] : [(each.at[index] ?? NaN) - sent];
      }),
    ),
  );
  line('bare node broadcast of the same bytes', 'server_cpu', (100 * bareCpu) / bareTook, '% of a core');
  line('bare node broadcast of the same bytes', 'server_memory', bareMb, 'MB');
  if (complete !== viewers || equal !== viewers) process.exitCode = 1;
} finally {
  await world.close();
}

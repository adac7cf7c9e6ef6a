/** What the ledger holds after a run, read from its export by the built program, and whether its chains verify. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBreakwater } from '../../scripts/demo/sidecar-process.ts';
import { until } from './calls.ts';
import type { WireWorld } from './world.ts';

export interface Exported {
  /** Outcomes by call: one, unless something is wrong. */
  readonly results: ReadonlyMap<string, readonly string[]>;
  readonly permits: ReadonlySet<string>;
  readonly optOuts: ReadonlySet<string>;
  /** From the calls' `call_progress`. */
  readonly timelines: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Live answers and drops by campaign, summed up from the results. */
  readonly tallies: ReadonlyMap<string, { readonly liveAnswers: number; readonly drops: number }>;
  readonly verifies: boolean;
}

/** Written out here once more, so that a wrong count in the program is not counted wrong here as well (law.md, counting). */
const LIVE = new Set(['connected', 'hung_up', 'dropped', 'expired']);
const DROPPED = new Set(['dropped', 'expired']);

interface Line {
  readonly kind: string;
  readonly body: string;
}

export async function exportLedger(world: WireWorld): Promise<Exported> {
  const { env, directory } = world.serve;
  const { answer } = await runBreakwater(['ledger', 'export'], env);
  const file = join(directory, 'export.ndjson');
  await writeFile(file, answer);
  const { code } = await runBreakwater(['ledger', 'verify', '--file', file], env, [0, 1]);
  const results = new Map<string, string[]>();
  const permits = new Set<string>();
  const optOuts = new Set<string>();
  const timelines = new Map<string, Readonly<Record<string, string>>>();
  const tallies = new Map<string, { liveAnswers: number; drops: number }>();
  for (const line of answer.split('\n')) {
    if (line === '') continue;
    const { kind, body: text } = JSON.parse(line) as Line;
    const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const callId = String(body['callId']);
    if (kind === 'decision' && body['verdict'] !== 'veto' && body['kind'] !== 'veto') permits.add(callId);
    if (kind === 'opt_out') optOuts.add(callId);
    if (kind === 'call_progress') timelines.set(callId, body['timeline'] as Readonly<Record<string, string>>);
    if (kind !== 'call_result') continue;
    const outcome = String(body['outcome']);
    results.set(callId, [...(results.get(callId) ?? []), outcome]);
    const campaign = String(body['campaignId']);
    const tally = tallies.get(campaign) ?? { liveAnswers: 0, drops: 0 };
    if (LIVE.has(outcome)) tally.liveAnswers += 1;
    if (DROPPED.has(outcome)) tally.drops += 1;
    tallies.set(campaign, tally);
  }
  return { results, permits, optOuts, timelines, tallies, verifies: code === 0 };
}

interface DropRate {
  readonly today: { readonly drops: number; readonly live_answers: number };
}

/** What the counters say of a campaign today, once nothing is in flight any more. */
export async function countersOf(
  world: WireWorld,
  campaign: string,
  withinMs = 30_000,
): Promise<{ readonly liveAnswers: number; readonly drops: number }> {
  const { client } = world.serve;
  await until(
    `${campaign} has nothing in flight`,
    async () => (await client.campaign(campaign)).in_flight === 0,
    withinMs,
  );
  const { today } = await client.request<DropRate>('GET', `/v1/campaigns/${campaign}/drop-rate`);
  return { liveAnswers: today.live_answers, drops: today.drops };
}

/** One sidecar process of `bench:cluster`: asked and told by messages, as a dialer would over HTTP, without the cost of HTTP. */
import pg from 'pg';
import type { Outcome } from '../../src/domain/call-result.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { durableFloorOn } from '../doors/durable-floor.ts';
import { HOME_NUMBERS, openSidecar, seatAgents, type SidecarOrder } from './world.ts';

export interface Ask {
  readonly callId: string;
  readonly number: string;
}
export interface Result {
  readonly callId: string;
  readonly outcome: Outcome;
}
export interface Flood {
  readonly tag: string;
  readonly ms: number;
  readonly inFlight: number;
}

export type ToSidecar =
  | { readonly kind: 'ask'; readonly asks: readonly Ask[] }
  | { readonly kind: 'results'; readonly results: readonly Result[] }
  | { readonly kind: 'flood'; readonly flood: Flood }
  | { readonly kind: 'append'; readonly flood: Flood }
  | { readonly kind: 'floor'; readonly flood: Flood }
  | { readonly kind: 'end' };

export type FromSidecar =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answered'; readonly answers: readonly Answer[] }
  | { readonly kind: 'recorded'; readonly callIds: readonly string[] }
  | {
      readonly kind: 'flooded';
      readonly done: number;
      readonly permits: number;
      readonly elapsedMs: number;
      readonly cpuUs: number;
    };

/** `codes`: empty for a permit. */
export interface Answer {
  readonly callId: string;
  readonly codes: readonly string[];
}

const order = JSON.parse(process.argv[2] ?? '{}') as SidecarOrder;
const opened = await openSidecar(order);
const { operations } = opened.running;
// As the parts of a sidecar that are wired in `main.ts` do.
for (let tries = 0; ; tries += 1) {
  try {
    await seatAgents(opened, order.agents);
    break;
  } catch (error) {
    if (tries === 200) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const send = (message: FromSidecar): void => void process.send?.(message);

/** Many answers in one message: those that one commit woke come together. */
function gathered<T>(tell: (some: readonly T[]) => void): (one: T) => void {
  let waiting: T[] = [];
  return (one) => {
    waiting.push(one);
    if (waiting.length > 1) return;
    setImmediate(() => {
      tell(waiting);
      waiting = [];
    });
  };
}
const answer = gathered<Answer>((answers) => send({ kind: 'answered', answers }));
const recorded = gathered<string>((callIds) => send({ kind: 'recorded', callIds }));

async function screen({ callId, number }: Ask): Promise<readonly string[]> {
  const { decision } = await operations.screen({
    ...{ callId, number, campaignId: opened.campaign.id, callerId: null, at: null },
    ...{ lead: NO_LEAD_FACTS, automated: false, door: 'http' as const },
  });
  return decision.kind === 'permit' ? [] : decision.reasons.map(({ code, detail }) => wordOf(code, detail));
}

/** What was not known is told with the reason: a veto for want of a store and one for want of time are two things. */
const wordOf = (code: string, detail: unknown): string =>
  code === 'fact_unavailable' || code === 'ledger_unavailable'
    ? `${code}: ${JSON.stringify(detail).slice(0, 160)}`
    : code;

async function ask(one: Ask): Promise<void> {
  answer({ callId: one.callId, codes: await screen(one).catch((error: unknown) => [String(error)]) });
}

/** Until the ledger has it: what is known of a call is not given up. */
async function report({ callId, outcome }: Result): Promise<void> {
  for (;;) {
    try {
      const rest = {
        campaignId: opened.campaign.id,
        hangupCause: null,
        sipStatus: null,
        source: 'http',
      } as const;
      await operations.reportResult({ callId, outcome, ...rest });
      recorded(callId);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Microseconds of processor time that this process has used since. */
function cpuFromNow(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
}

/** As many calls at once as ordered, the next as soon as one has ended; each ends unanswered, beside the clock. */
async function flood({ tag, ms, inFlight }: Flood): Promise<void> {
  const started = performance.now();
  const cpuUs = cpuFromNow();
  let index = 0;
  let permits = 0;
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      const number = HOME_NUMBERS[(index * 7 + tag.length) % HOME_NUMBERS.length] ?? '';
      const callId = `${order.writer}-${tag}-${(index += 1)}`;
      const codes = await screen({ callId, number });
      done += 1;
      if (codes.length > 0) continue;
      permits += 1;
      await opened.counters.release(callId as Parameters<typeof opened.counters.release>[0]);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  send({ kind: 'flooded', done, permits, elapsedMs: performance.now() - started, cpuUs: cpuUs() });
}

/** As those of this run are. */
async function someDecision(): Promise<LedgerEntry> {
  const [entry] = await opened.ledger.read({ kinds: ['decision'], order: 'desc', limit: 1 });
  if (entry === undefined) throw new Error('no decision was recorded before');
  return entry;
}

/**
 * The least that these stores can do for a call: the bytes of its decision on disk, in a table without indexes, all that wait in one
 * commit. No sidecar, no chain, no counters.
 */
async function floor({ ms, inFlight }: Flood): Promise<void> {
  const { bodyText } = await someDecision();
  const client = new pg.Client({ connectionString: order.postgresUrl });
  await client.connect();
  const rows = durableFloorOn(client, bodyText);
  const started = performance.now();
  const cpuUs = cpuFromNow();
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      await rows.commit();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  send({ kind: 'flooded', done, permits: 0, elapsedMs: performance.now() - started, cpuUs: cpuUs() });
  await rows.close();
}

/** The same entries as decisions make, and nothing else: what the ledger's store can take from so many writers. */
async function append({ tag, ms, inFlight }: Flood): Promise<void> {
  const entry = await someDecision();
  // A veto: nothing is pending afterwards.
  const body = { ...entry.body, verdict: 'veto' };
  const started = performance.now();
  const cpuUs = cpuFromNow();
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() - started < ms) {
      const callId = `${order.writer}-${tag}-${(done += 1)}`;
      await opened.ledger.append({ kind: 'decision', dedupeKey: callId, body: { ...body, callId } });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  send({ kind: 'flooded', done, permits: 0, elapsedMs: performance.now() - started, cpuUs: cpuUs() });
}

process.on('message', (message: ToSidecar) => {
  switch (message.kind) {
    case 'ask':
      for (const one of message.asks) void ask(one);
      return;
    case 'results':
      for (const one of message.results) void report(one);
      return;
    case 'flood':
      void flood(message.flood);
      return;
    case 'append':
      void append(message.flood);
      return;
    case 'floor':
      void floor(message.flood);
      return;
    case 'end':
      void opened.close().then(() => process.exit(0));
      return;
    default:
      message satisfies never;
  }
});
// Nobody is left to ask.
process.on('disconnect', () => process.exit(1));
send({ kind: 'ready' });

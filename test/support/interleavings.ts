/**
 * Two sidecars in one process, each with its own connections, ledger writer and counters, on one PostgreSQL and one Redis. One decides on
 * a person while the other records that this person revokes. Where the second acts is drawn for each person: at one of the first's
 * awaits on a store, before the store is asked, beside it, or after it has answered and before the sidecar hears of it.
 */
import { consentDraft } from '../../src/control/record-entries.ts';
import { screenOrigination } from '../../src/control/screen-origination.ts';
import { recordOptOut } from '../../src/control/settle-call.ts';
import type { Sidecar } from '../../src/control/sidecar.ts';
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import type { OriginationRequest } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { LedgerReceipt } from '../../src/ports/ledger.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { connectedCounters, freshPrefix } from './redis.ts';
import { LAW, requestOf } from './rules-world.ts';
import { NEVER_LATE_MS, noSteps, ON_DUTY, openSidecarOn, type OpenedSidecar } from './sidecar-on-stores.ts';
import { SOLAR } from './sim-world.ts';
import { writtenConsent } from './written-consent.ts';

/** Persons under way at once; each holds at most one line, so there is an agent for every one. */
const AT_ONCE = 100;

export const HOWS = [
  'before the store is asked',
  'beside the store',
  'after the store has answered',
] as const;
export type How = (typeof HOWS)[number];
export const REVOCATIONS = ['opt_out', 'consent_revoked'] as const;

/** One drawn interleaving. */
interface Plan {
  readonly number: PhoneNumber;
  readonly callId: CallId;
  readonly placedBy: 'sidecar' | 'dialer';
  /** Which of the store's calls, counted from 1; more than there are: after the answer. */
  readonly step: number;
  readonly how: How;
  readonly revocation: (typeof REVOCATIONS)[number];
}

export interface Interleavings {
  readonly permits: number;
  readonly vetoes: number;
  /** Interleavings by step, such as `7 reserve`. */
  readonly steps: ReadonlyMap<string, number>;
  /** Vetoes that only the look after the permit was written could find. */
  readonly foundLast: number;
  /** Each permit that had to be a veto, in words; the seed repeats the schedule. */
  readonly violations: readonly string[];
}

/** mulberry32: the same seed draws the same plans. */
function diceOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Fictional numbers of places where it is day at noon of the mountains: one for each interleaving. */
const NUMBERS: readonly PhoneNumber[] = Object.entries(LAW.areaCodes)
  .filter(([, known]) => known.kind === 'us' && !['GU', 'HI', 'AK'].includes(known.state))
  .flatMap(([code]) => Array.from({ length: 100 }, (_, line) => `+1${code}5550${100 + line}` as PhoneNumber));

async function openSidecar(
  writer: string,
  urls: { postgres: string; redis: string },
  prefix: string,
): Promise<OpenedSidecar> {
  const counters = await connectedCounters(urls.redis, prefix, NEVER_LATE_MS);
  const { sidecar, close } = await openSidecarOn(urls.postgres, writer, counters);
  return {
    sidecar,
    async close() {
      await close();
      await counters.close();
    },
  };
}

/** The sidecar as it is, but each of its calls to a store passes `gate`, with the name of the call. */
function gated(sidecar: Sidecar, gate: <T>(name: string, call: () => Promise<T>) => Promise<T>): Sidecar {
  const through = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function'
          ? (...given: readonly unknown[]) =>
              gate(String(name), () => Reflect.apply(member, target, given) as Promise<unknown>)
          : member;
      },
    });
  const { ledger, records, lists, counters } = sidecar;
  const watchedLists = through(lists);
  return {
    ...sidecar,
    ledger: through(ledger),
    records: through(records),
    lists: watchedLists,
    counters: through(counters),
    inForce: () => ({ ...sidecar.inForce(), lists: watchedLists }),
  };
}

const asked = ({ number, placedBy }: Plan, callId: CallId): OriginationRequest => ({
  ...requestOf({ call: { number } }),
  callId,
  placedBy,
});

const revocationOf = ({ number, revocation }: Plan, { clock }: Sidecar): LedgerDraft => ({
  kind: revocation,
  body: {
    number,
    sellerId: SOLAR.seller.id,
    channel: 'text message',
    [revocation === 'opt_out' ? 'requestedAt' : 'revokedAt']: formatInstant(clock.now()),
  },
});

/** The id under which the other sidecar's revocation became durable. */
async function revoke(plan: Plan, sidecar: Sidecar): Promise<number> {
  const { number, revocation } = plan;
  const { entry } =
    revocation === 'opt_out'
      ? await recordOptOut(sidecar, {
          number,
          sellerId: SOLAR.seller.id,
          channel: 'text message',
          callId: null,
        })
      : await sidecar.ledger.append(revocationOf(plan, sidecar));
  return entry.id;
}

interface Outcome {
  readonly step: string;
  readonly permitted: boolean;
  readonly foundLast: boolean;
  readonly violations: readonly string[];
}

async function runOne(plan: Plan, decider: Sidecar, other: Sidecar): Promise<Outcome> {
  let calls = 0;
  let step = 'after the answer';
  let revoking: Promise<number> | undefined;
  let decisionId = 0;
  const start = (): Promise<number> => (revoking ??= revoke(plan, other));
  const watched = gated(decider, async (name, call) => {
    calls += 1;
    const mine = calls === plan.step;
    if (mine) {
      step = `${calls} ${name}`;
      if (plan.how === 'before the store is asked') await start();
      if (plan.how === 'beside the store') start().catch(() => undefined);
    }
    const answer = await call();
    if (name === 'append' && decisionId === 0) {
      const { entry } = answer as LedgerReceipt;
      if (entry.kind === 'decision') decisionId = entry.id;
    }
    if (mine) await start();
    return answer;
  });
  const { screened } = await screenOrigination(watched, ON_DUTY, asked(plan, plan.callId));
  const permitted = screened.decision.kind === 'permit';
  const revocationId = await start();
  const violations: string[] = [];
  const told = `${plan.number}, ${plan.revocation}, ${plan.placedBy}, ${plan.how}, step ${step}`;
  // Ids are given in the order in which entries become visible: the smaller one was durable first.
  const revokedFirst = revocationId < decisionId;
  if (permitted && revokedFirst) violations.push(`permitted after the revocation was durable: ${told}`);
  if (permitted) await decider.counters.release(plan.callId);
  for (const [name, sidecar] of [
    ['the same sidecar', decider],
    ['the other sidecar', other],
  ] as const) {
    const again = `${plan.callId}-${name === 'the same sidecar' ? 'a' : 'b'}` as CallId;
    const later = await screenOrigination(sidecar, ON_DUTY, asked(plan, again));
    if (later.screened.decision.kind === 'permit') violations.push(`${name} permitted later: ${told}`);
  }
  const entries = await decider.ledger.read({ callId: plan.callId, kinds: ['call_result'], limit: 1 });
  return { step, permitted, foundLast: !permitted && entries.length > 0, violations };
}

/** Runs `count` drawn interleavings; rejects only when a store fails. */
export async function runInterleavings(
  urls: { readonly postgres: string; readonly redis: string },
  {
    count,
    seed,
    progress,
  }: { readonly count: number; readonly seed: number; readonly progress?: (done: number) => void },
): Promise<Interleavings> {
  if (count > NUMBERS.length) throw new RangeError(`there are ${NUMBERS.length} fictional numbers`);
  const prefix = freshPrefix();
  const [one, two] = [await openSidecar('one', urls, prefix), await openSidecar('two', urls, prefix)];
  await one.sidecar.counters.rebuild(SOLAR.id, noSteps(), one.sidecar.clock.now());
  for (let agent = 0; agent < 3 * AT_ONCE; agent += 1) {
    await one.sidecar.counters.setAgent(SOLAR.id, `agent-${agent}` as AgentId, 'ready');
  }
  await consentOf(one.sidecar, NUMBERS.slice(0, count));
  const dice = diceOf(seed);
  const calls = await countCalls(one.sidecar, NUMBERS[count % NUMBERS.length] ?? ('' as PhoneNumber));
  const plans = NUMBERS.slice(0, count).map((number, index): Plan => ({
    number,
    callId: `call-${index}` as CallId,
    placedBy: dice(2) === 0 ? 'sidecar' : 'dialer',
    step: 1 + dice(calls + 1),
    how: HOWS[dice(HOWS.length)] ?? HOWS[0],
    revocation: REVOCATIONS[dice(REVOCATIONS.length)] ?? REVOCATIONS[0],
  }));
  const outcomes: Outcome[] = [];
  const waiting = plans.values();
  const worker = async (): Promise<void> => {
    for (const plan of waiting) {
      const [decider, other] = Number(plan.number.slice(-1)) % 2 === 0 ? [one, two] : [two, one];
      outcomes.push(await runOne(plan, decider.sidecar, other.sidecar));
      if (outcomes.length % 500 === 0) progress?.(outcomes.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    await Promise.all([one.close(), two.close()]);
  }
  const steps = new Map<string, number>();
  for (const { step } of outcomes) steps.set(step, (steps.get(step) ?? 0) + 1);
  const permits = outcomes.filter(({ permitted }) => permitted).length;
  return {
    permits,
    vetoes: outcomes.length - permits,
    steps,
    foundLast: outcomes.filter(({ foundLast }) => foundLast).length,
    violations: outcomes.flatMap(({ violations }) => violations),
  };
}

/** How often a permit asks a store. */
async function countCalls(sidecar: Sidecar, number: PhoneNumber): Promise<number> {
  let calls = 0;
  await consentOf(sidecar, [number]);
  const counting = gated(sidecar, (_name, call) => {
    calls += 1;
    return call();
  });
  const callId = 'counted' as CallId;
  const { screened } = await screenOrigination(counting, ON_DUTY, {
    ...requestOf({ call: { number } }),
    callId,
  });
  if (screened.decision.kind !== 'permit') throw new Error('the call that nobody disturbs is not permitted');
  await sidecar.counters.release(callId);
  return calls;
}

async function consentOf({ ledger }: Sidecar, numbers: readonly PhoneNumber[]): Promise<void> {
  for (let from = 0; from < numbers.length; from += 1_000) {
    await Promise.all(
      numbers
        .slice(from, from + 1_000)
        .map((number) => ledger.append(consentDraft(writtenConsent(number, SOLAR.seller.id)))),
    );
  }
}

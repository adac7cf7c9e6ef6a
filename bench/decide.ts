/**
 * What one decision costs inside the process: facts from local stores, every rule, no ledger. The national list is filled with synthetic
 * numbers (`--numbers`, default 250,000,000) straight into its bitmaps; no file is read.
 * One JSON line per figure on stdout, all else on stderr. Each figure is the best of `--rounds` rounds: the machine may be shared.
 */
import { parseArgs } from 'node:util';
import { gatherFacts } from '../src/control/gather-facts.ts';
import { decideOnly } from '../src/control/screen-origination.ts';
import type { Facts } from '../src/domain/facts.ts';
import type { OriginationRequest } from '../src/domain/origination.ts';
import type { Instant } from '../src/domain/time.ts';
import { evaluate, RULES } from '../src/rules/index.ts';
import type { Rule } from '../src/rules/rule.ts';
import { OWN_LIST_STATES } from '../test/support/rules-world.ts';
import { areaCodesOf, MIX, type MixPart, openDecideWorld, requestOf } from './support/decide-world.ts';
import { syntheticLists } from './support/synthetic-lists.ts';

const WARM_UP = 5_000;
const DECISIONS = 10_000;
const LOOK_UPS = 1_000_000;

const { values } = parseArgs({
  options: { numbers: { type: 'string', default: '250000000' }, rounds: { type: 'string', default: '5' } },
});
const NUMBERS = Number(values.numbers);
const ROUNDS = Number(values.rounds);

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function print(name: string, metric: string, value: number, unit: string): void {
  const rounded = Number(value.toPrecision(4));
  process.stdout.write(`${JSON.stringify({ bench: 'decide', case: name, metric, value: rounded, unit })}\n`);
}

const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Asks `count` times, one after the other, and keeps the best round's p50, p99 (microseconds) and rate. */
async function measure(name: string, count: number, ask: (index: number) => unknown): Promise<void> {
  for (let index = 0; index < WARM_UP; index += 1) await ask(index);
  const best = { p50: Infinity, p99: Infinity, rate: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const waits = new Float64Array(count);
    const started = performance.now();
    for (let index = 0; index < count; index += 1) {
      const before = performance.now();
      const answer = ask(index);
      if (answer instanceof Promise) await answer;
      waits[index] = (performance.now() - before) * 1_000;
    }
    best.rate = Math.max(best.rate, (count / (performance.now() - started)) * 1_000);
    waits.sort();
    best.p50 = Math.min(best.p50, percentile(waits, 0.5));
    best.p99 = Math.min(best.p99, percentile(waits, 0.99));
  }
  print(name, 'p50', best.p50, 'us');
  print(name, 'p99', best.p99, 'us');
  print(name, 'per_second', best.rate, '1/s');
}

/** Random hits and misses over every area code; mean over all of them. */
function measureLookUps(name: string, has: (tenDigits: number) => boolean, asked: Float64Array): void {
  let best = Infinity;
  let hits = 0;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const started = performance.now();
    hits = 0;
    for (const number of asked) if (has(number)) hits += 1;
    if (round > 0) best = Math.min(best, ((performance.now() - started) / asked.length) * 1e6);
  }
  print(name, 'mean', best, 'ns');
  say(`${name}: ${hits} of ${asked.length} listed`);
}

const areaCodes = areaCodesOf(null);
const filling = performance.now();
const national = await syntheticLists(areaCodes, NUMBERS, OWN_LIST_STATES);
say(`national list: ${national.size} numbers in ${((performance.now() - filling) / 1_000).toFixed(1)} s`);
const world = await openDecideWorld(national.lists);

const asked = Float64Array.from({ length: LOOK_UPS }, () => {
  const areaCode = Number(areaCodes[Math.floor(Math.random() * areaCodes.length)]);
  return areaCode * 10_000_000 + 2_000_000 + Math.floor(Math.random() * 8_000_000);
});
measureLookUps(`look-up/list of ${national.size}`, (number) => national.isListed(number), asked);
const peer = new Set(asked.filter((number) => national.isListed(number)));
measureLookUps(`look-up/peer: Set of ${peer.size}`, (number) => peer.has(number), asked);

const calls = (part: MixPart, count: number): readonly OriginationRequest[] =>
  Array.from({ length: count }, (_, index) => requestOf(part, index, world));
const mixed: readonly OriginationRequest[] = Array.from({ length: DECISIONS }, (_, index) => {
  let left = index % 100;
  const part = MIX.find(({ percent }) => (left -= percent) < 0);
  if (part === undefined) throw new Error('the shares of the mix do not add up to 100');
  return requestOf(part, index, world);
});

const atOf = (
  requests: readonly OriginationRequest[],
  index: number,
): readonly [OriginationRequest, Instant] => {
  const request = requests[index % requests.length];
  if (request === undefined) throw new Error('no requests');
  // A new request each time, as in life: what is remembered with a request must not be found again.
  return [{ ...request }, request.requestedAt];
};
const decide = (requests: readonly OriginationRequest[]) => (index: number) =>
  decideOnly(world.sidecar, world.duty, ...atOf(requests, index));

for (const part of MIX) {
  const requests = calls(part, DECISIONS);
  const verdicts = new Map<string, number>();
  for (const request of requests.slice(0, 1_000)) {
    const { decision } = await decideOnly(world.sidecar, world.duty, request, request.requestedAt);
    const text = decision.kind === 'permit' ? 'permit' : decision.reasons.map(({ code }) => code).join('+');
    verdicts.set(text, (verdicts.get(text) ?? 0) + 1);
  }
  say(`${part.name} (${part.percent} % of the mix): ${JSON.stringify(Object.fromEntries(verdicts))}`);
  await measure(`decision/${part.name}`, DECISIONS, decide(requests));
}
await measure('decision/mix', DECISIONS, decide(mixed));

// The floor of the same run: the facts without a rule, the rules without the facts, and the engine with nothing to ask.
const campaign = world.campaign;
await measure('part/facts alone/mix', DECISIONS, (index) => {
  const [request, at] = atOf(mixed, index);
  return gatherFacts(world.sidecar, world.duty, request, campaign, at);
});
const facts: Facts[] = [];
for (const request of mixed) {
  facts.push((await decideOnly(world.sidecar, world.duty, request, request.requestedAt)).facts);
}
const rulesAlone = (rules: readonly [Rule, ...Rule[]]) => (index: number) => {
  const [request] = atOf(mixed, index);
  const known = facts[index % facts.length];
  if (known === undefined) throw new Error('no facts');
  return evaluate(rules, request, known, world.sidecar.policy);
};
await measure('part/rules alone/mix', DECISIONS, rulesAlone(RULES));
const empty: Rule = { id: 'empty', basis: 'floor', check: () => [] };
await measure('floor/one empty rule', DECISIONS, rulesAlone([empty]));

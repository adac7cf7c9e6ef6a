/**
 * What the law asks about, as figures: why calls are vetoed, how soon a request not to be called binds, how old lists are, and
 * whether the parts stand that every decision leans on. Labels are codes and names from the configuration, never a telephone number.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Component, COMPONENTS, type Operations } from '../control/operations.ts';
import { OUTCOMES } from '../domain/call-result.ts';
import type { Json } from '../domain/canonical-json.ts';
import { REASONS } from '../domain/decision.ts';
import { numberIn, objectIn, textIn } from '../domain/json-parts.ts';
import { SEED_ANSWERS } from '../domain/self-test.ts';
import { type JsonObject, type LedgerEntry, memberOf } from '../domain/ledger-entry.ts';
import { daysBetween, type Instant, instant, localDateOf, parseInstant } from '../domain/time.ts';
import { readDecision } from './views/entry.ts';

/** Seconds. A decision that takes longer than the dialplan waits is a veto there. */
const DECISION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Seconds. A key that was pressed binds in milliseconds; what is entered by hand may be days old. */
const OPT_OUT_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 300, 3_600, 86_400];

const PERMIT = { verdict: 'permit', reasons: [] } as const;

export interface LawMetrics {
  count(entry: LedgerEntry): void;
  /** Answers the parts that something is wrong with; rejects when nobody can say. */
  refresh(): Promise<readonly Component[]>;
}

export function createLawMetrics(registers: Registry[], operations: Operations): LawMetrics {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `breakwater_${name}`, help, labelNames, registers });
  const vetoes = new Counter({
    name: 'breakwater_vetoes_total',
    help: 'Vetoed calls by reason; a call with two reasons counts under both',
    labelNames: ['reason'],
    registers,
  });
  const results = new Counter({
    name: 'breakwater_call_results_total',
    help: 'Results of calls by outcome',
    labelNames: ['outcome'],
    registers,
  });
  // From the start: the first one of a kind is a rise from nothing, and a rule that asks for a rise must see it.
  for (const reason of Object.keys(REASONS)) vetoes.inc({ reason }, 0);
  for (const outcome of OUTCOMES) results.inc({ outcome }, 0);
  const decisionSeconds = new Histogram({
    name: 'breakwater_decision_seconds',
    help: 'From the request until its decision is durable and told',
    labelNames: ['verdict'],
    buckets: DECISION_BUCKETS,
    registers,
  });
  const optOutSeconds = new Histogram({
    name: 'breakwater_opt_out_seconds',
    help: 'From the request not to be called until it is durable and binds; by: a call, or a record of another door',
    labelNames: ['by'],
    buckets: OPT_OUT_BUCKETS,
    registers,
  });
  const ready = gauge('ready', '1 while calls can be decided and placed, else 0');
  const up = gauge('component_up', '1 while nothing is wrong with this part, else 0', ['component']);
  const reloadRefused = gauge('reload_refused', '1 while the policy in force is not the one last asked for');
  const policy = gauge('policy_info', '1; the label names the policy in force', ['policy_hash']);
  const lists = {
    age: gauge('list_age_days', 'Whole days since the copy in force was obtained', ['list', 'kind']),
    inForce: gauge('list_in_force', '1 while the list is in force, else 0', ['list']),
    problem: gauge('list_problem', '1 while the list or its newest version has a problem, else 0', ['list']),
  };

  const selfTest = {
    seeds: gauge('self_test_seeds', 'Seeds of the newest self-test by answer', ['answer']),
    age: gauge('self_test_age_seconds', 'Since its newest self-test; 0: no seeds'),
  };

  const secondsSince = (at: Instant | null): number | null =>
    at === null ? null : Math.max(0, operations.now() - at) / 1_000;

  const countDecision = (entry: LedgerEntry): void => {
    // Mostly a permit, of which nothing else is counted; its body stays unread.
    const isPermit = memberOf(entry, 'verdict') === 'permit';
    const { verdict, reasons } = isPermit ? PERMIT : readDecision(entry.body);
    const seconds = secondsSince(requestedAt(objectIn(memberOf(entry, 'request'))));
    if (seconds !== null) decisionSeconds.observe({ verdict }, seconds);
    if (verdict === 'permit') return;
    const codes = new Set(reasons.map(({ code }) => textIn(code) ?? ''));
    for (const reason of codes) if (Object.hasOwn(REASONS, reason)) vetoes.inc({ reason });
  };

  const setLists = (): void => {
    const today = localDateOf(operations.now(), 'UTC');
    for (const { name, kind, inForce, problem } of operations.lists()) {
      lists.inForce.set({ list: name }, inForce === null ? 0 : 1);
      lists.problem.set({ list: name }, problem === null ? 0 : 1);
      if (inForce === null) continue;
      const days = Math.max(0, daysBetween(inForce.version.obtainedOn, today));
      lists.age.set({ list: name, kind: kind ?? 'unknown' }, days);
    }
  };

  const setSelfTest = (): void => {
    const { selfTest: tests } = operations;
    const newest = tests.last();
    for (const answer of SEED_ANSWERS) {
      const count = newest?.seeds.filter((seed) => seed.answer === answer).length ?? 0;
      selfTest.seeds.set({ answer }, count);
    }
    selfTest.age.set(tests.seeds === 0 ? 0 : (secondsSince(newest?.at ?? tests.since) ?? 0));
  };

  return {
    count(entry) {
      const { kind } = entry;
      if (kind === 'decision') countDecision(entry);
      if (kind === 'call_result') {
        const outcome = OUTCOMES.find((each) => each === memberOf(entry, 'outcome'));
        if (outcome !== undefined) results.inc({ outcome });
      }
      if (kind === 'opt_out') {
        const { body } = entry;
        const seconds = secondsSince(instantIn(body['requestedAt']));
        const by = textIn(body['callId']) === null ? 'record' : 'call';
        if (seconds !== null) optOutSeconds.observe({ by }, seconds);
      }
    },
    async refresh() {
      for (const each of [policy, ...Object.values(lists)]) each.reset();
      setLists();
      policy.set({ policy_hash: operations.policyHash() }, 1);
      reloadRefused.set(operations.reloadProblems() === null ? 0 : 1);
      setSelfTest();
      const standing = await operations.readiness();
      ready.set(standing.ready ? 1 : 0);
      for (const component of COMPONENTS) {
        up.set({ component }, standing.faulty.includes(component) ? 0 : 1);
      }
      return standing.faulty;
    },
  };
}

const instantIn = (value: Json | undefined): Instant | null => {
  const read = parseInstant(textIn(value) ?? '');
  return read.ok ? read.value : null;
};

/** In a request an instant is milliseconds. */
function requestedAt(request: JsonObject | null): Instant | null {
  const asked = numberIn(request?.['requestedAt']);
  return asked === null ? null : instant(asked);
}

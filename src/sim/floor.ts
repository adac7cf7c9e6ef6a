/**
 * A call floor on a simulated clock: agents, lines and persons of a world, and a policy that opens lines. The drop budget is asked
 * and the results are counted by the code that runs in production. One run is one day.
 */
import { accumulate, type Accumulator } from '../domain/accumulator.ts';
import { assertInvariant } from '../domain/assert.ts';
import type { Outcome } from '../domain/call-result.ts';
import { admits, type BudgetSnapshot, excessAfter, isAboveCeiling } from '../domain/drop-budget.ts';
import type { FloorView } from '../pacing/floor-view.ts';
import { type EventQueue, eventQueue } from './event-queue.ts';
import { type DayMeasures, dropRate, PREFIX_ANSWERS_MIN, type Sample } from './measures.ts';
import type { Policy } from './policy.ts';
import type { Random } from './random.ts';
import type { LineFate, World } from './worlds.ts';

export interface DaySetup {
  readonly world: World;
  readonly policy: Policy;
  readonly random: Random;
  readonly ceilingBp: number;
  /** Absolute instant at which the day begins, and how long it dials. */
  readonly beginsMs: number;
  readonly dayMs: number;
  /** Counts so far; the day's own are empty. */
  readonly counts: Accumulator;
  /** Milliseconds between samples; null: none are kept. */
  readonly sampleMs: number | null;
}

/** A person or machine that has answered and is not with an agent. */
interface Answered {
  readonly sinceMs: number;
  readonly fate: LineFate;
  promised: boolean;
  greeted: boolean;
  gone: boolean;
}

type FloorEvent =
  | { readonly kind: 'ring_ends'; readonly sinceMs: number; readonly fate: LineFate }
  | { readonly kind: 'greeting_ends'; readonly call: Answered }
  | { readonly kind: 'grace_ends'; readonly call: Answered }
  | { readonly kind: 'handled'; readonly sinceMs: number }
  | { readonly kind: 'shift' | 'look' | 'sample' };

export interface DayRun {
  readonly measures: DayMeasures;
  readonly counts: Accumulator;
}

/** Dials for `dayMs`, then lets every call end. */
export function simulateDay(setup: DaySetup): DayRun {
  const floor = openFloor(setup);
  floor.run();
  return { measures: floor.measures(), counts: floor.counts() };
}

function remove(list: number[], item: number): void {
  const at = list.indexOf(item);
  assertInvariant(at >= 0, 'what-ends-had-begun');
  list[at] = list[list.length - 1] as number;
  list.pop();
}

function openFloor(setup: DaySetup): {
  readonly run: () => void;
  readonly measures: () => DayMeasures;
  readonly counts: () => Accumulator;
} {
  const { world, policy, random, ceilingBp, beginsMs, dayMs } = setup;
  const endsMs = beginsMs + dayMs;
  const queue: EventQueue<FloorEvent> = eventQueue();
  const ringing: number[] = [];
  const busy: number[] = [];
  let answered: Answered[] = [];
  let answeredSince: readonly number[] = [];
  let counts = setup.counts;
  let now = beginsMs;
  let present = world.agentsAt(0);
  let idle = present;
  let promised = 0;
  /** Agents who have said that they leave, and go when no call in flight may need them. */
  let leaving = 0;

  let [busyMs, presentMs, dials, connects] = [0, 0, 0, 0];
  let [highestDayPrefix, highestBlockPrefix] = [0, 0];
  const samples: Sample[] = [];
  let sampled = { atMs: beginsMs, busyMs: 0, presentMs: 0, lineMs: 0 };
  let lineMs = 0;

  const inFlight = (): number => ringing.length + answered.length;

  function count(outcome: Outcome): void {
    counts = accumulate(counts, outcome);
    policy.settled(outcome);
    const { day, block } = counts;
    if (policy.guarded) {
      assertInvariant(!isAboveCeiling(day, ceilingBp), 'never-above-ceiling', 'day');
      assertInvariant(!isAboveCeiling(block, ceilingBp), 'never-above-ceiling', 'block');
    }
    if (day.liveAnswers >= PREFIX_ANSWERS_MIN) highestDayPrefix = Math.max(highestDayPrefix, dropRate(day));
    if (block.liveAnswers >= PREFIX_ANSWERS_MIN) {
      highestBlockPrefix = Math.max(highestBlockPrefix, dropRate(block));
    }
  }

  const snapshot = (free: number): BudgetSnapshot => ({
    windows: [counts.day, counts.block],
    inFlight: inFlight(),
    ready: free + promised,
    promised,
    rebuilt: true,
  });

  /** Idle agents that further lines may count on. */
  const idleToStay = (): number => Math.max(0, idle - leaving);

  const view = (): FloorView => ({
    nowMs: now,
    agentsTaking: Math.max(0, present - leaving),
    idle: idleToStay(),
    busySinceMs: busy,
    ringingSinceMs: ringing,
    waitingSinceMs: answeredSince,
    windows: [counts.day, counts.block],
  });

  function dial(): void {
    const fate = world.line(now - beginsMs, random);
    dials += 1;
    ringing.push(now);
    queue.add(now + Math.round(fate.ringMs), { kind: 'ring_ends', sinceMs: now, fate });
  }

  function openLines(): void {
    if (now >= endsMs || present - leaving <= 0) return;
    let lines = policy.linesNow(view());
    for (; lines > 0; lines -= 1) {
      if (policy.guarded) {
        const admission = admits(snapshot(idleToStay()), ceilingBp, 'allowed', present - leaving);
        if (!admission.admitted) return;
      }
      dial();
    }
  }

  function connect(call: Answered): void {
    leaveQueue(call);
    connects += 1;
    busy.push(now);
    queue.add(now + Math.round(world.handleMs(random)), { kind: 'handled', sinceMs: now });
    count('connected');
    policy.learn({ kind: 'line_ended', as: 'person', ringMs: call.fate.ringMs });
  }

  function setAnswered(calls: Answered[]): void {
    answered = calls;
    answeredSince = calls.map(({ sinceMs }) => sinceMs);
  }

  function leaveQueue(call: Answered): void {
    call.gone = true;
    setAnswered(answered.filter((other) => other !== call));
    if (call.promised) promised -= 1;
  }

  function promise(call: Answered): void {
    call.promised = true;
    idle -= 1;
    promised += 1;
    if (call.greeted) connect(call);
  }

  /** An agent is free: the person who waits longest has them. */
  function serve(): void {
    while (idle > 0) {
      const next = answered.find((call) => !call.promised);
      if (next === undefined) break;
      promise(next);
    }
    // A leaving agent goes when the calls in flight are covered without them.
    while (leaving > 0 && idle > 0 && (!policy.guarded || coveredBy(idle - 1))) {
      leaving -= 1;
      idle -= 1;
      present -= 1;
    }
  }

  function coveredBy(free: number): boolean {
    const lines = inFlight();
    return (
      lines <= free ||
      [counts.day, counts.block].every((window) => excessAfter(window, lines - free, ceilingBp) <= 0)
    );
  }

  function ringEnds(sinceMs: number, fate: LineFate): void {
    remove(ringing, sinceMs);
    if (fate.end === 'person' || fate.end === 'machine') {
      const call: Answered = { sinceMs: now, fate, promised: false, greeted: false, gone: false };
      setAnswered([...answered, call]);
      serve();
      if (fate.greetingMs <= 0) greetingEnds(call);
      else queue.add(now + Math.round(fate.greetingMs), { kind: 'greeting_ends', call });
      return;
    }
    count(fate.end);
    policy.learn({ kind: 'line_ended', as: fate.end, ringMs: fate.ringMs });
  }

  function greetingEnds(call: Answered): void {
    call.greeted = true;
    if (call.fate.end === 'machine') {
      if (call.promised) idle += 1;
      leaveQueue(call);
      count('machine');
      policy.learn({ kind: 'line_ended', as: 'machine', ringMs: call.fate.ringMs });
      serve();
    } else if (call.promised) connect(call);
    else if (world.graceMs === 0) drop(call);
    else queue.add(now + world.graceMs, { kind: 'grace_ends', call });
  }

  function drop(call: Answered): void {
    leaveQueue(call);
    count('dropped');
    policy.learn({ kind: 'line_ended', as: 'person', ringMs: call.fate.ringMs });
  }

  function handled(sinceMs: number): void {
    remove(busy, sinceMs);
    idle += 1;
    policy.learn({ kind: 'handled', handleMs: now - sinceMs });
    serve();
  }

  function shift(): void {
    const change = world.agentsAt(now - beginsMs) - (present - leaving);
    const back = Math.max(0, change);
    const staying = Math.min(leaving, back);
    leaving += Math.max(0, -change) - staying;
    present += back - staying;
    idle += back - staying;
    serve();
  }

  function sample(): void {
    const ms = Math.max(1, now - sampled.atMs);
    const presence = Math.max(1, presentMs - sampled.presentMs);
    samples.push({
      atMs: now - beginsMs,
      utilization: (busyMs - sampled.busyMs) / presence,
      day: counts.day,
      block: counts.block,
      level: present === 0 ? 0 : (lineMs - sampled.lineMs) / ms / present,
    });
    sampled = { atMs: now, busyMs, presentMs, lineMs };
  }

  function step(event: FloorEvent): void {
    switch (event.kind) {
      case 'ring_ends':
        ringEnds(event.sinceMs, event.fate);
        return;
      case 'greeting_ends':
        greetingEnds(event.call);
        return;
      case 'grace_ends':
        if (!event.call.gone && !event.call.promised) drop(event.call);
        return;
      case 'handled':
        handled(event.sinceMs);
        return;
      case 'shift':
        shift();
        return;
      case 'sample':
        sample();
        return;
      case 'look':
        openLines();
        if (typeof policy.looks === 'number') queue.add(now + policy.looks, event);
        return;
      default:
        event satisfies never;
    }
  }

  function pass(untilMs: number): void {
    const ms = Math.min(untilMs, endsMs) - Math.min(now, endsMs);
    busyMs += ms * busy.length;
    presentMs += ms * present;
    lineMs += ms * (ringing.length + answered.length + busy.length);
    now = untilMs;
  }

  function run(): void {
    policy.dayBegins();
    for (const at of world.shifts) queue.add(beginsMs + at, { kind: 'shift' });
    const { sampleMs } = setup;
    if (sampleMs !== null) {
      for (let at = sampleMs; at <= dayMs; at += sampleMs) queue.add(beginsMs + at, { kind: 'sample' });
    }
    if (policy.looks === 'at_events') openLines();
    else queue.add(beginsMs, { kind: 'look' });
    for (let next = queue.next(); next !== undefined; next = queue.next()) {
      if (next.event.kind === 'look' && next.atMs >= endsMs) continue;
      pass(next.atMs);
      step(next.event);
      if (policy.looks === 'at_events') openLines();
    }
    assertInvariant(inFlight() === 0, 'reservation-always-settles');
    assertInvariant(
      idle === present && promised === 0 && busy.length === 0,
      'every-agent-is-free-in-the-end',
    );
  }

  return {
    run,
    counts: () => counts,
    measures: () => ({
      busyMs,
      presentMs,
      dials,
      connects,
      day: counts.day,
      block: counts.block,
      highestDayPrefix,
      highestBlockPrefix,
      samples,
    }),
  };
}

/** A sidecar that dies and comes back on counters that outlive it, as those in Redis do. */
import { expect, test } from 'vitest';
import { emptyCounterState } from '../../../src/adapters/memory/counter-state.ts';
import { memoryCounters } from '../../../src/adapters/memory/counters.ts';
import type { Counters } from '../../../src/ports/counters.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import { openWorld, personNumber, SOLAR } from '../../support/sim-world.ts';

const RINGS: Script = { ...ANSWERS, ringMs: 25_000 };

test('INVARIANT (never-above-ceiling): what rang before needs the agents who come back, and no line is opened for them', async () => {
  const state = emptyCounterState();
  let life = memoryCounters({ state, sidecar: 'first life' });
  const ofThisLife = new Proxy({} as Counters, {
    get: (_, name) => (life[name as keyof Counters] as (...given: unknown[]) => unknown).bind(life),
  });
  const world = await openWorld({
    campaigns: [{ ...SOLAR, mode: 'progressive' }],
    script: () => RINGS,
    counters: () => ofThisLife,
  });
  world.exchange.connect();
  for (const agent of ['ann', 'bob']) world.exchange.agentCallsIn(agent);
  await world.clock.go(3_000);
  for (const index of [0, 1])
    expect((await world.originate(personNumber(index))).decision.kind).toBe('permit');

  await world.clock.go(1_000);
  world.exchange.disconnect();
  life = memoryCounters({ state, sidecar: 'second life' });
  world.restart();
  world.exchange.connect();
  await world.clock.go(5_000);

  expect(await world.tally()).toMatchObject({ inFlight: 2, agents: { ready: 2 } });
  const { decision } = await world.originate(personNumber(2));
  expect(decision).toMatchObject({ kind: 'veto', reasons: [{ code: 'over_dialing_barred' }] });
});

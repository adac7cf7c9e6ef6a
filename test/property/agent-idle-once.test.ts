/** INVARIANT (agent-idle-once), over whatever three sidecars tell of a few agents in two campaigns. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyCounterState } from '../../src/adapters/memory/counter-state.ts';
import { memoryCounters } from '../../src/adapters/memory/counters.ts';
import type { CampaignId } from '../../src/domain/ids.ts';
import { AGENT_STATES, type AgentState, type AgentWord } from '../../src/ports/counters.ts';
import { agent, NOON, request, settle, steps, windowsAt } from '../support/reservations.ts';

const CAMPAIGNS = ['c1', 'c2'] as unknown as readonly CampaignId[];
const SIDECARS = ['one', 'two', 'three'];
const AGENTS = ['ann', 'bob'];
const WORDS: readonly AgentWord[] = ['here', 'seen', 'said', 'said_here', 'said_before'];
/** Of an agent who has come in nowhere. */
const WORDS_OF_OTHERS: readonly AgentWord[] = ['seen', 'said', 'said_before'];

const telling = fc.record({
  sidecar: fc.constantFrom(...SIDECARS),
  campaign: fc.constantFrom(...CAMPAIGNS),
  agent: fc.constantFrom(...AGENTS),
  state: fc.constantFrom<AgentState>(...AGENT_STATES),
  word: fc.constantFrom(...WORDS),
});

const open = () => {
  const state = emptyCounterState();
  return new Map(SIDECARS.map((sidecar) => [sidecar, memoryCounters({ state, sidecar })]));
};

test('an agent counts at most once, idle only where nobody who tells knows better', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(telling, { maxLength: 25 }), async (tellings) => {
      const counters = open();
      const seen = new Map<string, Map<string, AgentState>>();
      for (const { sidecar, campaign, agent: name, state, word } of tellings) {
        await counters.get(sidecar)!.setAgent(campaign, agent(name), state, word);
        // What each has seen itself, as long as nothing was said: the state can only be as occupied.
        const words = seen.get(name) ?? new Map<string, AgentState>();
        if (word !== 'seen') words.clear();
        else words.set(sidecar, state);
        seen.set(name, words);
        const tallies = await Promise.all(
          CAMPAIGNS.map((id) => counters.get('one')!.tally(id, NOON, windowsAt(NOON))),
        );
        const total = (of: AgentState): number =>
          tallies.reduce((sum, { agents }) => sum + (of === 'logged_out' ? 0 : agents[of]), 0);
        const all = AGENT_STATES.map(total);
        expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
        expect(all.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(AGENTS.length);
        const occupied = [...seen.values()].filter((each) => [...each.values()].includes('busy'));
        expect(total('ready')).toBeLessThanOrEqual(AGENTS.length - occupied.length);
      }
    }),
    { numRuns: 400 },
  );
});

test('however the word of an idle agent goes round, one line rings for the agent', async () => {
  const act = fc.record({
    sidecar: fc.constantFrom(...SIDECARS),
    word: fc.constantFrom(...WORDS_OF_OTHERS),
    dials: fc.boolean(),
    ends: fc.boolean(),
  });
  const campaign = CAMPAIGNS[0]!;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const counters = open();
      await counters.get('one')!.rebuild(campaign, steps(), NOON);
      const ringing: string[] = [];
      for (const [index, { sidecar, word, dials, ends }] of acts.entries()) {
        const ours = counters.get(sidecar)!;
        await ours.setAgent(campaign, agent('bob'), 'ready', word);
        const call = `k${index}`;
        const own = { agentsOf: 'this_sidecar' } as const;
        if (dials && (await ours.reserve(request(call, own))).kind === 'reserved') ringing.push(call);
        expect(ringing.length).toBeLessThanOrEqual(1);
        const over = ends ? ringing.pop() : undefined;
        if (over !== undefined) await settle(ours, over, 'no_answer');
      }
    }),
    { numRuns: 400 },
  );
});

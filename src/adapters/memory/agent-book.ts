/**
 * Who counts as which agent, in one campaign and for one sidecar at a time. INVARIANT (agent-idle-once): several sidecars may see one
 * member of a queue, and a dialer may tell each of them of its agents; the agent counts once, in the most occupied of the states that are
 * told. `src/adapters/redis/scripts/place-agent.lua` and `set-agent.lua` say the same.
 */
import type { AgentId, CampaignId } from '../../domain/ids.ts';
import { type AgentState, type AgentWord, isLastWord, knownBy } from '../../ports/counters.ts';
import type { Floor, PresentState } from './counter-state.ts';

interface Word {
  readonly campaignId: CampaignId;
  readonly state: PresentState;
  readonly kind: ReturnType<typeof knownBy>;
}

interface Place {
  readonly campaignId: CampaignId;
  readonly state: PresentState;
  readonly sidecar: string;
}

/** What is told of one agent, by sidecar, and where the agent counts; null: nowhere. */
export interface BookedAgent {
  readonly words: Map<string, Word>;
  place: Place | null;
}

/** Sums that an agent is counted in: of the campaign, and of one sidecar in it. */
export type FloorsOf = (campaignId: CampaignId, sidecar: string) => readonly [all: Floor, own: Floor];

const OCCUPIED: Readonly<Record<PresentState, number>> = { ready: 0, paused: 1, promised: 2, busy: 3 };

export interface Telling {
  readonly campaignId: CampaignId;
  readonly agentId: AgentId;
  readonly state: AgentState;
  readonly teller: string;
  readonly word: AgentWord;
}

export function tellOfAgent(book: Map<AgentId, BookedAgent>, floorsOf: FloorsOf, telling: Telling): void {
  const { campaignId, agentId, state, teller, word } = telling;
  const agent = book.get(agentId) ?? { words: new Map<string, Word>(), place: null };
  const own = agent.words.get(teller);
  const speaker = isLastWord(word) ? outvote(agent, floorsOf, telling) : teller;
  if (state === 'logged_out') {
    if (own === undefined || own.campaignId === campaignId) agent.words.delete(teller);
  } else {
    if (speaker !== teller) agent.words.delete(teller);
    agent.words.set(speaker, { campaignId, state, kind: knownBy(word) });
  }
  place(agent, floorsOf, teller);
  if (agent.words.size === 0) book.delete(agentId);
  else book.set(agentId, agent);
}

/** What was said to other sidecars before does not hold any more. Answers the sidecar under which the word stands. */
function outvote({ words, place: at }: BookedAgent, floorsOf: FloorsOf, telling: Telling): string {
  const { campaignId, state, teller } = telling;
  let speaker = teller;
  for (const [sidecar, word] of [...words]) {
    if (sidecar === teller || !(word.kind === 'said' || state === 'logged_out')) continue;
    // Lines of the sidecar that has the agent ring for the agent: it keeps the agent, in the state that is said now.
    const holds = at?.sidecar === sidecar && at.campaignId === campaignId && at.state === 'ready';
    if (holds && state !== 'logged_out' && isNeeded(at, floorsOf)) speaker = sidecar;
    else words.delete(sidecar);
  }
  return speaker;
}

/** Lines of the sidecar for which the agent counts may ring for this agent. */
function isNeeded({ campaignId, sidecar, state }: Place, floorsOf: FloorsOf): boolean {
  const [, floor] = floorsOf(campaignId, sidecar);
  return floor.inFlight > floor.ready - (state === 'ready' ? 1 : 0);
}

/** For whoever has the agent, else for whoever tells, unless lines of another who tells of the agent need them. */
function place(agent: BookedAgent, floorsOf: FloorsOf, teller: string): void {
  const { words, place: before } = agent;
  const told = words.get(teller);
  const has = before === null ? undefined : words.get(before.sidecar)?.kind;
  const keeps =
    before !== null &&
    (told === undefined || (told.kind !== 'here' && (has === 'here' || isNeeded(before, floorsOf))));
  const inTurn = [...(keeps ? [before.sidecar] : []), teller, ...[...words.keys()].sort()];
  const sidecar = inTurn.find((each) => words.has(each));
  const word = sidecar === undefined ? undefined : words.get(sidecar);
  if (before !== null)
    for (const floor of floorsOf(before.campaignId, before.sidecar)) floor[before.state] -= 1;
  agent.place = null;
  if (sidecar === undefined || word === undefined) return;
  const state = [...words.values()].reduce(
    (most, each) => (OCCUPIED[each.state] > OCCUPIED[most] ? each.state : most),
    word.state,
  );
  agent.place = { campaignId: word.campaignId, state, sidecar };
  for (const floor of floorsOf(word.campaignId, sidecar)) floor[state] += 1;
}

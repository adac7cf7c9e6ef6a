/**
 * A floor at work for the live page: a whole sidecar on memory stores behind its HTTP door, and a dialer that has calls screened and
 * reports their results. The clock of the world is driven by the machine's, so sockets and browsers live in the same time.
 */
import type { FastifyInstance } from 'fastify';
import { countsOf, type Outcome } from '../../src/domain/call-result.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import { parseAgentId } from '../../src/domain/ids.ts';
import { textIn } from '../../src/domain/json-parts.ts';
import { textOf } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { addMs, formatInstant } from '../../src/domain/time.ts';
import type { AgentState } from '../../src/ports/counters.ts';
import { buildServer, listen } from '../../src/http/server.ts';
import { dice } from './dice.ts';
import { must } from './fake-operations.ts';
import { openWorld, otherCampaign, SOLAR, type World } from './sim-world.ts';

/** Area codes whose people may be called at that hour, and one whose may not yet. */
const OPEN = ['303', '720', '970', '719', '602', '505'];
const EARLY = '808';
const AGENTS = 12;
/** Calls of one campaign at a time: fewer than its agents, so that none is vetoed for want of a line. */
const AT_ONCE = 6;
const TALK_MS = 120;
const TICK_MS = 10;

export interface Sums {
  readonly liveAnswers: number;
  readonly drops: number;
  readonly results: number;
}

export interface BusyFloor {
  readonly world: World;
  readonly server: FastifyInstance;
  readonly port: number;
  readonly campaigns: readonly Campaign[];
  /** Streams this many results, a few at a time; vetoed requests come beside them. */
  stream(results: number): Promise<void>;
  /** What the ledger's results add up to. */
  sums(campaign: Campaign): Sums;
  /** Vetoes of the campaign in the ledger, by headline. */
  vetoes(campaign: Campaign): ReadonlyMap<string, number>;
  /** Messages that people heard. */
  messages(campaign: Campaign): number;
  close(): Promise<void>;
}

export async function openBusyFloor(seed = 7): Promise<BusyFloor> {
  const members = (name: string) =>
    Array.from({ length: AGENTS }, (_, n) => must(parseAgentId(`${name}-${n + 1}`)));
  const campaigns = [
    { ...SOLAR, agents: { ...SOLAR.agents, destination: DESK, members: members('solar') } },
    otherCampaign('windows', {
      seller: { ...SOLAR.seller, name: 'Clearview Windows' },
      offer: 'replacement windows',
      dropRateMaxBp: 250,
      agents: { ...SOLAR.agents, destination: DESK, members: members('windows') },
    }),
  ];
  const world = await openWorld({ campaigns, persons: 0 });
  const { operations } = world.running;
  const throwDie = dice(seed);
  let going = Promise.resolve();
  let lastAt = performance.now();
  const ticks = setInterval(() => {
    const now = performance.now();
    const passed = Math.round(now - lastAt);
    lastAt = now;
    going = going.then(() => world.clock.go(passed));
  }, TICK_MS);
  for (const code of OPEN) {
    for (let n = 0; n < 100; n += 1) await world.consent(numberOf(code, n));
  }
  for (const campaign of campaigns) {
    for (const [n, agent] of campaign.agents.members.entries()) {
      await operations.setAgentState(agent, stateOf(n), [campaign.id]);
    }
  }
  const server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0' });
  const port = Number(new URL(await listen(server, '127.0.0.1', 0)).port);
  const entriesOf = (kind: string, campaign: Campaign) =>
    world.ledger.store.entries.filter(
      (entry) => entry.kind === kind && entry.body['campaignId'] === campaign.id,
    );
  let calls = 0;

  function sums(campaign: Campaign): Sums {
    const counts = entriesOf('call_result', campaign).map((entry) =>
      countsOf(textOf(entry, 'outcome') as Outcome),
    );
    return {
      results: counts.length,
      liveAnswers: counts.reduce((sum, each) => sum + each.liveAnswers, 0),
      drops: counts.reduce((sum, each) => sum + each.drops, 0),
    };
  }

  /** The floor keeps well under its ceiling, in the first alert band. */
  const mayDrop = (campaign: Campaign): boolean => {
    const { drops, liveAnswers } = sums(campaign);
    return 10_000 * 100 * (drops + 1) <= 75 * campaign.dropRateMaxBp * (liveAnswers + 1);
  };

  /** One request; true when it became a call with a result. */
  async function one(campaign: Campaign): Promise<boolean> {
    calls += 1;
    const callId = `floor-${calls}`;
    const number = throwDie(12) === 0 ? strange(throwDie(3), throwDie(100)) : known(throwDie(600));
    const { decision } = await operations.screen({ ...world.input(number), callId, campaignId: campaign.id });
    if (decision.kind === 'veto') return false;
    await new Promise((resolve) => setTimeout(resolve, throwDie(TALK_MS)));
    const thrown = outcomeOf(throwDie(1_000));
    const outcome = thrown === 'dropped' && !mayDrop(campaign) ? 'hung_up' : thrown;
    if (outcome === 'dropped') {
      const heard = addMs(world.clock.now(), 60 + throwDie(300));
      await world.ledger.append({
        kind: 'call_progress',
        dedupeKey: callId,
        body: {
          callId,
          campaignId: campaign.id,
          number,
          timeline: {
            clock_started: formatInstant(world.clock.now()),
            message_started: formatInstant(heard),
          },
          sources: { clock_started: 'worked out', message_started: 'exchange' },
        },
      });
    }
    await operations.reportResult({
      callId,
      campaignId: campaign.id,
      outcome,
      hangupCause: null,
      sipStatus: null,
      source: 'http',
    });
    return true;
  }

  return {
    world,
    server,
    port,
    campaigns,
    async stream(results) {
      for (let done = 0; done < results;) {
        const length = Math.min(2 * AT_ONCE, results - done);
        const batch = Array.from({ length }, (_, n) => one(campaigns[n % 2]!));
        done += (await Promise.all(batch)).filter(Boolean).length;
      }
    },
    sums,
    vetoes(campaign) {
      const found = new Map<string, number>();
      for (const { body } of entriesOf('decision', campaign)) {
        if (body['verdict'] !== 'veto') continue;
        const code = textIn(body['headline']) ?? '';
        found.set(code, (found.get(code) ?? 0) + 1);
      }
      return found;
    },
    messages: (campaign) => entriesOf('call_progress', campaign).length,
    async close() {
      clearInterval(ticks);
      await going;
      await server.close();
      world.running.stop();
    },
  };
}

/** Agents who come and go at a word. */
const DESK = {
  kind: 'dialplan',
  context: 'house',
  extension: 'desk',
  priority: 1,
  capacity: AGENTS,
} as const;

/** Most are ready; some talk, and one rests. */
const stateOf = (n: number): AgentState => {
  if (n < AGENTS - 4) return 'ready';
  return n < AGENTS - 1 ? 'busy' : 'paused';
};

const numberOf = (code: string, n: number): PhoneNumber =>
  `+1${code}555${String(100 + n).padStart(4, '0')}` as PhoneNumber;
const known = (n: number): PhoneNumber => numberOf(OPEN[n % OPEN.length]!, Math.floor(n / OPEN.length));
/** Nobody who may be called: too early there, no consent there, no area code at all. */
const strange = (kind: number, n: number): PhoneNumber => numberOf([EARLY, '801', '211'][kind]!, n);

/** Of a thousand calls: about a third is answered by people. */
function outcomeOf(thrown: number): Outcome {
  if (thrown < 310) return 'connected';
  if (thrown < 330) return 'dropped';
  if (thrown < 340) return 'hung_up';
  if (thrown < 500) return 'machine';
  if (thrown < 900) return 'no_answer';
  return thrown < 960 ? 'busy' : 'failed';
}

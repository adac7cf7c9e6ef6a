/** A reload while calls are decided, placed and live: one ruling per decision, all of the new one or nothing of it. */
import { describe, expect, test } from 'vitest';
import { neverInForce, POLICY_KINDS } from '../../../src/control/policies-in-force.ts';
import type { Reloaded } from '../../../src/control/reload-ruling.ts';
import type { NewRuling } from '../../../src/control/ruling.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import type { AgentId, WriterId } from '../../../src/domain/ids.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import {
  alongside,
  openWorld,
  otherCampaign,
  outcomesOf,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';

const NUMBER = personNumber(1);
const OLD = '0'.repeat(64);
const NEW = 'b'.repeat(64);

/** As the world's first ruling, with what differs, under another hash. */
function ruling(world: World, differs: Partial<NewRuling> & { readonly hash?: string } = {}): NewRuling {
  const { policy, campaigns, prompts, lists, limits } = world.sidecar;
  const { hash = NEW, ...more } = differs;
  return { policy: { ...policy, hash }, campaigns, prompts, lists, limits, ...more };
}

const only = (...campaigns: readonly Campaign[]): NewRuling['campaigns'] =>
  new Map(campaigns.map((campaign) => [campaign.id, campaign]));

/** The next reload finds this. */
function offer(world: World, next: NewRuling): void {
  world.load = () =>
    Promise.resolve({
      ok: true,
      proposed: { ruling: next, drafts: [], standing: [], isCurrent: () => true, adopted: () => undefined },
    });
}

async function reloadTo(world: World, next: NewRuling): Promise<Reloaded> {
  offer(world, next);
  return alongside(world.clock, world.running.operations.reload('Ada'));
}

const codesOf = (decision: Decision): readonly string[] =>
  decision.kind === 'permit' ? ['permit'] : decision.reasons.map(({ code }) => code);

async function withAgents(count = 1): Promise<World> {
  const world = await openWorld();
  for (const name of ['ann', 'bob', 'cleo'].slice(0, count)) world.exchange.agentCallsIn(name);
  await world.clock.go(10);
  return world;
}

const screen = (world: World, number = NUMBER, callId: string | null = null) =>
  alongside(world.clock, world.running.operations.screen(world.input(number, { callId })));

/** Lists that wait to be told, so that a reload can come while they are asked. */
function slowLists(world: World) {
  const { lists: before } = world.sidecar;
  let release: () => void = () => undefined;
  let asked = 0;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const lists: NewRuling['lists'] = {
    ...before,
    lookUp: async (number, campaign) => {
      asked += 1;
      const facts = await before.lookUp(number, campaign);
      await gate;
      return { ...facts, consulted: facts.consulted.map((list) => ({ ...list, version: 'old' })) };
    },
  };
  return { lists, release: () => release(), asked: () => asked };
}

describe('INVARIANT (one-ruling-per-decision): a reload while facts are looked up', () => {
  const STRICTER: readonly (readonly [string, string, (world: World) => Partial<NewRuling>])[] = [
    [
      'takes the caller ID away',
      'caller_id_not_owned',
      () => ({
        campaigns: only({
          ...SOLAR,
          callerIds: [{ number: '+13035550177' as never, proofOfRight: 'x', takesDoNotCallRequests: true }],
        }),
      }),
    ],
    ['takes the campaign out', 'campaign_unknown', () => ({ campaigns: only(otherCampaign('other')) })],
    [
      'brings an unfit message',
      'prompt_missing',
      () => ({ prompts: { prompt: () => ({ fit: false, problem: 'it is silent' }) } }),
    ],
    [
      'allows fewer attempts than were made',
      'too_many_attempts',
      () => ({ campaigns: only({ ...SOLAR, attempts: { max: 1, perHours: 24 } }) }),
    ],
    [
      'lets it ring no longer than 17 seconds, which the permit does not say',
      'fact_unavailable',
      () => ({ campaigns: only({ ...SOLAR, ring: { atLeastSeconds: 15, atMostSeconds: 17 } }) }),
    ],
  ];

  test.each(STRICTER)(
    'that %s: the permit is the old one to the last fact, the call is not placed',
    async (_, code, differs) => {
      const world = await withAgents(2);
      await alongside(
        world.clock,
        world.running.operations.reportResult({
          callId: (await screen(world)).callId,
          campaignId: null,
          outcome: 'no_answer',
          hangupCause: null,
          sipStatus: null,
          source: 'http',
        }),
      );
      // Named by the dialer, so that they stay though the settings have them no more.
      for (const name of ['ann', 'bob']) {
        await world.running.operations.setAgentState(name as AgentId, 'ready', [SOLAR.id]);
      }
      const slow = slowLists(world);
      await reloadTo(world, ruling(world, { hash: OLD, lists: slow.lists }));
      const answering = world.running.operations.screen(world.input(NUMBER, { callId: 'between' }));
      await world.clock.go(1);
      expect(slow.asked()).toBe(1);
      await reloadTo(world, ruling(world, differs(world)));
      slow.release();
      const answer = await alongside(world.clock, answering);
      expect(codesOf(answer.decision)).toContain(code);
      expect(answer.policyHash).toBe(NEW);
      const entries = await world.ledger.read({ callId: 'between', limit: 10 });
      const recorded = entries.find(({ kind }) => kind === 'decision')?.body;
      expect(recorded).toMatchObject({ verdict: 'permit', policyHash: OLD });
      expect(JSON.stringify(recorded?.['facts'])).not.toContain('"version":"1"');
      expect(entries.find(({ kind }) => kind === 'call_result')?.body).toMatchObject({
        outcome: 'failed',
        placed: false,
        vetoPolicyHash: NEW,
      });
      expect((await world.tally()).inFlight).toBe(0);
    },
  );

  test('that counts attempts over a longer time: they are counted again', async () => {
    const world = await withAgents();
    const slow = slowLists(world);
    const hourly = only({ ...SOLAR, attempts: { max: 1, perHours: 1 } });
    await reloadTo(world, ruling(world, { hash: OLD, campaigns: hourly }));
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(61 * 60_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    await reloadTo(world, ruling(world, { hash: OLD, campaigns: hourly, lists: slow.lists }));
    const answering = world.running.operations.screen(world.input(NUMBER));
    await world.clock.go(1);
    const daily = only({ ...SOLAR, attempts: { max: 1, perHours: 24 } });
    await reloadTo(world, ruling(world, { campaigns: daily }));
    slow.release();
    expect(codesOf((await alongside(world.clock, answering)).decision)).toEqual(['too_many_attempts']);
  });

  test('that is no stricter: the old permit stands under the old hash', async () => {
    const world = await withAgents();
    const slow = slowLists(world);
    await reloadTo(world, ruling(world, { hash: OLD, lists: slow.lists }));
    const answering = world.running.operations.screen(world.input(NUMBER));
    await world.clock.go(1);
    await reloadTo(world, ruling(world));
    slow.release();
    expect(await alongside(world.clock, answering)).toMatchObject({
      policyHash: OLD,
      decision: { kind: 'permit' },
    });
    expect((await screen(world, personNumber(2))).policyHash).toBe(NEW);
  });

  test('a call id asked for again is answered with the policy of its first decision', async () => {
    const world = await withAgents();
    await screen(world, NUMBER, 'again');
    await reloadTo(world, ruling(world));
    expect(await screen(world, NUMBER, 'again')).toMatchObject({ repeated: true, policyHash: OLD });
  });
});

describe('a campaign that is taken out', () => {
  test('takes no new calls; its live call finds its agent and its messages, and is counted', async () => {
    const world = await withAgents();
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(100);
    const prompts: NewRuling['prompts'] = { prompt: () => ({ fit: false, problem: 'not configured' }) };
    const answer = await reloadTo(world, ruling(world, { campaigns: only(), prompts }));
    expect(answer).toMatchObject({ kind: 'reloaded', removed: [SOLAR.id], added: [], changed: [] });
    expect(codesOf((await screen(world, personNumber(2))).decision)).toContain('campaign_unknown');
    expect(await world.running.operations.campaigns()).toEqual([]);
    expect(await world.running.operations.sellerOf(SOLAR.id)).toBe(SOLAR.seller.id);
    await world.clock.go(60_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
    expect((await world.tally()).today).toEqual({ liveAnswers: 1, drops: 0 });
  });

  test('plays its own message to a person whom nobody can take', async () => {
    const world = await withAgents();
    const { callId } = await world.originate(NUMBER);
    await world.clock.go(100);
    const prompts: NewRuling['prompts'] = { prompt: () => ({ fit: false, problem: 'not configured' }) };
    await reloadTo(world, ruling(world, { campaigns: only(), prompts }));
    world.exchange.fault = (name) => (name === 'bridge' ? { kind: 'unavailable' } : { kind: 'none' });
    await world.clock.go(60_000);
    expect(world.exchange.lived.get(callId)).toMatchObject({ messagesHeard: 1 });
    expect(world.complaints.map(({ fields }) => fields['problem'])).not.toContain('not configured');
  });

  test('still lets a permit without a result run out of its lease, as a drop', async () => {
    const world = await withAgents();
    const { callId } = await screen(world);
    await reloadTo(world, ruling(world, { campaigns: only() }));
    await world.clock.go(200_000);
    expect(outcomesOf(world.results(callId))).toEqual(['expired']);
    expect(await world.tally()).toMatchObject({ inFlight: 0, today: { liveAnswers: 1, drops: 1 } });
  });
});

describe('a campaign that comes in', () => {
  const WIND = otherCampaign('wind', {
    agents: { ...SOLAR.agents, members: ['cleo'] as AgentId[] },
  });
  const SMALLER = { ...SOLAR, agents: { ...SOLAR.agents, members: ['ann', 'bob'] as AgentId[] } };

  test('has its counters before its first call, and no other campaign waits for them', async () => {
    const world = await withAgents(3);
    await reloadTo(world, ruling(world, { campaigns: only(SMALLER, WIND) }));
    const [wind, solar] = await Promise.all([world.tally(WIND), world.tally()]);
    expect([wind.rebuilt, solar.rebuilt]).toEqual([true, true]);
    expect((await world.running.operations.readiness()).problems).toEqual([]);
  });

  test('has the agents that the settings give it, and the other one has them no more', async () => {
    const world = await withAgents(3);
    expect((await world.tally()).agents.ready).toBe(3);
    await reloadTo(world, ruling(world, { campaigns: only(SMALLER, WIND) }));
    await world.clock.go(10);
    expect((await world.tally()).agents.ready).toBe(2);
    expect((await world.tally(WIND)).agents.ready).toBe(1);
    const { callId } = await world.originate(NUMBER, { campaignId: WIND.id });
    await world.clock.go(60_000);
    expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  });

  test('without a message that can be played is vetoed', async () => {
    const world = await withAgents(3);
    const prompts: NewRuling['prompts'] = {
      prompt: (id, kind) =>
        id === WIND.id ? { fit: false, problem: 'missing' } : world.sidecar.prompts.prompt(id, kind),
    };
    await reloadTo(world, ruling(world, { campaigns: only(SMALLER, WIND), prompts }));
    await world.clock.go(10);
    const { decision } = await world.originate(NUMBER, { campaignId: WIND.id });
    expect(codesOf(decision)).toEqual(['prompt_missing']);
  });
});

test('a reload while the last look asks: what came into force meanwhile binds the call too', async () => {
  const world = await withAgents();
  const { lists: before } = world.sidecar;
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let asked = 0;
  const lists: NewRuling['lists'] = {
    ...before,
    lookUp: async (number, campaign) => {
      asked += 1;
      if (asked === 2) await gate;
      return before.lookUp(number, campaign);
    },
  };
  await reloadTo(world, ruling(world, { hash: OLD, lists }));
  const answering = world.running.operations.screen(world.input(NUMBER, { callId: 'late' }));
  await world.clock.go(1);
  expect(asked).toBe(2);
  await reloadTo(world, ruling(world, { lists, campaigns: only(otherCampaign('other')) }));
  release();
  const answer = await alongside(world.clock, answering);
  expect(codesOf(answer.decision)).toContain('campaign_unknown');
  expect(answer.policyHash).toBe(NEW);
});

test('two zones in quick succession: the second is added up too', async () => {
  const world = await openWorld({ startAt: '2026-11-24T15:05:00Z' });
  const tokyo = { ...SOLAR, zone: 'Asia/Tokyo' };
  const { counters } = world.sidecar;
  const rebuild = counters.rebuild.bind(counters);
  const days: string[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  counters.rebuild = async (id, steps, at) => {
    days.push(world.running.operations.policyHash());
    if (days.length === 1) await gate;
    return rebuild(id, steps, at);
  };
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  await reloadTo(world, ruling(world, { campaigns: only(tokyo) }));
  await world.clock.go(3_000);
  expect(days).toEqual([NEW]);
  await reloadTo(world, ruling(world, { hash: 'c'.repeat(64) }));
  release();
  await world.clock.go(10);
  expect((await screen(world)).decision).toMatchObject({
    kind: 'veto',
    reasons: [{ code: 'fact_unavailable' }],
  });
  await world.clock.go(5_000);
  expect(days).toEqual([NEW, 'c'.repeat(64)]);
  expect(codesOf((await screen(world, personNumber(3))).decision)).toEqual(['permit']);
});

test('a list that got a newer version while the configuration was loaded: it is loaded once more', async () => {
  const world = await withAgents();
  let loads = 0;
  world.load = () => {
    loads += 1;
    const isCurrent = (): boolean => loads > 1;
    const proposed = { ruling: ruling(world), drafts: [], standing: [], isCurrent, adopted: () => undefined };
    return Promise.resolve({ ok: true, proposed });
  };
  expect(await alongside(world.clock, world.running.operations.reload('Ada'))).toMatchObject({
    kind: 'reloaded',
    to: NEW,
  });
  expect(loads).toBe(2);
});

test('a campaign that would call for another seller is refused: requests name the campaign', async () => {
  const world = await withAgents();
  const seller = { ...SOLAR.seller, id: 'moonlight' as never };
  const answer = await reloadTo(world, ruling(world, { campaigns: only({ ...SOLAR, seller }) }));
  expect(answer).toMatchObject({ kind: 'refused', policyHash: OLD });
  expect(answer.kind === 'refused' && answer.problems[0]).toMatch(/seller\.id `moonlight`: expected `/);
});

test('another zone of the day: nobody is called until the drops are added up again, by the new calendar', async () => {
  const world = await openWorld({ startAt: '2026-11-24T15:05:00Z' });
  const tokyo = { ...SOLAR, zone: 'Asia/Tokyo' };
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const { callId } = await world.originate(NUMBER);
  await world.clock.go(60_000);
  expect(outcomesOf(world.results(callId))).toEqual(['connected']);
  await reloadTo(world, ruling(world, { campaigns: only(tokyo) }));
  const { decision } = await screen(world, personNumber(2));
  expect(decision).toMatchObject({ kind: 'veto', reasons: [{ code: 'fact_unavailable' }] });
  await world.clock.go(3_000);
  // Shortly after midnight in Tokyo, and in Denver the day before.
  expect((await world.tally(tokyo)).today).toEqual({ liveAnswers: 1, drops: 0 });
  expect(codesOf((await screen(world, personNumber(3))).decision)).toEqual(['permit']);
});

test('another ceiling and mode: the dial level follows without a call', async () => {
  const world = await withAgents(2);
  await world.clock.go(1_000);
  await reloadTo(
    world,
    ruling(world, { campaigns: only({ ...SOLAR, mode: 'progressive', dropRateMaxBp: 100 }) }),
  );
  await world.clock.go(1_000);
  const [status] = await world.running.operations.campaigns();
  expect(status).toMatchObject({ campaign: { mode: 'progressive', dropRateMaxBp: 100 } });
  expect(world.running.operations.policyHash()).toBe(NEW);
});

describe('a reload that is refused', () => {
  const refusals = (world: World) =>
    world.ledger.store.entries.filter(({ kind }) => kind === 'reload_refused').map(({ body }) => body);

  test('lists every problem in answer, log and ledger, and the old ruling stays', async () => {
    const world = await withAgents();
    const problems = ['rules/federal.yaml: hours: is wrong', 'campaigns/solar.yaml: mode: is wrong'];
    world.load = () => Promise.resolve({ ok: false, problems });
    const answer = await alongside(world.clock, world.running.operations.reload('Ada'));
    expect(answer).toEqual({ kind: 'refused', policyHash: OLD, problems });
    await world.clock.go(1);
    expect(refusals(world)).toEqual([{ by: 'Ada', policyHash: OLD, problems }]);
    expect(world.complaints.map(({ fields }) => fields['problem'])).toEqual(expect.arrayContaining(problems));
    expect(await screen(world)).toMatchObject({ policyHash: OLD, decision: { kind: 'permit' } });
  });

  test('because it broke is a problem too, and the next one is heard', async () => {
    const world = await withAgents();
    world.load = () => Promise.reject(new Error('EMFILE'));
    const answer = await alongside(world.clock, world.running.operations.reload('Ada'));
    expect(answer).toMatchObject({ kind: 'refused', problems: [expect.stringContaining('EMFILE')] });
    expect(await reloadTo(world, ruling(world))).toMatchObject({ kind: 'reloaded', from: OLD, to: NEW });
  });

  test('while the sidecar drains', async () => {
    const world = await withAgents();
    void world.running.drain(0);
    expect(await reloadTo(world, ruling(world))).toMatchObject({ kind: 'refused', policyHash: OLD });
    expect(world.running.operations.policyHash()).toBe(OLD);
  });

  test.each(['policy_document', 'policy_reloaded'])('while the ledger does not take its %s', async (kind) => {
    const world = await withAgents();
    const append = world.ledger.append.bind(world.ledger);
    let away = true;
    Object.assign(world.sidecar.ledger, {
      append: (draft: Parameters<typeof append>[0]) =>
        away && (draft.kind === kind || draft.kind === 'reload_refused')
          ? Promise.reject(new LedgerUnavailable('gone'))
          : append(draft),
    });
    world.load = () =>
      Promise.resolve({
        ok: true,
        proposed: {
          ruling: ruling(world),
          drafts: [{ kind: 'policy_document', dedupeKey: NEW, body: { policyHash: NEW, document: {} } }],
          standing: [{ kind: 'policy_loaded', body: { policyHash: OLD, files: [] } }],
          isCurrent: () => true,
          adopted: () => expect.unreachable(),
        },
      });
    const answer = await alongside(world.clock, world.running.operations.reload('Ada'));
    expect(answer).toMatchObject({ kind: 'refused', policyHash: OLD, problems: ['ledger: gone'] });
    expect(await screen(world)).toMatchObject({ policyHash: OLD, decision: { kind: 'permit' } });
    away = false;
    await world.clock.go(5_000);
    expect(refusals(world)).toEqual([
      { by: 'Ada', policyHash: OLD, problems: ['ledger: gone'], proposed: NEW },
    ]);
    // The newest of its kind is again what decisions stand on, and the ledger tells which policy never did.
    const { entries } = world.ledger.store;
    expect(entries.findLast(({ kind: each }) => each === 'policy_loaded')?.body).toMatchObject({
      policyHash: OLD,
    });
    expect([...neverInForce(entries.filter(({ kind: each }) => POLICY_KINDS.includes(each)))]).toEqual([NEW]);
  });
});

test('the ledger has the policy before anybody stands on it, and the ruling comes last', async () => {
  const world = await withAgents();
  const next = ruling(world);
  const inForceAt: Record<string, string> = {};
  world.sidecar.ledger.subscribe(({ kind }) => (inForceAt[kind] ??= world.running.operations.policyHash()));
  world.load = () =>
    Promise.resolve({
      ok: true,
      proposed: {
        ruling: next,
        drafts: [{ kind: 'policy_document', dedupeKey: NEW, body: { policyHash: NEW, document: {} } }],
        standing: [{ kind: 'policy_loaded', body: { policyHash: OLD, files: [] } }],
        isCurrent: () => true,
        adopted: () => undefined,
      },
    });
  await alongside(world.clock, world.running.operations.reload('Ada'));
  await screen(world);
  expect(inForceAt).toMatchObject({ policy_document: OLD, decision: NEW });
  const kinds = world.ledger.store.entries.map(({ kind }) => kind);
  expect(kinds.indexOf('policy_document')).toBeLessThan(kinds.indexOf('policy_reloaded'));
  expect(kinds.indexOf('policy_reloaded')).toBeLessThan(kinds.indexOf('decision'));
});

test('two at once: one after the other, each on what the one before has put in force', async () => {
  const world = await withAgents();
  const steps: string[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const finding = (name: string, hash: string, wait: Promise<void>) => async () => {
    steps.push(`${name} loads`);
    await wait;
    const adopted = (): void => void steps.push(`${name} in force`);
    return {
      ok: true as const,
      proposed: { ruling: ruling(world, { hash }), drafts: [], standing: [], isCurrent: () => true, adopted },
    };
  };
  const loads = [finding('first', NEW, gate), finding('second', 'c'.repeat(64), Promise.resolve())];
  world.load = () => loads.shift()?.() ?? expect.unreachable();
  const { operations } = world.running;
  const both = Promise.all([operations.reload('Ada'), operations.reload('Bob')]);
  await world.clock.go(10);
  expect(steps).toEqual(['first loads']);
  release();
  expect(await alongside(world.clock, both)).toMatchObject([
    { from: OLD, to: NEW },
    { from: NEW, to: 'c'.repeat(64) },
  ]);
  expect(steps).toEqual(['first loads', 'first in force', 'second loads', 'second in force']);
});

describe('INVARIANT (one-policy-for-all): another sidecar has taken a policy', () => {
  /** Its entry, and the time to act on it. */
  async function otherTakes(world: World, hash: string, writer = 'other'): Promise<void> {
    const { clock } = world;
    const other = openMemoryLedger({ writer: writer as WriterId, clock, store: world.ledger.store });
    const change = { added: [], changed: [], removed: [] };
    await other.append({ kind: 'policy_reloaded', body: { by: 'Ada', from: OLD, to: hash, ...change } });
    await other.close();
    await clock.go(10);
  }
  const entriesOf = (world: World, kind: EntryKind) =>
    world.ledger.store.entries.filter((entry) => entry.kind === kind && entry.writer === world.ledger.writer);

  test('that the configuration says here too: it is taken, once, and stands in this chain too', async () => {
    const world = await withAgents();
    offer(world, ruling(world));
    await otherTakes(world, NEW);
    expect(world.running.operations.policyHash()).toBe(NEW);
    expect(await screen(world)).toMatchObject({ policyHash: NEW });
    await otherTakes(world, NEW, 'third');
    expect(entriesOf(world, 'policy_reloaded').map(({ body }) => body)).toMatchObject([
      { by: 'sidecar other', from: OLD, to: NEW },
    ]);
    expect(world.running.operations.reloadProblems()).toBeNull();
  });

  test('that the configuration does not say here: the old one stays, and it is said aloud', async () => {
    const world = await withAgents();
    const mine = 'c'.repeat(64);
    offer(world, ruling(world, { hash: mine }));
    await otherTakes(world, NEW);
    expect(world.running.operations.policyHash()).toBe(OLD);
    expect(await screen(world)).toMatchObject({ policyHash: OLD, decision: { kind: 'permit' } });
    const problems = [
      `the configuration here is policy \`${mine}\`; expected \`${NEW}\`, which sidecar other has in force`,
    ];
    expect(world.running.operations.reloadProblems()).toEqual(problems);
    expect(entriesOf(world, 'reload_refused').map(({ body }) => body)).toEqual([
      { by: 'sidecar other', policyHash: OLD, problems },
    ]);
    // Who asks here gets what stands here.
    expect(await reloadTo(world, ruling(world, { hash: mine }))).toMatchObject({
      kind: 'reloaded',
      to: mine,
    });
    expect(world.running.operations.reloadProblems()).toBeNull();
  });

  test('that cannot be loaded here: every problem is told, and the old one stays', async () => {
    const world = await withAgents();
    world.load = () => Promise.resolve({ ok: false, problems: ['rules/federal.yaml: hours: is wrong'] });
    await otherTakes(world, NEW);
    expect(world.running.operations.policyHash()).toBe(OLD);
    expect(world.running.operations.reloadProblems()).toEqual(['rules/federal.yaml: hours: is wrong']);
  });

  test('that several have taken at once: it is loaded once', async () => {
    const world = await withAgents();
    offer(world, ruling(world));
    let loads = 0;
    const { load } = world;
    world.load = () => {
      loads += 1;
      return load();
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => otherTakes(world, NEW, `other-${index}`)));
    await world.clock.go(100);
    expect(world.running.operations.policyHash()).toBe(NEW);
    expect(loads).toBe(1);
    expect(entriesOf(world, 'reload_refused')).toEqual([]);
  });

  test('before this one took a newer: that one stays, and nothing is wrong', async () => {
    const world = await withAgents();
    const mine = 'c'.repeat(64);
    offer(world, ruling(world, { hash: mine }));
    const { load } = world;
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    world.load = () => gate.then(load);
    const reloading = world.running.operations.reload('Ada');
    await otherTakes(world, NEW);
    goOn();
    expect(await alongside(world.clock, reloading)).toMatchObject({ kind: 'reloaded', to: mine });
    await world.clock.go(100);
    expect(world.running.operations.policyHash()).toBe(mine);
    expect(entriesOf(world, 'reload_refused')).toEqual([]);
    expect(world.running.operations.reloadProblems()).toBeNull();
  });

  test('while the ledger takes nothing from here: it is taken when the ledger is back', async () => {
    const world = await withAgents();
    offer(world, ruling(world));
    const append = world.ledger.append.bind(world.ledger);
    let away = true;
    Object.assign(world.sidecar.ledger, {
      append: (draft: Parameters<typeof append>[0]) =>
        away && draft.kind === 'policy_reloaded'
          ? Promise.reject(new LedgerUnavailable('gone'))
          : append(draft),
    });
    await otherTakes(world, NEW);
    expect(world.running.operations.policyHash()).toBe(OLD);
    expect(world.running.operations.reloadProblems()).toEqual(['ledger: gone']);
    away = false;
    await world.clock.go(10_000);
    expect(world.running.operations.policyHash()).toBe(NEW);
    expect(world.running.operations.reloadProblems()).toBeNull();
  });

  test('that could not be taken here, and then the old one again: nothing is wrong any more', async () => {
    const world = await withAgents();
    offer(world, ruling(world, { hash: 'c'.repeat(64) }));
    await otherTakes(world, NEW);
    expect(world.running.operations.reloadProblems()).not.toBeNull();
    await otherTakes(world, OLD);
    expect(world.running.operations.reloadProblems()).toBeNull();
    // What a person has asked for here, and did not get, is not settled by others.
    world.load = () => Promise.resolve({ ok: false, problems: ['mode: is wrong'] });
    await alongside(world.clock, world.running.operations.reload('Ada'));
    await otherTakes(world, OLD);
    expect(world.running.operations.reloadProblems()).toEqual(['mode: is wrong']);
  });

  test('while this one was starting: it is taken', async () => {
    const world = await withAgents();
    world.running.stop();
    await otherTakes(world, NEW);
    offer(world, ruling(world));
    world.restart();
    await world.clock.go(100);
    expect(world.running.operations.policyHash()).toBe(NEW);
  });

  test('while this one was starting, and its configuration says another: it is said aloud', async () => {
    const world = await withAgents();
    world.running.stop();
    const readAt = world.clock.now();
    await otherTakes(world, NEW);
    offer(world, ruling(world, { hash: OLD }));
    world.restart(readAt);
    await world.clock.go(100);
    expect(world.running.operations.reloadProblems()).toMatchObject([
      expect.stringContaining(`expected \`${NEW}\``),
    ]);
    expect(entriesOf(world, 'reload_refused')).toHaveLength(1);
  });

  test('before this one has read a newer configuration and started: nothing was refused', async () => {
    const world = await withAgents();
    offer(world, ruling(world, { hash: 'c'.repeat(64) }));
    await otherTakes(world, NEW);
    expect(world.running.operations.reloadProblems()).not.toBeNull();
    // What the next life starts with.
    offer(world, ruling(world, { hash: OLD }));
    world.restart();
    await world.clock.go(100);
    expect(world.running.operations.policyHash()).toBe(OLD);
    expect(world.running.operations.reloadProblems()).toBeNull();
    expect(entriesOf(world, 'reload_refused')).toHaveLength(1);
  });

  test('that could not be taken here, and then starts with what is in force here: nothing is wrong any more', async () => {
    const world = await withAgents();
    offer(world, ruling(world, { hash: 'c'.repeat(64) }));
    await otherTakes(world, NEW);
    const { clock, ledger } = world;
    const other = openMemoryLedger({ writer: 'other' as WriterId, clock, store: ledger.store });
    const says = async (...drafts: readonly (readonly [EntryKind, JsonObject])[]): Promise<void> => {
      for (const [kind, body] of drafts) await other.append({ kind, body });
      await world.clock.go(10);
    };
    // A reload that is refused at its last step has written this, and changes nothing.
    await says(['policy_loaded', { policyHash: OLD }]);
    expect(world.running.operations.reloadProblems()).not.toBeNull();
    await says(['writer_started', {}], ['policy_loaded', { policyHash: NEW }]);
    expect(world.running.operations.reloadProblems()).not.toBeNull();
    await says(['writer_started', {}], ['policy_loaded', { policyHash: OLD }]);
    expect(world.running.operations.reloadProblems()).toBeNull();
  });

  test('does not load anything for our own entry', async () => {
    const world = await withAgents();
    let loads = 0;
    const { load } = world;
    await reloadTo(world, ruling(world));
    world.load = () => {
      loads += 1;
      return load();
    };
    await world.clock.go(1_000);
    expect(loads).toBe(0);
  });
});

test.each<[string, readonly (readonly [EntryKind, JsonObject])[], readonly string[]]>([
  [
    'a start',
    [
      ['writer_started', {}],
      ['policy_loaded', { policyHash: 'a' }],
    ],
    [],
  ],
  [
    'a reload',
    [
      ['policy_loaded', { policyHash: 'b' }],
      ['policy_reloaded', { from: 'a', to: 'b' }],
    ],
    [],
  ],
  ['a refusal before anything was written', [['reload_refused', { policyHash: 'a' }]], []],
  [
    'one after the documents',
    [
      ['policy_loaded', { policyHash: 'b' }],
      ['reload_refused', { policyHash: 'a', proposed: 'b' }],
    ],
    ['b'],
  ],
  [
    'one after the entry of the reload',
    [
      ['policy_reloaded', { from: 'a', to: 'b' }],
      ['reload_refused', { policyHash: 'a', proposed: 'b' }],
    ],
    ['b'],
  ],
  ['one that proposed what is in force', [['reload_refused', { policyHash: 'a', proposed: 'a' }]], []],
  [
    'one that was taken at the second try',
    [
      ['reload_refused', { policyHash: 'a', proposed: 'b' }],
      ['policy_reloaded', { from: 'a', to: 'b' }],
    ],
    [],
  ],
  [
    'one that had been in force before',
    [
      ['policy_reloaded', { from: 'b', to: 'a' }],
      ['reload_refused', { policyHash: 'a', proposed: 'b' }],
    ],
    [],
  ],
])('policies that were never in force: %s', (_name, said, expected) => {
  const entries = said.map(([kind, body]) => ({ kind, body, writer: 'w' }) as unknown as LedgerEntry);
  expect([...neverInForce(entries)]).toEqual(expected);
});

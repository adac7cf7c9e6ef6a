/** The dossier of one number, made from the ledger of a simulated sidecar. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createAgentPool } from '../../../src/control/agents.ts';
import { buildDossier } from '../../../src/control/evidence/build-dossier.ts';
import type { Dossier } from '../../../src/control/evidence/dossier.ts';
import { DOSSIER_LIMITS, makeDossier } from '../../../src/control/evidence/make-dossier.ts';
import { callRecordings } from '../../../src/control/recordings/call-recordings.ts';
import { createFollower } from '../../../src/control/follow-call.ts';
import { planOf } from '../../../src/control/place-call.ts';
import { createScreens } from '../../../src/control/screen-pops.ts';
import { createWaitingOptOuts } from '../../../src/control/waiting-opt-outs.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../../src/domain/chain-link.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { instant } from '../../../src/domain/time.ts';
import { textIn } from '../../../src/domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { LedgerQuery } from '../../../src/ports/ledger.ts';
import { prunedLedger } from '../../support/pruned-ledger.ts';
import { monthLedger } from '../../support/month-ledger.ts';
import { NAMESAKE, openEvidenceWorld, PERSON, type EvidenceWorld } from '../../support/evidence-world.ts';
import { alongside, hashedFile, openWorld, personNumber, SOLAR } from '../../support/sim-world.ts';

let world: EvidenceWorld;
let dossier: Dossier;

beforeAll(async () => {
  world = await openEvidenceWorld();
  dossier = await world.dossier();
});

const callOf = (id: string) => dossier.calls.find((call) => call.call_id === id)!;
const values = (id: string) =>
  Object.fromEntries(Object.entries(callOf(id).record).map(([name, { value }]) => [name, value]));

describe('the sections', () => {
  test('a consent has every element, the exact words and their hash', () => {
    expect(dossier.consents).toHaveLength(1);
    expect(dossier.consents[0]).toMatchObject({
      elements: {
        number: PERSON,
        seller_id: 'sunrise',
        kind: 'written',
        disclosure_text: 'I agree to be called by an autodialer.',
        act: 'checked the box and pressed Send',
        signature: 'typed name',
        not_condition_of_purchase: true,
      },
      disclosure_sha256: sha256Hex('I agree to be called by an autodialer.'),
    });
  });

  test('an opt-out has its way, its instant and its call', () => {
    expect(dossier.revocations).toMatchObject([
      { kind: 'opt_out', seller_id: 'sunrise', channel: 'key_press', call_id: world.drop },
    ]);
    expect(dossier.revocations[0]?.at).toMatch(/^2026-11-24T18:/);
  });

  test('decisions come in order of time with reasons, lists and local times', () => {
    expect(dossier.decisions.map(({ verdict }) => verdict)).toEqual(['permit', 'permit', 'veto']);
    const veto = dossier.decisions[2]!;
    expect(veto.reasons[0]).toMatchObject({
      code: 'on_internal_list',
      basis: '47 CFR 64.1200(d); 16 CFR 310.4(b)(1)(iii)(A)',
    });
    expect(veto.policy_hash).toBe(world.sidecar.policy.hash);
    expect(veto.local_times).toMatchObject([
      { state: 'CO', zone: 'America/Denver', because: 'area_code', local: '2026-11-24T11:01:00-07:00' },
    ]);
    const national = veto.lists?.find(({ kind }) => kind === 'national');
    expect(national).toMatchObject({
      obtained_on: '2026-11-21',
      holds_number: false,
      sha256: 'a'.repeat(64),
    });
    expect(dossier.policies).toMatchObject([{ policy_hash: veto.policy_hash }]);
  });

  test('decisions of earlier versions, which carry their lists themselves, show the same', () => {
    const { entries } = world.ledger.store;
    const inline = entries.map((entry): LedgerEntry => {
      const facts = entry.body['facts'] as JsonObject | undefined;
      if (facts === undefined) return entry;
      const document = entries.find(({ kind }) => kind === 'lists_document')!;
      const lists = { known: true, value: { consulted: document.body['consulted']!, hits: [] } };
      return { ...entry, body: { ...entry.body, facts: { ...facts, lists } } };
    });
    const without = inline.filter(({ kind }) => kind !== 'lists_document');
    const head = { made_by: dossier.made_by, asked: dossier.asked, chains: dossier.proof.chains };
    expect(buildDossier(head, without).decisions).toEqual(dossier.decisions);
    expect(dossier.decisions[0]?.lists?.length).toBeGreaterThan(1);
  });

  test('lists that are not in the proof, or are not what the decision names, are said to be unknown', () => {
    const { entries } = world.ledger.store;
    const head = { made_by: dossier.made_by, asked: dossier.asked, chains: dossier.proof.chains };
    for (const candidates of [
      entries.filter(({ kind }) => kind !== 'lists_document'),
      entries.map((entry) =>
        entry.kind === 'lists_document' ? { ...entry, body: { ...entry.body, consulted: [] } } : entry,
      ),
    ]) {
      expect(buildDossier(head, candidates).decisions[0]).toMatchObject({
        lists: null,
        lists_unknown_because: expect.stringContaining('are not in the ledger') as string,
      });
    }
  });

  test('a talk has the fields of 16 CFR 310.5(a)(2)', () => {
    expect(values(world.talk)).toMatchObject({
      telemarketer: 'Example Calls Inc.',
      seller: 'Sunrise Solar',
      seller_id: 'sunrise',
      purpose: 'offer of solar-west',
      outbound: true,
      calling_number: '+13035550199',
      called_number: PERSON,
      started_at: '2026-11-24T18:00:00.020Z',
      duration_seconds: 6,
      proof_of_right: 'contract 12',
      disposition: 'connected',
      reported_by: 'ari',
      // The result stands from the moment the agent was connected, before anybody hung up.
      hangup_cause: null,
    });
    const paragraphs = Object.values(callOf(world.talk).record).map(({ paragraph }) => paragraph);
    expect([...new Set(paragraphs)]).toEqual([
      ...['(i)', '(ii)', '(iii)', '(iv)', '(v)', '(vi)', '(vii)', '(viii)', '(ix)', '(x)'],
    ]);
  });

  test('a drop says that a recorded message was played, and which', () => {
    const record = values(world.drop);
    expect(record).toMatchObject({ prerecorded_message: true, disposition: 'dropped' });
    expect(record['messages_played']).toMatchObject([
      { kind: 'safe_harbor', text: 'x', text_sha256: sha256Hex('x'), audio_sha256: 'x' },
    ]);
  });

  test('what cannot be known is null with the reason, and nothing else is', () => {
    for (const { record } of dossier.calls) {
      for (const [name, { value, unknown_because: because }] of Object.entries(record)) {
        expect(value === null, name).toBe(because !== null);
        if (because !== null) expect(because.length, name).toBeGreaterThan(10);
      }
    }
    expect(callOf(world.talk).record['consumer_or_business']?.value).toBeNull();
  });

  test('a recording has the gap after the announcement and a hash for each file', () => {
    expect(dossier.recordings).toMatchObject([{ call_id: world.talk }]);
    const [recording] = dossier.recordings;
    expect(recording?.gap_ms).toBeGreaterThanOrEqual(0);
    expect(recording?.files.map(({ file, sha256 }) => [file, sha256])).toEqual(
      ['mixed', 'called', 'agent'].map((track) => {
        const { file, sha256 } = hashedFile(`${world.talk}~${track}.wav`);
        return [file, sha256];
      }),
    );
  });

  test('the chains are checked from their first entry to the newest', () => {
    const last = world.ledger.store.entries.at(-1)!;
    expect(dossier.proof.chains).toMatchObject({
      sound: true,
      entries: last.id,
      writers: [{ writer: 'sim', entries: last.seq, head_hash: last.hash }],
    });
  });
});

describe('only this number', () => {
  test('a number with the same last digits has its own dossier', async () => {
    expect(JSON.stringify(dossier)).not.toContain(NAMESAKE);
    const other = await world.dossier(NAMESAKE);
    expect(other.decisions.map(({ call_id: id }) => id)).not.toContain(world.talk);
    expect(other.decisions).toHaveLength(1);
    expect(other.consents).toHaveLength(1);
    expect(other.revocations).toEqual([]);
    expect(JSON.stringify(other)).not.toContain(PERSON);
  });

  test('an opt-out that names a call of somebody else brings nothing of that call', async () => {
    const own = await openEvidenceWorld();
    const stranger = personNumber(2) as PhoneNumber;
    await own.running.operations.optOut({
      number: stranger,
      sellerId: own.sidecar.campaigns.values().next().value!.seller.id,
      channel: 'letter',
      callId: own.talk,
    });
    const found = await own.dossier(stranger);
    expect(found.revocations).toMatchObject([{ channel: 'letter', call_id: own.talk }]);
    expect([found.calls, found.recordings, found.decisions]).toEqual([[], [], []]);
    expect(JSON.stringify(found)).not.toContain(PERSON);
  });

  test('nothing on record is an answer', async () => {
    const found = await world.dossier(personNumber(77) as PhoneNumber);
    expect(found.statement).toMatch(/^nothing on record for \+13035550177 as of 2026-11-24T/);
    expect(found.proof.entries).toEqual([]);
    expect(found.proof.chains.sound).toBe(true);
  });
});

describe('the builder', () => {
  test('does not care in which order the entries of a call are given', () => {
    const head = { made_by: dossier.made_by, asked: dossier.asked, chains: dossier.proof.chains };
    const entries = world.ledger.store.entries;
    expect(buildDossier(head, [...entries].reverse())).toEqual(dossier);
    expect(buildDossier(head, [...entries, ...entries])).toEqual(dossier);
  });

  test('a campaign whose settings were changed later does not speak for an old call', async () => {
    const own = await openEvidenceWorld();
    await own.ledger.append({
      kind: 'campaign_loaded',
      body: {
        campaignId: 'solar-west',
        policyHash: own.sidecar.policy.hash,
        seller: { name: 'Somebody else' },
      },
    });
    const found = await own.dossier();
    expect(found.calls.map(({ record }) => record['seller']?.value)).toEqual([
      'Sunrise Solar',
      'Sunrise Solar',
    ]);
  });

  test('without an entry of the campaign its fields are unknown, not guessed', () => {
    const entries = world.ledger.store.entries.filter(({ kind }) => kind !== 'campaign_loaded');
    const head = { made_by: dossier.made_by, asked: dossier.asked, chains: dossier.proof.chains };
    const { record } = buildDossier(head, entries).calls[0]!;
    expect(record['purpose']).toMatchObject({
      value: null,
      unknown_because: 'no entry says what the campaign was under this policy hash',
    });
  });
});

describe('bounds', () => {
  const limits = { ...DOSSIER_LIMITS, page: 3, read: 2 };

  test('a long history comes in several documents; the acts are in each', async () => {
    const decided = new Set<string | null>();
    const settled = new Map<string, unknown>();
    let documents = 0;
    for (let after: number | null = 0; after !== null;) {
      const part: Dossier = await world.dossier(PERSON, after, limits);
      for (const each of part.decisions) decided.add(each.call_id);
      for (const each of part.calls) settled.set(each.call_id, each.record['disposition']?.value);
      expect([part.consents.length, part.revocations.length]).toEqual([1, 1]);
      after = part.asked.next_after;
      documents += 1;
    }
    expect(documents).toBeGreaterThan(1);
    expect(decided.size).toBe(3);
    expect([...settled.values()]).toEqual(['connected', 'dropped']);
  });

  test('a call is whole however often policies, campaigns and lists have been loaded since', async () => {
    const own = await openEvidenceWorld();
    const before = await own.dossier();
    const kinds = ['policy_loaded', 'campaign_loaded', 'list_loaded', 'lists_document'] as const;
    for (const kind of kinds) {
      for (let time = 0; time < 1_001; time += 1) {
        const body = {
          policyHash: `later-${time}`,
          campaignId: 'solar-west',
          name: 'national',
          version: `v${time}`,
        };
        await own.ledger.append({ kind, body: { ...body, listsHash: `later-${time}` } });
      }
    }
    const later = await own.dossier();
    expect(later.calls).toEqual(before.calls);
    expect(later.decisions).toEqual(before.decisions);
    expect(later.policies).toEqual(before.policies);
    expect(later.calls[0]?.record['seller']?.value).toBe('Sunrise Solar');
  });

  test('more consents and revocations than one document holds are said to be left out', async () => {
    const part = await world.dossier(PERSON, 0, { ...DOSSIER_LIMITS, acts: 1 });
    expect(part.asked.acts_left_out).toBe(true);
    expect(part.revocations).toHaveLength(1);
  });

  test('a ledger too long to be checked here is said to be unchecked', async () => {
    const { chains } = (await world.dossier(PERSON, 0, { ...DOSSIER_LIMITS, chain: 5 })).proof;
    expect([chains.sound, chains.unchecked_because]).toEqual([
      null,
      'the ledger has more than 5 entries; check an export with `ledger verify`',
    ]);
  });

  test('no read asks for more than its bound', async () => {
    const asked: number[] = [];
    await makeDossier(
      {
        turn: () => Promise.resolve(),
        entries(query) {
          asked.push(query.limit);
          return world.ledger.read(query);
        },
      },
      { number: PERSON, afterId: 0, asOf: world.clock.now() },
    );
    expect(Math.max(...asked)).toBeLessThanOrEqual(1_001);
    expect(asked.length).toBeLessThan(20);
  });
});

test('a call taken back after a restart has no invented start', async () => {
  const own = await openWorld();
  own.exchange.agentCallsIn('ann');
  await own.clock.go(10);
  const { callId } = await alongside(own.clock, own.running.operations.screen(own.input(PERSON)));
  const laterLife = createFollower(
    own.sidecar,
    createAgentPool(own.sidecar),
    createWaitingOptOuts(),
    callRecordings(own.sidecar, null),
    createScreens(own.sidecar),
  );
  const plan = planOf(SOLAR, [], { messageMs: 6_000, machineMessageMs: 0 });
  const { prompts } = own.sidecar;
  laterLife.begin({ callId, campaign: SOLAR, number: PERSON, plan, prompts }, { kind: 'ringing' });
  laterLife.tell(callId, { kind: 'ended', hangupCause: 16, sipStatus: null });
  await own.clock.go(10);
  const source = { turn: () => Promise.resolve(), entries: (query: LedgerQuery) => own.ledger.read(query) };
  const { calls } = await makeDossier(source, { number: PERSON, afterId: 0, asOf: own.clock.now() });
  expect(Object.keys(calls[0]?.timeline ?? {})).toContain('taken_back');
  for (const name of ['started_at', 'duration_seconds']) {
    expect(calls[0]?.record[name]).toEqual({
      paragraph: '(vii)',
      value: null,
      unknown_because: 'the sidecar was started anew during the call, which had been dialed before',
    });
  }
});

test('a broken chain is named', async () => {
  const own = await openEvidenceWorld();
  const { entries } = own.ledger.store;
  entries[4] = { ...entries[4]!, body: entries[4]!.body, hash: '0'.repeat(64) };
  const { chains } = (await own.dossier()).proof;
  expect(chains.sound).toBe(false);
  expect(chains.fault).toMatch(/^hash_differs at entry 5 \(writer sim, seq 5\)/);
});

test('the statement counts what is there', () => {
  expect(textIn(dossier.statement)).toMatch(
    /: 1 consents, 1 revocations, 3 decisions, 2 calls, 1 recordings$/,
  );
});

describe('a pruned ledger with more entries than a dossier checks', () => {
  let left: readonly LedgerEntry[];
  let whole: readonly LedgerEntry[];
  beforeAll(async () => {
    ({ left, whole } = prunedLedger(await monthLedger(), 82 * 100_000_000_000));
  });
  /** The pruning, which stands behind all others, is not read. */
  const chainsOf = async (entries: readonly LedgerEntry[], chain: number) => {
    const source = {
      entries: ({ kinds, afterId = 0, order, limit }: LedgerQuery) => {
        const found = entries.filter(({ id, kind }) => id > afterId && (kinds?.includes(kind) ?? true));
        return Promise.resolve((order === 'desc' ? found.reverse() : found).slice(0, limit));
      },
      turn: () => Promise.resolve(),
    };
    const asked = { number: PERSON, afterId: 0, asOf: instant(Date.parse('2033-01-05T00:00:00Z')) };
    return (await makeDossier(source, asked, { ...DOSSIER_LIMITS, chain })).proof.chains;
  };

  test.each([1, 2])('unchanged it is unchecked, with %i of its entries unread', async (unread) => {
    expect(await chainsOf(left, left.length - unread)).toMatchObject({ sound: null, fault: null });
    expect(await chainsOf(left, left.length)).toMatchObject({ sound: true, pruned: [{ month: '2026-11' }] });
  });

  test('an entry that is back is a fault, however much was not read', async () => {
    const gone = whole.find((entry) => !left.includes(entry))!;
    const entries = [...left, gone].sort((a, b) => a.id - b.id);
    const chains = await chainsOf(entries, entries.length - 1);
    expect([chains.sound, chains.fault]).toEqual([false, expect.stringContaining('pruned_differs')]);
  });

  test('one in the place of another too', async () => {
    const gone = whole.find((entry) => !left.includes(entry))!;
    const entries = [...left.slice(1), gone].sort((a, b) => a.id - b.id);
    const chains = await chainsOf(entries, entries.length - 1);
    expect([chains.sound, chains.fault]).toEqual([
      false,
      expect.stringContaining('not those that were left'),
    ]);
  });

  test('a month that is said to have ended before what stands before it too', async () => {
    const stray = nextLink(EMPTY_CHAIN, 'other' as WriterId, {
      kind: 'opt_out',
      bodyText: '{}',
      at: instant(1),
    });
    const entries = [entryOf(stray, 1), ...left];
    const chains = await chainsOf(entries, 2);
    expect([chains.sound, chains.fault]).toEqual([false, expect.stringContaining('without writer other')]);
  });
});

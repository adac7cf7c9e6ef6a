/** Records that a call stands on, from the operation over the ledger's projection to the decision. */
import { describe, expect, test } from 'vitest';
import { overrideDraft } from '../../../src/control/record-entries.ts';
import type { NewOverride } from '../../../src/control/record-override.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import type { SellerId } from '../../../src/domain/ids.ts';
import { textOf } from '../../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../../src/domain/origination.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, DAY_MS, type Instant, type LocalDate } from '../../../src/domain/time.ts';
import {
  alongside,
  openWorld,
  otherCampaign,
  personNumber,
  SOLAR,
  type World,
} from '../../support/sim-world.ts';
import { at } from '../../support/rules-world.ts';
import { writtenConsent } from '../../support/written-consent.ts';

const NUMBER = personNumber(0);
const of = { number: NUMBER as PhoneNumber, sellerId: SOLAR.seller.id };

const EXEMPTION = {
  overrideId: 'o1',
  what: 'registration' as const,
  sellerId: of.sellerId,
  state: 'CO',
  who: 'Jo',
  why: 'opinion of counsel',
};
const PURCHASE = {
  relationshipId: 'r1',
  kind: 'purchase' as const,
  occurredOn: '2026-11-01' as LocalDate,
  subject: 'roof panels',
  contractUntil: null,
  source: 'order 7',
};
const reassignedCheck = (world: World) => ({
  checkId: 'q1',
  queriedAt: world.clock.now(),
  since: '2026-06-01' as LocalDate,
  answer: 'yes' as const,
});

async function decided(world: World): Promise<readonly string[]> {
  const { decision } = await alongside(world.clock, world.running.operations.decide(world.input(NUMBER)));
  return decision.kind === 'veto'
    ? decision.reasons.map(({ code }) => code)
    : ['permit', ...decision.warnings.map(({ code }) => code)];
}

test('the sidecar hashes the text of a consent itself', async () => {
  const world = await openWorld({ persons: 1 });
  const [entry] = world.ledger.store.entries.filter(({ kind }) => kind === 'consent_recorded');
  if (entry === undefined) throw new Error('no consent was recorded');
  expect(entry.body['disclosureSha256']).toBe(sha256Hex(textOf(entry, 'disclosureText')));
});

test('a confirmation ends the waiting of a double opt-in', async () => {
  const campaign = { ...SOLAR, mode: 'preview' as const, consent: { ...SOLAR.consent, doubleOptIn: true } };
  const world = await openWorld({ persons: 1, campaigns: [campaign] });
  expect(await decided(world)).toContain('consent_pending');
  await world.running.operations.confirmConsent({ ...of, consentId: `consent-${NUMBER}`, channel: 'mail' });
  expect(await decided(world)).not.toContain('consent_pending');
});

test('an exemption holds until its end and shows in the decision', async () => {
  const campaign = otherCampaign('bare', { seller: { ...SOLAR.seller, registrations: [] } });
  const world = await openWorld({ persons: 1, campaigns: [campaign] });
  expect(await decided(world)).toContain('seller_not_registered');
  const until = addMs(world.clock.now(), DAY_MS);
  await world.running.operations.recordOverride({ ...EXEMPTION, until });
  expect(await decided(world)).not.toContain('seller_not_registered');
  await world.clock.go(1_000);
  const ended = { overrideId: 'o2', what: 'registration' as const, state: 'CO', who: 'Jo', why: 'was wrong' };
  await world.running.operations.recordOverride({
    ...ended,
    sellerId: of.sellerId,
    until: world.clock.now(),
  });
  expect(await decided(world)).toContain('seller_not_registered');
});

describe('an override', () => {
  const bare = async () => {
    const campaign = otherCampaign('bare', { seller: { ...SOLAR.seller, registrations: [] } });
    const world = await openWorld({ persons: 1, campaigns: [campaign] });
    const record = (change: Partial<NewOverride> = {}) =>
      world.running.operations.recordOverride({
        ...EXEMPTION,
        until: addMs(world.clock.now(), DAY_MS),
        ...change,
      });
    return { world, record };
  };

  test('ends under its own id, for the very next decision, and its first request sent again does not bring it back', async () => {
    const { world, record } = await bare();
    const until = addMs(world.clock.now(), DAY_MS);
    expect((await record({ until })).kind).toBe('written');
    expect(await decided(world)).not.toContain('seller_not_registered');
    expect((await record({ until: world.clock.now() })).kind).toBe('written');
    expect(await decided(world)).toContain('seller_not_registered');
    expect((await record({ until })).kind).toBe('duplicate');
    expect(await decided(world)).toContain('seller_not_registered');
  });

  test('ends again after a renewal, said with the same words; said once more it is the same entry', async () => {
    const { world, record } = await bare();
    const now = world.clock.now();
    await record({ until: addMs(now, DAY_MS) });
    const end = { until: now };
    expect((await record(end)).kind).toBe('written');
    await world.clock.go(1_000);
    expect((await record({ until: addMs(now, 2 * DAY_MS) })).kind).toBe('written');
    expect(await decided(world)).not.toContain('seller_not_registered');
    const second = await record(end);
    expect(second.kind).toBe('written');
    expect(await decided(world)).toContain('seller_not_registered');
    await world.clock.go(1_000);
    expect(await record(end)).toEqual({ kind: 'duplicate', entry: second.entry });
  });

  test('ended twice at once is ended with one entry', async () => {
    const { world, record } = await bare();
    await record();
    const end = { until: world.clock.now() };
    const kinds = (await Promise.all([record(end), record(end)])).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['duplicate', 'written']);
  });

  test('ends though the sidecar that ends it has the slower clock', async () => {
    const { world, record } = await bare();
    const ahead = addMs(world.clock.now(), 5_000);
    await world.ledger.append(
      overrideDraft({ ...EXEMPTION, recordedAt: ahead, until: addMs(ahead, DAY_MS) }),
    );
    await record({ until: world.clock.now() });
    await world.clock.go(10_000);
    expect(await decided(world)).toContain('seller_not_registered');
  });

  test.each<[string, Partial<NewOverride>, object]>([
    [
      'too long',
      { until: at('2028-01-01T00:00:00Z') },
      {
        field: 'until',
        value: '2028-01-01T00:00:00.000Z',
        expected: expect.stringContaining('within 366 days') as unknown,
      },
    ],
    ['in no place of the law', { state: 'ZZ' }, { field: 'state', value: 'ZZ' }],
    [
      'under the id of another',
      { state: 'UT' },
      {
        field: 'override_id',
        value: 'o1',
        expected: 'another id: this one stands for `registration` in CO',
      },
    ],
  ])('%s is refused', async (_name, change, problem) => {
    const { world, record } = await bare();
    await record();
    const before = world.ledger.store.entries.length;
    await expect(record(change)).rejects.toMatchObject({ name: 'InputProblem', ...problem });
    expect(world.ledger.store.entries).toHaveLength(before);
  });

  test('of exactly the longest time is taken', async () => {
    const { world, record } = await bare();
    expect((await record({ until: addMs(world.clock.now(), 366 * DAY_MS) })).kind).toBe('written');
    await expect(record({ until: addMs(world.clock.now(), 366 * DAY_MS + 1) })).rejects.toMatchObject({
      field: 'until',
    });
  });
});

test('a rest after a drop that the settings shorten is reserved by the override as the rule judges by it', async () => {
  const world = await openWorld({
    persons: 1,
    campaigns: [
      otherCampaign('solar', { loosened: { dropLockoutHours: 1, attempts: { max: 9, perHours: 1 } } }),
    ],
  });
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const screen = (callId: string) =>
    alongside(world.clock, world.running.operations.screen(world.input(NUMBER, { callId })));
  const { callId, decision } = await screen('c-1');
  expect(decision.kind).toBe('permit');
  await world.running.operations.reportResult({
    ...{ callId, campaignId: null, outcome: 'dropped', hangupCause: null, sipStatus: null, source: 'http' },
  });
  await world.clock.go(2 * 3_600_000);
  expect(await decided(world)).toContain('drop_lockout');
  const until = addMs(world.clock.now(), DAY_MS);
  await world.running.operations.recordOverride({ ...EXEMPTION, what: 'drop_lockout', until });
  const again = await screen('c-2');
  expect(again.decision).toMatchObject({
    kind: 'permit',
    warnings: expect.arrayContaining([expect.objectContaining({ code: 'override_applied' })]) as unknown,
  });
});

test('a relationship and an answer of the database reach the decision', async () => {
  const campaign = otherCampaign('customers', {
    consent: { mode: 'relationship', basis: 'customers', doubleOptIn: false, topicMatch: 'off', topic: null },
  });
  const world = await openWorld({ persons: 0, campaigns: [campaign] });
  expect(await decided(world)).toContain('relationship_missing');
  await world.running.operations.recordRelationship({ ...of, ...PURCHASE });
  expect(await decided(world)).not.toContain('relationship_missing');
  await world.running.operations.recordReassigned({ ...of, ...reassignedCheck(world) });
  expect(await decided(world)).toContain('reassigned');
});

test('a line type that another request of the same call id names is another call', async () => {
  const world = await openWorld({ persons: 1 });
  const lead = { ...NO_LEAD_FACTS, lineType: 'landline' as const };
  await world.originate(NUMBER, { callId: 'c1', lead });
  const again = await world.originate(NUMBER, { callId: 'c1' });
  expect(again.placement).not.toBe('placed');
});

test('of an address only state and ZIP are kept, and another one under the same call id is another call', async () => {
  const world = await openWorld({ persons: 1 });
  world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const input = world.input(NUMBER, { callId: 'addressed' });
  const { operations } = world.running;
  const asked = async (address: string) => {
    const lead = { ...NO_LEAD_FACTS, address };
    return alongside(world.clock, operations.screen({ ...input, lead }));
  };
  expect((await asked('17 Hidden Lane, Denver, CO 80202')).decision.kind).toBe('permit');
  const [entry] = await world.ledger.read({ kinds: ['decision'], limit: 1 });
  expect(entry?.body['request']).toMatchObject({
    lead: { address: { form: 'text', state: 'CO', zip: '80202' } },
  });
  expect(JSON.stringify(entry?.body)).not.toContain('Hidden');
  const again = await asked('17 Hidden Lane, Denver, CO 80202');
  expect(JSON.stringify(again.decision)).not.toContain('other data');
  const other = await asked('17 Hidden Lane, Denver, CO 80203');
  expect(JSON.stringify(other.decision)).toContain('other data');
});

test('a consent of tomorrow is refused: what the person takes back until then would not bind it', async () => {
  const world = await openWorld({ persons: 0 });
  const { operations } = world.running;
  const consentOf = (givenAt: Instant) =>
    operations.recordConsent(writtenConsent(of.number, of.sellerId, { consentId: `c-${givenAt}`, givenAt }));
  const soon = addMs(world.clock.now(), 1);
  await expect(consentOf(soon)).rejects.toMatchObject({
    ...{ name: 'InputProblem', field: 'given_at', expected: 'an instant that has passed' },
  });
  expect(await world.ledger.read({ kinds: ['consent_recorded'], limit: 1 })).toEqual([]);
  expect((await consentOf(world.clock.now())).kind).toBe('written');
});

test('an attestation confirmed tomorrow is refused: until then no true one would stand beside it', async () => {
  const world = await openWorld({ persons: 0 });
  const attest = (confirmedAt: Instant) =>
    world.running.operations.recordAttestation({
      ...{ callerId: of.number, level: 'A', way: 'declared', proof: 'letter' },
      ...{ confirmedAt, expiresAt: addMs(confirmedAt, DAY_MS) },
    });
  await expect(attest(addMs(world.clock.now(), 1))).rejects.toMatchObject({
    ...{ name: 'InputProblem', field: 'confirmed_at', expected: 'an instant that has passed' },
  });
  expect(await world.ledger.read({ kinds: ['attestation_recorded'], limit: 1 })).toEqual([]);
  expect((await attest(world.clock.now())).kind).toBe('written');
});

test('a request to a seller nobody knows is refused with those that are known, and nothing is written', async () => {
  const world = await openWorld({ persons: 1 });
  const before = world.ledger.store.entries.length;
  const misspelt = { number: of.number, sellerId: 'sollar' as SellerId, channel: 'mail' };
  const refusal = {
    name: 'InputProblem',
    ...{ field: 'seller', value: 'sollar', expected: `one of ${SOLAR.seller.id}` },
  };
  const { operations } = world.running;
  await expect(operations.optOut({ ...misspelt, callId: null })).rejects.toMatchObject(refusal);
  await expect(operations.revokeConsent(misspelt)).rejects.toMatchObject(refusal);
  const sellerId = misspelt.sellerId;
  await expect(operations.recordConsent(writtenConsent(of.number, sellerId))).rejects.toMatchObject(refusal);
  await expect(operations.confirmConsent({ ...misspelt, consentId: 'c-1' })).rejects.toMatchObject(refusal);
  const purchase = { ...of, sellerId, ...PURCHASE };
  await expect(operations.recordRelationship(purchase)).rejects.toMatchObject(refusal);
  const check = { ...of, sellerId, ...reassignedCheck(world) };
  await expect(operations.recordReassigned(check)).rejects.toMatchObject(refusal);
  const override = { ...EXEMPTION, sellerId, until: addMs(world.clock.now(), DAY_MS) };
  await expect(operations.recordOverride(override)).rejects.toMatchObject(refusal);
  expect(world.ledger.store.entries).toHaveLength(before);
  const known = { ...misspelt, sellerId: of.sellerId };
  expect((await operations.optOut({ ...known, callId: null })).kind).toBe('written');
  expect((await operations.revokeConsent(known)).kind).toBe('written');
});

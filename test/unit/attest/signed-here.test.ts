/** Calls that leave, held against what they were to be signed with: what is recorded, who is told, and what the next call hears. */
import { expect, test } from 'vitest';
import type { AttestationRecord } from '../../../src/domain/attestation.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { AgentId } from '../../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, HOUR_MS } from '../../../src/domain/time.ts';
import { ANSWERS, type Script } from '../../support/called-person.ts';
import { fakeSigning, type FakeSigning } from '../../support/fake-signing.ts';
import { openWorld, otherCampaign, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const [CALLER_ID = '' as PhoneNumber] = SOLAR.callerIds.map(({ number }) => number);

const demanding = (more: Partial<Campaign['attestation']> = {}): Campaign => ({
  ...SOLAR,
  mode: 'preview',
  attestation: { minimum: 'A', maxAgeHours: 24, ways: ['signed_here', 'seen_there', 'declared'], ...more },
});

interface Signed {
  readonly world: World;
  readonly signing: FakeSigning;
  /** Places the next call and lets its INVITE be seen; the reasons of its veto, or the end of its placing. */
  readonly call: (...identities: readonly string[]) => Promise<readonly string[]>;
  readonly recorded: () => readonly string[];
  readonly alarms: () => readonly Readonly<Record<string, unknown>>[];
}

/** Each call is over before the next one. */
const BUSY: Script = { ...ANSWERS, refuses: { hangupCause: 17, sipStatus: 486 } };

async function open(campaign: Campaign, declared: 'A' | null = 'A', script: Script = BUSY): Promise<Signed> {
  const signing = fakeSigning(CALLER_ID);
  const world = await openWorld({
    campaigns: [campaign],
    signedHere: signing,
    persons: 9,
    script: () => script,
  });
  world.exchange.connect();
  for (const agent of campaign.agents.members) world.exchange.agentCallsIn(agent satisfies AgentId);
  await world.clock.go(3_000);
  if (declared !== null) await declare(world, declared);
  let persons = 0;
  return {
    world,
    signing,
    async call(...identities) {
      await world.clock.go(3_000);
      const { decision, callId } = await world.originate(personNumber((persons += 1)));
      if (decision.kind === 'veto') return decision.reasons.map(({ code }) => code);
      signing.sends(`sip-${callId}`, identities);
      await world.clock.go(20);
      return ['placed'];
    },
    recorded: () =>
      world.ledger.store.entries
        .filter(({ kind, body }) => kind === 'attestation_recorded' && body['way'] === 'signed_here')
        .map((entry) => `${textOf(entry, 'before') || '-'} ${textOf(entry, 'level')}`),
    alarms: () =>
      world.ledger.store.entries.filter(({ kind }) => kind === 'attestation_alarm').map(({ body }) => body),
  };
}

const instantIn = (entry: LedgerEntry | undefined, member: string): number =>
  entry === undefined ? Number.NaN : Date.parse(textOf(entry, member));

async function declare(
  { running, clock }: Pick<World, 'running' | 'clock'>,
  level: AttestationRecord['level'],
): Promise<void> {
  await running.operations.recordAttestation({
    ...{ callerId: CALLER_ID, level, way: 'declared', proof: 'letter' },
    confirmedAt: clock.now(),
    expiresAt: addMs(clock.now(), 48 * HOUR_MS),
  });
}

test('nothing is known and A is demanded: the strict veto stands until somebody confirms', async () => {
  const { world, call } = await open(demanding(), null);
  expect(await call('A')).toEqual(['attestation_unconfirmed']);
  await declare(world, 'A');
  expect(await call('A')).toEqual(['placed']);
});

test('a call that leaves with A confirms the caller ID on its trunk, with the proof', async () => {
  const { world, call, recorded, alarms, signing } = await open(demanding());
  await call('A');
  expect(recorded()).toEqual(['- A']);
  const [entry] = world.ledger.store.entries.filter(({ body }) => body['way'] === 'signed_here');
  expect(entry?.body).toMatchObject({ callerId: CALLER_ID, trunk: 'carrier', level: 'A' });
  expect(entry?.body['proof']).toMatch(/INVITE sip-call-\d+ .*origin-1, certificate abab/);
  expect(instantIn(entry, 'expiresAt') - instantIn(entry, 'confirmedAt')).toBe(24 * HOUR_MS);
  expect(signing.verified[0]).toMatchObject({ callerId: CALLER_ID, calledNumber: '13035550101' });
  await call('A');
  expect(recorded()).toEqual(['- A']);
  expect(alarms()).toEqual([]);
});

test('the record is made anew before it is too old to be believed', async () => {
  const { world, call, recorded } = await open(demanding({ maxAgeHours: 10 }));
  await call('A');
  await world.clock.go(61 * 60_000);
  await call('A');
  expect(recorded()).toEqual(['- A', 'A A']);
});

test('a call that leaves with B lowers the record at once: the next one is vetoed, and everybody is told', async () => {
  const { world, call, recorded, alarms, signing } = await open(demanding());
  await call('A');
  signing.configured = 'A';
  expect(await call('B')).toEqual(['placed']);
  expect(recorded()).toEqual(['- A', 'A B']);
  expect(alarms()).toMatchObject([
    {
      callerId: CALLER_ID,
      trunk: 'carrier',
      level: 'B',
      before: 'A',
      demanded: 'A',
      configured: 'A',
      ended: false,
    },
  ]);
  expect(alarms()[0]?.['problem']).toBe(
    'the campaign demands A; the call before left with A; the exchange is set to sign with A (tn: attest_level)',
  );
  expect(world.complaints.some(({ message }) => message.includes('less attestation'))).toBe(true);
  expect(await call('A')).toEqual(['attestation_below_minimum']);
  // The older statement does not help, a later one does.
  await world.clock.go(1_000);
  await declare(world, 'A');
  expect(await call('A')).toEqual(['placed']);
  // And the next fall is held against it again.
  await world.clock.go(1_000);
  expect(await call('B')).toEqual(['placed']);
  expect(await call('A')).toEqual(['attestation_below_minimum']);
});

test('the ledger is away: whoever can do something about a fall is told at once, and it is recorded when the ledger is back', async () => {
  const { world, call, recorded, signing } = await open(demanding());
  await call('A');
  await world.clock.go(3_000);
  const { decision, callId } = await world.originate(personNumber(8));
  expect(decision.kind).toBe('permit');
  world.ledger.store.down = true;
  signing.sends(`sip-${callId}`, ['B']);
  await world.clock.go(20);
  expect(recorded()).toEqual(['- A']);
  expect(world.complaints.some(({ message }) => message.includes('less attestation'))).toBe(true);
  world.ledger.store.down = false;
  await world.clock.go(5_000);
  expect(recorded()).toEqual(['- A', 'A B']);
});

test.each([
  ['without a signature', [], 'missing_identity'],
  ['with one that does not hold', ['bad_signature'], 'bad_signature'],
  ['signed for another number', ['A for 13035550100'], 'signed for 13035550100'],
])('a call that leaves %s is unconfirmed', async (_, identities, problem) => {
  const { call, recorded, alarms } = await open(demanding());
  expect(await call(...identities)).toEqual(['placed']);
  expect(recorded()).toEqual(['- none']);
  expect(alarms()[0]?.['problem']).toContain(problem);
  expect(await call('A')).toEqual(['attestation_unconfirmed']);
});

test('a certificate that could not be had proves nothing, neither for nor against', async () => {
  const { world, call, recorded, alarms } = await open(demanding());
  await call('certificate_unavailable');
  expect(recorded()).toEqual([]);
  expect(alarms()).toEqual([]);
  await call('certificate_unavailable');
  expect(world.running.operations.signedHere()).toMatchObject({ judged: 2, unjudged: 2 });
  // Told once, not with every call.
  expect(world.complaints.filter(({ message }) => message.includes('could not be confirmed'))).toHaveLength(
    1,
  );
});

test('with `end_call` a call below the demand is ended before anybody answers, else it goes on', async () => {
  for (const onLower of ['end_call', 'record'] as const) {
    const { world, call, alarms } = await open(demanding({ onLower }));
    await call('C');
    expect(alarms()).toMatchObject([{ level: 'C', ended: onLower === 'end_call' }]);
    const callId = String(alarms()[0]?.['callId']);
    expect(world.exchange.isThere(callId)).toBe(onLower !== 'end_call');
  }
});

test('whoever has answered is not left with a dead line', async () => {
  const { world, signing, alarms } = await open(demanding({ onLower: 'end_call' }), 'A', ANSWERS);
  const { callId } = await world.originate(personNumber(1));
  await world.clock.go(ANSWERS.ringMs + 100);
  signing.sends(`sip-${callId}`, ['C']);
  await world.clock.go(20);
  expect(alarms()).toMatchObject([{ level: 'C', ended: false }]);
  expect(world.exchange.isThere(callId)).toBe(true);
});

test("nothing demanded: a trunk that never signs is nobody's alarm, a level that fell is, and the next decision warns", async () => {
  const { world, call, recorded, alarms } = await open(demanding({ minimum: 'none' }), null);
  await call();
  expect([recorded(), alarms()]).toEqual([[], []]);
  await call('A');
  await world.clock.go(1_000);
  expect(await call('B')).toEqual(['placed']);
  expect(recorded()).toEqual(['- A', 'A B']);
  expect(alarms()).toMatchObject([{ level: 'B', before: 'A', demanded: 'none' }]);
  const { decision } = await world.originate(personNumber(8));
  expect(decision.kind).toBe('permit');
  expect(decision.warnings.filter(({ rule }) => rule === 'caller_id')).toMatchObject([
    { code: 'attestation_not_full', detail: { level: 'B', level_before: 'A', trunk: 'carrier' } },
  ]);
});

test('a carrier behind the trunk signs: what leaves unsigned here is as it should be', async () => {
  const { world, call, signing, recorded, alarms } = await open(demanding());
  Object.assign(signing, { configured: 'none', trunkSigns: false });
  expect(await call()).toEqual(['placed']);
  expect([recorded(), alarms()]).toEqual([[], []]);
  // But once a call has been seen signed here, one that is not has fallen.
  expect(await call('A')).toEqual(['placed']);
  expect(await call()).toEqual(['placed']);
  expect(recorded()).toEqual(['- A', 'A none']);
  expect(alarms()).toMatchObject([{ level: 'none', before: 'A' }]);
  await world.clock.go(1_000);
  expect(await call('A')).toEqual(['attestation_unconfirmed']);
});

test('a signature that does not hold is held against the caller ID also where nobody is set to sign', async () => {
  const { call, signing, recorded } = await open(demanding());
  Object.assign(signing, { configured: 'none', trunkSigns: false });
  await call('certificate_expired');
  expect(recorded()).toEqual(['- none']);
  expect(await call('A')).toEqual(['attestation_unconfirmed']);
});

test('nothing demanded, but the exchange is set to sign: a number in the wrong format is told', async () => {
  const { call, signing, recorded, alarms } = await open(demanding({ minimum: 'none' }), null);
  signing.configured = 'A';
  await call();
  expect(recorded()).toEqual(['- none']);
  expect(alarms()).toMatchObject([{ level: 'none', configured: 'A', demanded: 'none' }]);
});

test('the exchange cannot be asked: a campaign that counts on its signature is strict', async () => {
  const { call, recorded } = await open(demanding({ ways: ['declared'] }));
  await call();
  expect(recorded()).toEqual([]);
  const strict = await open(demanding());
  await strict.call();
  expect(strict.recorded()).toEqual(['- none']);
});

test('the INVITE may come before the channel is told, twice, or never', async () => {
  const { world, signing, recorded } = await open(demanding());
  signing.sends('sip-early', ['A']);
  signing.sends('sip-early', ['B']);
  const { callId } = await world.originate(personNumber(1), { callId: 'early' });
  expect(callId).toBe('early');
  await world.clock.go(20);
  expect(recorded()).toEqual(['- A']);
  await world.originate(personNumber(2));
  await world.clock.go(7_000);
  expect(world.running.operations.signedHere()).toMatchObject({ judged: 1, unseen: 1 });
  expect(world.complaints.some(({ message }) => message.includes('HEP'))).toBe(true);
});

test('a call of somebody else on the trunk speaks for its caller ID too, in whatever format', async () => {
  const { world, signing, recorded, alarms } = await open(demanding());
  world.exchange.tells({ kind: 'leg_dialed', channelId: 'theirs', trunk: 'carrier', sipCallId: 'x' });
  signing.sends('x', [], { fromUser: CALLER_ID.slice(2) });
  await world.clock.go(20);
  expect(recorded()).toEqual(['- none']);
  expect(alarms()).toMatchObject([
    { callId: 'theirs', campaignId: null, demanded: 'A', callerId: CALLER_ID },
  ]);
});

test('a call that is handed on with the number of its caller leaves no record: nobody here calls with it', async () => {
  const { world, signing, recorded, alarms } = await open(demanding());
  signing.configured = 'A';
  for (let caller = 0; caller < 20; caller += 1) {
    const sipCallId = `handed-on-${caller}`;
    world.exchange.tells({ kind: 'leg_dialed', channelId: sipCallId, trunk: 'carrier', sipCallId });
    signing.sends(sipCallId, [], { fromUser: `+1720555${String(100 + caller).padStart(4, '0')}` });
  }
  await world.clock.go(20);
  expect([recorded(), alarms()]).toEqual([[], []]);
  expect(await world.running.operations.attestations()).toHaveLength(1);
});

test('another life knows what the one before has seen', async () => {
  const { world, call, recorded } = await open(demanding());
  await call('A');
  world.restart();
  await world.clock.go(3_000);
  await call('B');
  expect(recorded()).toEqual(['- A', 'A B']);
});

test('what fell on one trunk is not held against another', async () => {
  const west = otherCampaign('west', {
    ...demanding(),
    id: 'west' as Campaign['id'],
    endpoint: 'PJSIP/{number}@west',
  });
  const signing = fakeSigning(CALLER_ID);
  const world = await openWorld({ campaigns: [demanding(), west], signedHere: signing });
  world.exchange.connect();
  await world.clock.go(3_000);
  await declare(world, 'A');
  world.exchange.tells({ kind: 'leg_dialed', channelId: 'theirs', trunk: 'carrier', sipCallId: 'x' });
  signing.sends('x', ['B']);
  await world.clock.go(20);
  const found = await world.running.operations.attestations();
  expect(
    found.map(({ trunk, record, demands }) => [trunk, record?.level, demands.map(({ answer }) => answer)]),
  ).toEqual([
    ['carrier', 'B', ['attestation_below_minimum']],
    ['west', 'A', ['met']],
  ]);
});

test('the certificate cannot be had, but the call claims less than is demanded: nobody will see more', async () => {
  const { world, call, recorded, alarms } = await open(demanding());
  expect(await call('A')).toEqual(['placed']);
  expect(await call('certificate_unavailable claims A')).toEqual(['placed']);
  expect([recorded(), alarms()]).toEqual([['- A'], []]);
  expect(await call('certificate_unavailable claims B')).toEqual(['placed']);
  expect(recorded()).toEqual(['- A', 'A none']);
  expect(alarms()).toMatchObject([{ level: 'none', demanded: 'A' }]);
  expect(alarms()[0]?.['problem']).toContain('claims B');
  await world.clock.go(1_000);
  expect(await call('A')).toEqual(['attestation_unconfirmed']);
});

test('a claim that nobody has verified confirms no lower demand either', async () => {
  const { call, recorded } = await open(demanding({ minimum: 'B', ways: ['declared'] }));
  await call('certificate_unavailable claims B');
  await call('certificate_unavailable claims C');
  expect(recorded()).toEqual(['- none']);
});

test('a clock that is set back: what has fallen since stands, also when the old time comes again', async () => {
  const { world, signing, call, recorded } = await open(demanding());
  await call('A');
  world.clock.jump(-HOUR_MS);
  // The caller ID is vetoed now, confirmed as it is tomorrow; but others go on to call with it.
  world.exchange.tells({ kind: 'leg_dialed', channelId: 'theirs', trunk: 'carrier', sipCallId: 'x' });
  signing.sends('x', []);
  await world.clock.go(1_000);
  expect(recorded()).toEqual(['- A', 'A none']);
  await world.clock.go(HOUR_MS + 10_000);
  expect(await call('A')).toEqual(['attestation_unconfirmed']);
});

test('two calls that leave within one millisecond, one signed and one not: the lower stands', async () => {
  for (const order of [
    ['A', 'B'],
    ['B', 'A'],
  ]) {
    const { world, signing, call } = await open(demanding());
    for (const level of order) {
      world.exchange.tells({ kind: 'leg_dialed', channelId: level, trunk: 'carrier', sipCallId: level });
      signing.sends(level, [level]);
    }
    await world.clock.go(20);
    expect(await call('A')).toEqual(['attestation_below_minimum']);
  }
});

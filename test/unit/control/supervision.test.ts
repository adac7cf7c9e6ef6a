/** Supervisors at talks: who is let in, what is in the ledger before and after, and that nobody listens on unseen. */
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { CallId, SupervisorId } from '../../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../../src/domain/ledger-entry.ts';
import type { SupervisionMode } from '../../../src/domain/supervision.ts';
import type { Supervised } from '../../../src/control/supervise-talks.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { ANSWERS } from '../../support/called-person.ts';
import { alongside, openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const KIM = 'kim' as SupervisorId;
/** A person in Colorado, one-party; and one in Pennsylvania, where all must consent. */
const COLORADO = personNumber(1);
const PENNSYLVANIA = '+12155550113';

const RECORDED: Campaign = {
  ...SOLAR,
  recording: { ...SOLAR.recording, enabled: true },
  supervisors: [KIM],
};

interface Talking {
  readonly world: World;
  readonly callId: CallId;
  readonly agentChannel: string;
  readonly supervisorChannel: string;
}

async function talking(
  campaign: Campaign = RECORDED,
  number = COLORADO,
  until: 'connected' | 'disclosed' = 'disclosed',
): Promise<Talking> {
  const world = await openWorld({
    campaigns: [campaign],
    script: () => ({ ...ANSWERS, talkMs: 60_000 }),
  });
  const agentChannel = world.exchange.agentCallsIn('ann');
  const supervisorChannel = world.exchange.supervisorCallsIn(KIM);
  await world.clock.go(10);
  await world.consent(number);
  const { callId, decision } = await world.originate(number);
  expect(decision).toMatchObject({ kind: 'permit' });
  for (let passed = 0; world.exchange.lived.get(callId)?.connectedAt === null; passed += 10) {
    if (passed > 20_000) throw new Error('never connected');
    await world.clock.go(10);
  }
  await world.clock.go(until === 'disclosed' ? 2_000 : 20);
  return { world, callId, agentChannel, supervisorChannel };
}

const ask = (
  { world, callId }: Pick<Talking, 'world' | 'callId'>,
  mode: SupervisionMode,
  supervisorId = KIM,
): Promise<Supervised> =>
  alongside(
    world.clock,
    world.running.operations.supervise({ callId, supervisorId, mode, who: 'floor manager' }),
  );

const entriesOf = (world: World): readonly LedgerEntry[] =>
  world.ledger.store.entries.filter(({ kind }) => kind.startsWith('supervision_'));
const said = (world: World): readonly string[] =>
  entriesOf(world).map((entry) =>
    [entry.kind.replace('supervision_', ''), textOf(entry, 'mode'), textOf(entry, 'because')]
      .join(' ')
      .trim(),
  );

describe('a supervisor at a talk', () => {
  test('listens beside the person, whispers beside the agent, joins the bridge; each is an entry of its own', async () => {
    const talk = await talking();
    const { world, callId, agentChannel, supervisorChannel } = talk;
    expect(await ask(talk, 'listen')).toMatchObject({ kind: 'on' });
    expect(world.exchange.listenersOf(callId)).toEqual([supervisorChannel, agentChannel]);
    expect(await ask(talk, 'whisper')).toMatchObject({ kind: 'on' });
    expect(world.exchange.listenersOf(callId)).toEqual([agentChannel]);
    expect(world.exchange.listenersOf(agentChannel)).toContain(supervisorChannel);
    expect(await ask(talk, 'barge')).toMatchObject({ kind: 'on' });
    expect(world.exchange.listenersOf(callId)).toEqual([agentChannel, supervisorChannel]);
    await alongside(world.clock, world.running.operations.release(KIM, 'floor manager'));
    expect(world.exchange.listenersOf(callId)).toEqual([agentChannel]);
    await world.clock.go(100);
    expect(said(world)).toEqual([
      'started listen',
      'ended listen changed',
      'started whisper',
      'ended whisper changed',
      'started barge',
      'ended barge asked',
    ]);
    expect(entriesOf(world)[0]?.body).toMatchObject({
      callId,
      campaignId: RECORDED.id,
      number: COLORADO,
      agentId: 'ann',
      supervisorId: KIM,
      who: 'floor manager',
    });
  });

  test('is not let in before the disclosure has been heard where one is due, and is after it', async () => {
    const talk = await talking(RECORDED, PENNSYLVANIA, 'connected');
    expect(await ask(talk, 'listen')).toEqual({ kind: 'refused', because: 'disclosure_not_heard' });
    expect(entriesOf(talk.world)).toEqual([]);
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
    await talk.world.clock.go(2_000);
    expect(await ask(talk, 'listen')).toMatchObject({ kind: 'on' });
  });

  test.each([
    ['the campaign does not name', { ...RECORDED, supervisors: [] }, KIM, 'not_a_supervisor'],
    ['of a campaign without disclosures', { ...SOLAR, supervisors: [KIM] }, KIM, 'no_disclosure'],
    ['who has not come in', RECORDED, 'lee' as SupervisorId, 'supervisor_absent'],
  ])('%s is refused, and nothing is set', async (_who, campaign, supervisorId, because) => {
    const talk = await talking(campaign);
    expect(await ask(talk, 'listen', supervisorId)).toEqual({ kind: 'refused', because });
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
    expect(entriesOf(talk.world)).toEqual([]);
  });

  test('is refused at a call that is not a talk', async () => {
    const talk = await talking();
    expect(await ask({ ...talk, callId: 'call-999' as CallId }, 'listen')).toEqual({
      kind: 'refused',
      because: 'not_talking',
    });
    await alongside(talk.world.clock, talk.world.exchange.hangUp(talk.callId));
    await talk.world.clock.go(100);
    expect(await ask(talk, 'listen')).toEqual({ kind: 'refused', because: 'not_talking' });
  });

  test('is not let in while the ledger is away', async () => {
    const talk = await talking();
    talk.world.ledger.store.down = true;
    await expect(ask(talk, 'listen')).rejects.toBeInstanceOf(LedgerUnavailable);
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
    talk.world.ledger.store.down = false;
    expect(await ask(talk, 'listen')).toMatchObject({ kind: 'on' });
  });

  test('whom the exchange cannot let in is told so, and the entry has its end', async () => {
    const talk = await talking();
    talk.world.exchange.fault = (name) => ({ kind: name === 'overhear' ? 'unavailable' : 'none' });
    expect(await ask(talk, 'listen')).toEqual({ kind: 'refused', because: 'exchange_failed' });
    await talk.world.clock.go(100);
    expect(said(talk.world)).toEqual(['started listen', 'ended listen exchange_failed']);
  });

  test('who was let in though the answer was lost is taken out', async () => {
    const talk = await talking();
    talk.world.exchange.fault = (name) => ({ kind: name === 'overhear' ? 'answer_lost' : 'none' });
    expect(await ask(talk, 'listen')).toMatchObject({ kind: 'refused' });
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
  });

  test('who cannot be taken out is hung up', async () => {
    const talk = await talking();
    await ask(talk, 'barge');
    talk.world.exchange.fault = (name) => ({ kind: name === 'leaveBridge' ? 'unavailable' : 'none' });
    await alongside(talk.world.clock, talk.world.running.operations.release(KIM, 'x'));
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
  });
});

describe('a supervision ends', () => {
  test.each(['listen', 'whisper', 'barge'] as const)('with the call (%s)', async (mode) => {
    const talk = await talking();
    await ask(talk, mode);
    await alongside(talk.world.clock, talk.world.exchange.hangUp(talk.callId));
    await talk.world.clock.go(1_000);
    expect(said(talk.world)).toEqual([`started ${mode}`, `ended ${mode} call_ended`]);
    expect(talk.world.exchange.listenersOf(talk.agentChannel)).toEqual([]);
    expect(talk.world.running.operations.supervisors()).toEqual([{ supervisorId: KIM, at: null }]);
  });

  test('when the supervisor hangs up; person and agent talk on', async () => {
    const talk = await talking();
    await ask(talk, 'barge');
    talk.world.exchange.agentHangsUp(talk.supervisorChannel);
    await talk.world.clock.go(1_000);
    expect(said(talk.world)).toEqual(['started barge', 'ended barge supervisor_left']);
    expect(talk.world.running.operations.supervisors()).toEqual([]);
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
  });

  test('when the connection was lost: nobody listens on unseen', async () => {
    const talk = await talking();
    await ask(talk, 'listen');
    talk.world.exchange.disconnect();
    await talk.world.clock.go(500);
    talk.world.exchange.connect();
    await talk.world.clock.go(1_000);
    expect(said(talk.world)).toEqual(['started listen', 'ended listen connection_lost']);
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
  });

  test('and is recorded when the ledger is back', async () => {
    const talk = await talking();
    await ask(talk, 'listen');
    talk.world.ledger.store.down = true;
    await alongside(talk.world.clock, talk.world.running.operations.release(KIM, 'x'));
    await talk.world.clock.go(3_000);
    expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
    talk.world.ledger.store.down = false;
    await talk.world.clock.go(10_000);
    expect(said(talk.world)).toEqual(['started listen', 'ended listen asked']);
  });
});

test('two requests for one supervisor are done one after the other', async () => {
  const talk = await talking();
  const { operations } = talk.world.running;
  const request = { callId: talk.callId, supervisorId: KIM, who: 'x' };
  await alongside(
    talk.world.clock,
    Promise.all([
      operations.supervise({ ...request, mode: 'listen' }),
      operations.supervise({ ...request, mode: 'whisper' }),
    ]),
  );
  await talk.world.clock.go(100);
  expect(said(talk.world)).toEqual(['started listen', 'ended listen changed', 'started whisper']);
  expect(talk.world.exchange.listenersOf(talk.callId)).toEqual([talk.agentChannel]);
});

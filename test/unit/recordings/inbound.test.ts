/** Calls that people place to us: what is due, and that what cannot be told or kept is not recorded. */
import { describe, expect, test } from 'vitest';
import { agiScripts } from '../../../src/control/agi-scripts.ts';
import type {
  InboundCall,
  InboundCalls,
  InboundTerms,
} from '../../../src/control/recordings/inbound-calls.ts';
import { InputProblem } from '../../../src/control/input-problem.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import { addMs } from '../../../src/domain/time.ts';
import type { AgiAnswer, AgiRequest } from '../../../src/ports/agi-scripts.ts';
import { fakeDoor } from '../../support/agi-operations.ts';
import { openWorld, personNumber, SOLAR, type World } from '../../support/sim-world.ts';

const RECORDED: InboundTerms = {
  kind: 'recorded',
  callId: 'call-1' as CallId,
  disclosureMedia: 'sound:breakwater/helpline/disclosure',
  files: ['call-1~mixed.wav', 'call-1~called.wav', 'call-1~agent.wav'],
  beepSeconds: 0,
};

const request = (script: string, parameters: Readonly<Record<string, string>>): AgiRequest => ({
  script,
  parameters: new Map(Object.entries(parameters)),
  positional: [],
  channel: new Map([
    ['uniqueid', '1795398380.17'],
    ['callerid', '2155550134'],
  ]),
});

async function answerOf(asked: AgiRequest, inbound: Partial<InboundCalls>): Promise<AgiAnswer> {
  const door = { ...fakeDoor(), inbound: { ...fakeDoor().inbound, ...inbound } };
  return agiScripts(door).get(asked.script)!.answer(asked);
}

const variables = ({ variables: set }: AgiAnswer): Record<string, string> => Object.fromEntries(set);

describe('inbound', () => {
  test('tells the dialplan what to play and where to record, the file last', async () => {
    const asked: InboundCall[] = [];
    const answer = await answerOf(request('inbound', { campaign: 'helpline', number: '+12155550134' }), {
      begin: (call) => {
        asked.push(call);
        return Promise.resolve(RECORDED);
      },
    });
    expect(asked).toEqual([
      { callId: '1795398380.17', campaignId: 'helpline', callerNumber: '+12155550134' },
    ]);
    expect(variables(answer)).toEqual({
      BREAKWATER_INBOUND_CALL: 'call-1',
      BREAKWATER_INBOUND_MESSAGE: 'breakwater/helpline/disclosure',
      BREAKWATER_INBOUND_OPTIONS: 'br(call-1~called.wav)t(call-1~agent.wav)',
      BREAKWATER_INBOUND_FILE: 'call-1~mixed.wav',
    });
    expect(answer.variables.at(-1)?.[0]).toBe('BREAKWATER_INBOUND_FILE');
  });

  test('asks for a beep where the campaign has one, and for no message where none is due', async () => {
    const terms: InboundTerms = { ...RECORDED, disclosureMedia: null, beepSeconds: 15 };
    const answer = await answerOf(request('inbound', { campaign: 'helpline' }), {
      begin: () => Promise.resolve(terms),
    });
    expect(variables(answer)).toMatchObject({
      BREAKWATER_INBOUND_MESSAGE: '',
      BREAKWATER_INBOUND_OPTIONS: 'br(call-1~called.wav)t(call-1~agent.wav)B(15)',
    });
  });

  test.each<[string, Partial<InboundCalls>]>([
    ['it is not to be recorded', { begin: () => Promise.resolve({ kind: 'unrecorded', why: 'no number' }) }],
    [
      'the campaign is unknown',
      { begin: () => Promise.reject(new InputProblem('campaign', 'x', 'the id of a campaign')) },
    ],
  ])('no file when %s, and the console says why', async (_, inbound) => {
    const answer = await answerOf(request('inbound', { campaign: 'x' }), inbound);
    expect(variables(answer)).toEqual({ BREAKWATER_INBOUND_FILE: '' });
    expect(answer.message).toMatch(/no number|the id of a campaign/);
  });

  test('no file when the answer is late or has failed', () => {
    const script = agiScripts(fakeDoor()).get('inbound')!;
    for (const why of ['late', 'failed'] as const) {
      expect(script.fallback(request('inbound', {}), why)).toEqual([['BREAKWATER_INBOUND_FILE', '']]);
    }
  });
});

describe('inbound-over', () => {
  test('hands on when it began and when the disclosure was over', async () => {
    const ends: unknown[] = [];
    const end: InboundCalls['end'] = (over) => {
      ends.push(over);
      return Promise.resolve('stored');
    };
    const asked = { call: 'call-1', started: '1795398380010', disclosed: '1795398380000' };
    expect(variables(await answerOf(request('inbound-over', asked), { end }))).toEqual({
      BREAKWATER_INBOUND_RESULT: 'stored',
    });
    await answerOf(request('inbound-over', { ...asked, disclosed: '' }), { end });
    expect(ends).toEqual([
      { callId: 'call-1', startedAt: 1_795_398_380_010, disclosedAt: 1_795_398_380_000 },
      { callId: 'call-1', startedAt: 1_795_398_380_010, disclosedAt: null },
    ]);
  });

  test('names a start that is no instant', async () => {
    const answer = await answerOf(request('inbound-over', { call: 'call-1', started: 'now' }), {});
    expect(answer.message).toBe('started `now`: expected milliseconds since 1970');
  });
});

describe('what is due', () => {
  const RECORDS = { ...SOLAR, recording: { ...SOLAR.recording, enabled: true, disclosure: 'law' as const } };
  const begin = (world: World, call: Partial<InboundCall>) =>
    world.running.operations.inbound.begin({
      callId: 'in-1',
      campaignId: SOLAR.id,
      callerNumber: '2155550134',
      ...call,
    });

  test('a caller from an all-party state hears the disclosure, and the call is in the ledger before', async () => {
    const world = await openWorld({ campaigns: [RECORDS] });
    expect(await begin(world, {})).toMatchObject({
      kind: 'recorded',
      disclosureMedia: 'sound:breakwater/x',
      files: ['in-1~mixed.wav', 'in-1~called.wav', 'in-1~agent.wav'],
    });
    const [opening] = await world.ledger.read({ callId: 'in-1', limit: 10 });
    expect(opening).toMatchObject({
      kind: 'inbound_call',
      body: { number: '+12155550134', sellerId: SOLAR.seller.id },
    });
    expect(opening?.body['disclosureBasis']).toMatch(/Pa/i);
    world.running.stop();
  });

  test('what is told at the end is stored once, with the gap behind the disclosure, and counts for nothing', async () => {
    const world = await openWorld({ campaigns: [RECORDS] });
    await begin(world, {});
    const now = world.clock.now();
    const over = { callId: 'in-1', startedAt: addMs(now, 12), disclosedAt: now };
    expect(await world.running.operations.inbound.end(over)).toBe('stored');
    expect(await world.running.operations.inbound.end(over)).toBe('stored');
    const kinds = (await world.ledger.read({ callId: 'in-1', limit: 10 })).map(({ kind }) => kind);
    expect(kinds).toEqual(['inbound_call', 'recording_stored', 'recording_hashed']);
    const [, stored] = await world.ledger.read({ callId: 'in-1', limit: 10 });
    expect(stored?.body).toMatchObject({ gapMs: 12, beepSeconds: RECORDS.recording.beepSeconds });
    expect(await world.tally()).toMatchObject({ today: { liveAnswers: 0, drops: 0 }, inFlight: 0 });
    world.running.stop();
  });

  test.each<[string, Partial<InboundCall>, RegExp]>([
    ['a caller who withholds the number', { callerNumber: '' }, /no number/],
    ['a caller whose number is none', { callerNumber: 'anonymous' }, /no number/],
  ])('%s is not recorded', async (_, call, why) => {
    const world = await openWorld({ campaigns: [RECORDS] });
    const terms = await begin(world, call);
    expect(terms).toEqual({ kind: 'unrecorded', why: expect.stringMatching(why) as string });
    expect(await world.ledger.read({ callId: 'in-1', limit: 10 })).toEqual([]);
    world.running.stop();
  });

  test('a campaign that records nothing records no caller', async () => {
    const world = await openWorld({ campaigns: [SOLAR] });
    expect(await begin(world, {})).toMatchObject({ kind: 'unrecorded' });
    world.running.stop();
  });

  test('the end of a call that never began is unknown', async () => {
    const world = await openWorld({ campaigns: [RECORDS] });
    const end = { callId: 'in-9', startedAt: world.clock.now(), disclosedAt: null };
    expect(await world.running.operations.inbound.end(end)).toBe('unknown');
    world.running.stop();
  });

  test.each<[Partial<InboundCall>, string]>([
    [{ campaignId: 'nobody' }, 'campaign `nobody`: expected the id of a campaign in the settings'],
    [{ callId: 'a~b' }, 'call `a~b`: expected a call id'],
  ])('%j is told', async (call, problem) => {
    const world = await openWorld({ campaigns: [RECORDS] });
    await expect(begin(world, call)).rejects.toThrow(problem);
    world.running.stop();
  });

  test('the id of a call that we placed is not taken for one that came in', async () => {
    const world = await openWorld({ campaigns: [RECORDS], persons: 1 });
    const placed = await world.originate(personNumber(0));
    await expect(begin(world, { callId: placed.callId })).rejects.toThrow('a call id of no other call');
    world.running.stop();
  });
});

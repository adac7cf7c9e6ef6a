/**
 * One suite for both exchanges: the one of the simulation, and a real Asterisk with people who answer. What holds here the
 * simulation may rely on. Times are compared only with bounds nobody can miss, what people hear is compared elsewhere.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CallId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import {
  AGENT_STATE_VARIABLE,
  BRIDGED,
  BRIDGED_WITHIN_VARIABLE,
  type FallbackRecord,
  type LiveChannel,
  TelephonyRefused,
  TelephonyUnavailable,
  type TelephonyEvent,
} from '../../src/ports/telephony.ts';
import { exchangeSources, type ExchangeWorld, MESSAGE, MISSING_SOUND, PEOPLE } from '../support/exchanges.ts';

const DEAD_MAN = 'TIMEOUT(absolute)';
const HARBOR = 'BREAKWATER_HARBOR';
const CALLER_ID = '+13035550100' as PhoneNumber;

type PersonName = keyof typeof PEOPLE;

interface CallOptions {
  readonly callId?: CallId;
  readonly endpoint?: string;
  readonly ringAtMostSeconds?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

for (const source of exchangeSources()) {
  describe.skipIf(source.missing !== undefined)(`telephone exchange: ${source.name}`, () => {
    let world: ExchangeWorld;
    let calls = 0;
    const agents: { hangUp(): Promise<void> }[] = [];
    beforeAll(async () => {
      world = await source.open();
    });
    afterAll(() => world.close());
    afterEach(async () => {
      for (const agent of agents.splice(0)) await agent.hangUp();
      for (const { channelId } of await world.telephony.channels()) await world.telephony.hangUp(channelId);
      await untilAsync('an empty exchange', async () => (await world.telephony.channels()).length === 0);
      for (const record of await world.telephony.fallbackRecords())
        await world.telephony.clearFallbackRecord(record);
    });

    const untilAsync = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      for (let tries = 0; !(await holds()); tries += 1) {
        if (tries > 200) throw new Error(`still not so: ${what}`);
        await world.pass(50);
      }
    };
    const newCallId = (): CallId => `conformance-${(calls += 1)}` as CallId;

    async function originate(
      person: PersonName,
      options: CallOptions = {},
    ): Promise<{ callId: CallId; answer: 'placed' | 'duplicate' }> {
      const callId = options.callId ?? newCallId();
      const answer = await world.telephony.originate({
        callId,
        endpoint: options.endpoint ?? `PJSIP/${PEOPLE[person].number}@carrier`,
        callerId: CALLER_ID,
        ringAtMostSeconds: options.ringAtMostSeconds ?? 10,
        variables: {
          BREAKWATER_CALL_ID: callId,
          BREAKWATER_SILENCE_MS: '500',
          BREAKWATER_TALK_THRESHOLD: '256',
          BREAKWATER_MESSAGE: MESSAGE.replace(/^sound:/, ''),
          BREAKWATER_OPT_OUT_DIGIT: '9',
          ...options.variables,
        },
      });
      return { callId, answer };
    }

    /** A call in our hands, with the dead-man switch off or as given. */
    async function inOurHands(person: PersonName, seconds = '0'): Promise<CallId> {
      const { callId } = await originate(person);
      await toldOf(callId, 'entered');
      await world.telephony.setVariables(callId, { [DEAD_MAN]: seconds });
      return callId;
    }

    const ofCall = (callId: string): readonly TelephonyEvent[] =>
      world.told.filter((event) => 'callId' in event && event.callId === callId);
    const ofPlayback = (playbackId: string): readonly TelephonyEvent[] =>
      world.told.filter((event) => 'playbackId' in event && event.playbackId === playbackId);
    const ofBridge = (bridgeId: string): readonly TelephonyEvent[] =>
      world.told.filter((event) => 'bridgeId' in event && event.bridgeId === bridgeId);

    /** What was told, in order; the exchange may repeat itself. */
    const kindsOf = (events: readonly TelephonyEvent[]): readonly string[] =>
      events.map(({ kind }) => kind).filter((kind, at, all) => kind !== all[at - 1]);

    const toldOf = (callId: string, kind: TelephonyEvent['kind']): Promise<void> =>
      world.until(`${kind} of ${callId}`, () => ofCall(callId).some((event) => event.kind === kind));
    const finished = (playbackId: string): Promise<void> =>
      world.until(`end of ${playbackId}`, () =>
        ofPlayback(playbackId).some(({ kind }) => kind === 'playback_finished'),
      );
    /** The place of an event among all that were told. */
    const placeOf = (fields: Readonly<Record<string, string | boolean>>): number =>
      world.told.findIndex((event) =>
        Object.entries(fields).every(
          ([name, value]) => (event as Readonly<Record<string, unknown>>)[name] === value,
        ),
      );

    const channel = async (channelId: string): Promise<LiveChannel | undefined> =>
      (await world.telephony.channels()).find((each) => each.channelId === channelId);

    async function recordsOf(callId: string, count: number): Promise<readonly FallbackRecord[]> {
      let found: readonly FallbackRecord[] = [];
      await untilAsync(`${count} records of ${callId}`, async () => {
        found = (await world.telephony.fallbackRecords()).filter((record) => record.callId === callId);
        return found.length >= count;
      });
      return found;
    }

    async function agentIn(agentId: string): Promise<{ channelId: string; hangUp(): Promise<void> }> {
      const from = world.told.length;
      const agent = await world.agentCallsIn(agentId);
      agents.push(agent);
      const arrival = (): TelephonyEvent | undefined =>
        world.told.slice(from).find((event) => event.kind === 'agent_arrived' && event.agentId === agentId);
      await world.until(`agent ${agentId}`, () => arrival() !== undefined);
      const event = arrival();
      if (event?.kind !== 'agent_arrived') throw new Error('no agent');
      expect(event.paused).toBe(false);
      return { channelId: event.channelId, hangUp: () => agent.hangUp() };
    }

    describe('a third person at a talk', () => {
      async function supervisorIn(supervisorId: string): Promise<string> {
        const from = world.told.length;
        agents.push(await world.supervisorCallsIn(supervisorId));
        const arrival = (): TelephonyEvent | undefined =>
          world.told
            .slice(from)
            .find((event) => event.kind === 'supervisor_arrived' && event.supervisorId === supervisorId);
        await world.until(`supervisor ${supervisorId}`, () => arrival() !== undefined);
        const event = arrival();
        if (event?.kind !== 'supervisor_arrived') throw new Error('no supervisor');
        return event.channelId;
      }
      const thirdEars = async (): Promise<readonly string[]> =>
        (await world.telephony.channels())
          .map(({ channelId }) => channelId)
          .filter((channelId) => channelId.includes('-third-'));
      /** The exchange may still be ending the bridge before, so an id is used once. */
      const newBridge = (): string => `supervision-${newCallId()}`;

      test.each([false, true])('has an ear until it is taken away (speaks: %s)', async (speaks) => {
        const callId = await inOurHands('silent');
        const listenerChannelId = await supervisorIn('kim');
        const bridgeId = newBridge();
        await world.telephony.overhear(bridgeId, { listenerChannelId, channelId: callId, speaks });
        expect(await thirdEars()).toHaveLength(1);
        await world.telephony.stopOverhearing(bridgeId);
        // The listener is still ours, and hears again at once.
        const next = newBridge();
        await world.telephony.overhear(next, { listenerChannelId, channelId: callId, speaks });
        await untilAsync('one third ear', async () => (await thirdEars()).length === 1);
        await world.telephony.stopOverhearing(next);
        await untilAsync('no third ear', async () => (await thirdEars()).length === 0);
        await world.telephony.stopOverhearing(next);
      });

      test('its ear ends with the call, the listener stays', async () => {
        const callId = await inOurHands('silent');
        const listenerChannelId = await supervisorIn('kim');
        const bridgeId = newBridge();
        await world.telephony.overhear(bridgeId, { listenerChannelId, channelId: callId, speaks: false });
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        await untilAsync('no third ear', async () => (await thirdEars()).length === 0);
        await world.telephony.stopOverhearing(bridgeId);
        expect((await world.telephony.channels()).map(({ channelId }) => channelId)).toEqual([
          listenerChannelId,
        ]);
      });

      test('is refused where a channel is missing, and what was begun can be taken down', async () => {
        const callId = await inOurHands('silent');
        const listenerChannelId = await supervisorIn('kim');
        for (const what of [
          { listenerChannelId, channelId: 'nobody', speaks: false },
          { listenerChannelId: 'nobody', channelId: callId, speaks: false },
        ]) {
          const bridgeId = newBridge();
          await expect(world.telephony.overhear(bridgeId, what)).rejects.toBeInstanceOf(TelephonyRefused);
          await world.telephony.stopOverhearing(bridgeId);
          await untilAsync('no third ear', async () => (await thirdEars()).length === 0);
        }
      });

      test('an agent is announced again when asked for, anybody else is not', async () => {
        const callId = await inOurHands('silent');
        const agent = await agentIn('1001');
        const from = world.told.length;
        expect(await world.telephony.announceStaff(agent.channelId)).toBe(true);
        await world.until('announced', () =>
          world.told
            .slice(from)
            .some((event) => event.kind === 'agent_arrived' && event.channelId === agent.channelId),
        );
        expect(await world.telephony.announceStaff(callId)).toBe(false);
        expect(await world.telephony.announceStaff('nobody')).toBe(false);
      });

      test('joins a bridge and leaves it, and the others stay in it', async () => {
        const callId = await inOurHands('silent');
        const agent = await agentIn('1001');
        const supervisor = await supervisorIn('kim');
        const bridgeId = `call-${callId}`;
        await world.telephony.setVariables(callId, { [DEAD_MAN]: '0' });
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        await world.telephony.joinBridge(bridgeId, supervisor);
        await world.telephony.leaveBridge(bridgeId, supervisor);
        await world.telephony.leaveBridge(bridgeId, supervisor);
        await world.until('told who is left', () =>
          world.told.some(
            (event) =>
              event.kind === 'bridge_left' && event.bridgeId === bridgeId && event.remaining.length === 2,
          ),
        );
        await world.telephony.destroyBridge(bridgeId);
        await world.telephony.leaveBridge(bridgeId, supervisor);
        await expect(world.telephony.joinBridge(bridgeId, supervisor)).rejects.toBeInstanceOf(
          TelephonyRefused,
        );
      });
    });

    describe('placing', () => {
      test('the same call id twice rings once', async () => {
        const before = await world.timesCalled(PEOPLE.never_answers.number);
        const { callId, answer } = await originate('never_answers');
        expect(answer).toBe('placed');
        expect(await originate('never_answers', { callId })).toMatchObject({ answer: 'duplicate' });
        await toldOf(callId, 'ringing');
        expect(await originate('never_answers', { callId })).toMatchObject({ answer: 'duplicate' });
        await world.pass(300);
        expect(await world.timesCalled(PEOPLE.never_answers.number)).toBe(before + 1);
      });

      test('the beginning of the id of a call that lives is an id of its own', async () => {
        const longer = newCallId();
        const shorter = longer.slice(0, -1) as CallId;
        await originate('silent', { callId: longer });
        expect(await originate('answers_late', { callId: shorter })).toMatchObject({ answer: 'placed' });
        for (const callId of [longer, shorter]) {
          await toldOf(callId, 'entered');
          await world.telephony.listenBeside(callId, { silenceMs: 500, threshold: 256 });
        }
        await world.telephony.hangUp(shorter);
        await toldOf(shorter, 'ended');
        expect(await channel(longer)).toMatchObject({ up: true });
      });

      test.each<[string, CallOptions]>([
        ['to a carrier that does not exist', { endpoint: 'PJSIP/13035550119@nobody' }],
        ['with a variable that would be a header of its own', { variables: { LEAD: '1\r\nX-Lead: 2' } }],
      ])('%s is refused', async (_, options) => {
        await expect(originate('silent', options)).rejects.toBeInstanceOf(TelephonyRefused);
        expect(await world.telephony.channels()).toEqual([]);
      });
    });

    describe('a call that is not answered', () => {
      test.each<[PersonName, number, number, TelephonyEvent['kind'][]]>([
        ['busy', 17, 486, []],
        ['declines', 21, 603, ['refused']],
      ])('%s ends with the cause %i and the status %i', async (person, hangupCause, sipStatus, told) => {
        const { callId } = await originate(person);
        await toldOf(callId, 'ended');
        expect(kindsOf(ofCall(callId))).toEqual(['hangup_requested', ...told, 'ended']);
        expect(ofCall(callId).at(-1)).toMatchObject({ hangupCause, sipStatus });
      });

      test('at the ring limit ends as not answered', async () => {
        const { callId } = await originate('never_answers', { ringAtMostSeconds: 1 });
        await toldOf(callId, 'ringing');
        expect(await channel(callId)).toEqual({ channelId: callId, up: false, inStasis: false });
        await toldOf(callId, 'ended');
        expect(kindsOf(ofCall(callId))).toEqual(['ringing', 'ended']);
        expect(ofCall(callId).at(-1)).toMatchObject({ hangupCause: 19, sipStatus: 480 });
      });

      test('hung up by us while it rings is cleared normally, and was not in our hands before', async () => {
        const { callId } = await originate('never_answers');
        await toldOf(callId, 'ringing');
        for (const command of [
          () => world.telephony.setVariables(callId, { [DEAD_MAN]: '5' }),
          () => world.telephony.play(callId, `${callId}:message`, MESSAGE),
          () => world.telephony.bridge(`call-${callId}`, [callId]),
          () => world.telephony.rescue(callId),
        ]) {
          await expect(command(), command.toString()).rejects.toBeInstanceOf(TelephonyRefused);
        }
        await world.telephony.destroyBridge(`call-${callId}`);
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        expect(kindsOf(ofCall(callId))).toEqual(['ringing', 'hangup_requested', 'ended']);
        expect(ofCall(callId).at(-1)).toMatchObject({ hangupCause: 16, sipStatus: null });
      });
    });

    describe('an answered call', () => {
      test('is told in order, with the length of the greeting', async () => {
        const callId = await inOurHands('says_hello');
        expect(await channel(callId)).toEqual({ channelId: callId, up: true, inStasis: true });
        await toldOf(callId, 'talk_finished');
        expect(kindsOf(ofCall(callId))).toEqual([
          'ringing',
          'answered',
          'entered',
          'talk_started',
          'talk_finished',
        ]);
        const talk = ofCall(callId).find((event) => event.kind === 'talk_finished');
        // The word takes half a second; the silence behind it does not count.
        expect(talk?.talkMs).toBeGreaterThan(300);
        expect(talk?.talkMs).toBeLessThan(900);
      });

      test('hung up by the person: requested, left, ended, without a cause', async () => {
        const callId = await inOurHands('hangs_up');
        await toldOf(callId, 'ended');
        const after = kindsOf(ofCall(callId)).slice(3);
        expect(after.filter((kind, at) => after.indexOf(kind) === at)).toEqual([
          'hangup_requested',
          'left',
          'ended',
        ]);
        expect(ofCall(callId).at(-1)).toMatchObject({ hangupCause: null, sipStatus: null });
      });

      test('hung up by us: requested, left, ended; then every command but a hang-up is refused', async () => {
        const callId = await inOurHands('silent');
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        expect(await channel(callId)).toBeUndefined();
        const after = kindsOf(ofCall(callId)).slice(3);
        expect(after.filter((kind, at) => after.indexOf(kind) === at)).toEqual([
          'hangup_requested',
          'left',
          'ended',
        ]);
        expect(ofCall(callId).at(-1)).toMatchObject({ hangupCause: 16 });
        expect(placeOf({ kind: 'agent_left', channelId: callId })).toBeGreaterThan(-1);
        await world.telephony.hangUp(callId);
        for (const command of [
          () => world.telephony.setVariables(callId, { [DEAD_MAN]: '5' }),
          () => world.telephony.play(callId, `${callId}:message`, MESSAGE),
          () => world.telephony.bridge(`call-${callId}`, [callId]),
          () => world.telephony.rescue(callId),
          () => world.telephony.startRecording(callId, callId, 0),
          () => world.telephony.stopRecording(callId),
        ]) {
          await expect(command(), command.toString()).rejects.toBeInstanceOf(TelephonyRefused);
        }
        await world.telephony.destroyBridge(`call-${callId}`);
      });

      test('is recorded from start to stop; a stop too many is refused', async () => {
        const callId = await inOurHands('silent');
        await world.telephony.startRecording(callId, callId, 0);
        await world.telephony.stopRecording(callId);
        await expect(world.telephony.stopRecording(callId)).rejects.toBeInstanceOf(TelephonyRefused);
      });
    });

    describe('an ear beside the call', () => {
      const DETECTION = { silenceMs: 500, threshold: 256 };
      const talkOf = (callId: CallId): readonly string[] =>
        ofCall(callId).flatMap((event) =>
          event.kind === 'talk_started' || event.kind === 'talk_finished'
            ? [`${event.kind} ${event.by}`]
            : [],
        );
      const ears = async (callId: CallId): Promise<number> =>
        (await world.telephony.channels()).filter(
          ({ channelId }) => channelId !== callId && channelId.endsWith(callId),
        ).length;
      const untilTold = (callId: CallId, what: string): Promise<void> =>
        world.until(`${what} of ${callId}`, () => talkOf(callId).includes(what));

      test('tells talk as the channel does', async () => {
        const callId = await inOurHands('says_hello');
        await world.telephony.listenBeside(callId, DETECTION);
        await untilTold(callId, 'talk_finished snoop');
        await untilTold(callId, 'talk_finished channel');
        expect(
          talkOf(callId)
            .filter((each) => each.startsWith('talk_started'))
            .sort(),
        ).toEqual(['talk_started channel', 'talk_started snoop']);
      });

      test('hears the end of talk also when no packets come any more, and the channel does not', async () => {
        const callId = await inOurHands('sends_only_words');
        await world.telephony.listenBeside(callId, DETECTION);
        await untilTold(callId, 'talk_finished snoop');
        await world.pass(700);
        expect(talkOf(callId)).toContain('talk_started channel');
        expect(talkOf(callId)).not.toContain('talk_finished channel');
      });

      test('is a channel until it is taken away, or the call ends; taking away what is not there is no error', async () => {
        const callId = await inOurHands('silent');
        await world.telephony.stopListening(callId);
        await world.telephony.listenBeside(callId, DETECTION);
        await untilAsync('an ear', async () => (await ears(callId)) === 1);
        await world.telephony.stopListening(callId);
        await untilAsync('no ear', async () => (await ears(callId)) === 0);
        await world.telephony.stopListening(callId);
        await world.telephony.listenBeside(callId, DETECTION);
        await untilAsync('an ear again', async () => (await ears(callId)) === 1);
        await world.telephony.hangUp(callId);
        await untilAsync('nothing left', async () => (await world.telephony.channels()).length === 0);
        await expect(world.telephony.listenBeside(callId, DETECTION)).rejects.toBeInstanceOf(
          TelephonyRefused,
        );
      });

      test('set and taken away in one breath leaves nothing', async () => {
        const callId = await inOurHands('silent');
        const set = world.telephony.listenBeside(callId, DETECTION);
        await Promise.all([set, world.telephony.stopListening(callId)]);
        await world.telephony.stopListening(callId);
        await world.pass(300);
        await untilAsync('no ear', async () => (await ears(callId)) === 0);
      });

      test('stays with a call that the dialplan takes back, and goes with it', async () => {
        const { callId } = await originate('silent');
        await toldOf(callId, 'entered');
        await world.telephony.listenBeside(callId, DETECTION);
        await toldOf(callId, 'left');
        await toldOf(callId, 'ended');
        await untilAsync('nothing left', async () => (await world.telephony.channels()).length === 0);
      });

      test('noise is talk until the channel is told to listen for what is louder', async () => {
        const callId = await inOurHands('in_noise');
        await toldOf(callId, 'talk_started');
        await world.pass(1_500);
        expect(talkOf(callId)).toEqual(['talk_started channel']);
        await world.telephony.detectTalk(callId, { silenceMs: 500, threshold: 1_024 });
        await untilTold(callId, 'talk_finished channel');
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        await expect(world.telephony.detectTalk(callId, DETECTION)).rejects.toBeInstanceOf(TelephonyRefused);
      });
    });

    describe('a playback', () => {
      test('is told from start to finish', async () => {
        const callId = await inOurHands('silent');
        const playbackId = `${callId}:message`;
        await world.telephony.play(callId, playbackId, MESSAGE);
        await world.until('start', () => kindsOf(ofPlayback(playbackId)).includes('playback_started'));
        expect(kindsOf(ofPlayback(playbackId))).toEqual(['playback_started']);
        await finished(playbackId);
        expect(kindsOf(ofPlayback(playbackId))).toEqual(['playback_started', 'playback_finished']);
        expect(ofPlayback(playbackId).at(-1)).toMatchObject({ failed: false });
        await world.telephony.stopPlayback(playbackId);
      });

      test('stopped early has finished, not failed; stopping what is gone or never was is no error', async () => {
        const callId = await inOurHands('silent');
        const playbackId = `${callId}:message`;
        await world.telephony.play(callId, playbackId, MESSAGE);
        await world.pass(300);
        expect(kindsOf(ofPlayback(playbackId))).toEqual(['playback_started']);
        await world.telephony.stopPlayback(playbackId);
        await finished(playbackId);
        expect(ofPlayback(playbackId).at(-1)).toMatchObject({ failed: false });
        await world.telephony.stopPlayback(playbackId);
        await world.telephony.stopPlayback('never-played');
        expect(await channel(callId)).toMatchObject({ inStasis: true });
      });

      test('of a sound that is not there fails', async () => {
        const callId = await inOurHands('silent');
        await world.telephony.play(callId, `${callId}:message`, MISSING_SOUND);
        await finished(`${callId}:message`);
        expect(ofPlayback(`${callId}:message`).at(-1)).toMatchObject({ failed: true });
        expect(await channel(callId)).toMatchObject({ inStasis: true });
      });

      test('cut off by a hang-up has failed before the call leaves us', async () => {
        const callId = await inOurHands('silent');
        const playbackId = `${callId}:message`;
        await world.telephony.play(callId, playbackId, MESSAGE);
        await world.pass(300);
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        const failed = placeOf({ kind: 'playback_finished', playbackId, failed: true });
        expect(failed).toBeGreaterThan(placeOf({ kind: 'hangup_requested', callId }));
        expect(failed).toBeLessThan(placeOf({ kind: 'left', callId }));
      });

      test('does not hide a key', async () => {
        const callId = await inOurHands('presses_nine');
        await world.telephony.play(callId, `${callId}:message`, MESSAGE);
        await toldOf(callId, 'digit');
        expect(ofCall(callId).at(-1)).toEqual({ kind: 'digit', callId, digit: '9' });
        expect(await world.telephony.fallbackRecords()).toEqual([]);
      });

      test('keeps back what is written meanwhile: the dead man goes by what was written before', async () => {
        const callId = await inOurHands('silent', '1.0');
        const playbackId = `${callId}:message`;
        await world.telephony.play(callId, playbackId, MESSAGE);
        const written = world.telephony.setVariables(callId, { [DEAD_MAN]: '60', [HARBOR]: 'playing' });
        await written.catch(() => undefined);
        await toldOf(callId, 'ended');
        const failed = placeOf({ kind: 'playback_finished', playbackId, failed: true });
        expect(failed).toBeGreaterThan(-1);
        expect(failed).toBeLessThan(placeOf({ kind: 'left', callId }));
        // And the dialplan finds it written: a message that was begun is not played again.
        expect(await world.telephony.fallbackRecords()).toEqual([]);
      });
    });

    describe('what is written at once', () => {
      test('holds while the channel plays: the dead man goes by it', async () => {
        const callId = await inOurHands('silent', '1.0');
        const playbackId = `${callId}:message`;
        await world.telephony.play(callId, playbackId, MESSAGE);
        await world.telephony.setAtOnce(callId, { [DEAD_MAN]: '10', [HARBOR]: 'playing' });
        await finished(playbackId);
        expect(ofPlayback(playbackId).at(-1)).toMatchObject({ failed: false });
        expect(await channel(callId)).toMatchObject({ inStasis: true });
        await world.telephony.setAtOnce(callId, { [DEAD_MAN]: '0.1' });
        await toldOf(callId, 'ended');
        expect(await world.telephony.fallbackRecords()).toEqual([]);
        await expect(world.telephony.setAtOnce(callId, { [HARBOR]: '' })).rejects.toBeInstanceOf(
          TelephonyRefused,
        );
      });
    });

    describe('the dead man', () => {
      test('not re-armed: the dialplan has the call and notes a drop, which stays until it is cleared', async () => {
        const before = world.epochSeconds();
        const { callId } = await originate('presses_nine_late');
        await toldOf(callId, 'left');
        expect(kindsOf(ofCall(callId))).toEqual(['ringing', 'answered', 'entered', 'left']);
        const [dropped] = await recordsOf(callId, 1);
        expect(dropped).toMatchObject({ callId, what: 'dropped' });
        expect(dropped?.atEpochSeconds).toBeGreaterThanOrEqual(before);
        expect(dropped?.atEpochSeconds).toBeLessThanOrEqual(world.epochSeconds());
        expect(await channel(callId)).toEqual({ channelId: callId, up: true, inStasis: false });
        for (const command of [
          () => world.telephony.setVariables(callId, { [DEAD_MAN]: '5' }),
          () => world.telephony.play(callId, `${callId}:message`, MESSAGE),
          () => world.telephony.rescue(callId),
        ]) {
          await expect(command(), command.toString()).rejects.toBeInstanceOf(TelephonyRefused);
        }
        // The key is noted by the dialplan, and told to us as well.
        await toldOf(callId, 'ended');
        expect(kindsOf(ofCall(callId)).slice(4)).toEqual(['digit', 'hangup_requested', 'ended']);
        const records = await recordsOf(callId, 2);
        expect(records.map(({ what }) => what).sort()).toEqual(['dropped', 'opt_out']);
        await world.telephony.clearFallbackRecord(dropped!);
        expect((await recordsOf(callId, 1)).map(({ what }) => what)).toEqual(['opt_out']);
      });

      test('re-armed in time: the call stays with us, and leaves when nobody does so again', async () => {
        const callId = await inOurHands('says_hello', '2.0');
        await world.pass(1_200);
        expect(await channel(callId)).toMatchObject({ inStasis: true });
        await toldOf(callId, 'left');
        await recordsOf(callId, 1);
      });

      test('finds nothing left to do: the call ends and is no drop', async () => {
        const { callId } = await originate('silent', { variables: { [HARBOR]: 'done' } });
        await toldOf(callId, 'ended');
        expect(kindsOf(ofCall(callId)).slice(3)).toEqual(['left', 'hangup_requested', 'ended']);
        expect(await world.telephony.fallbackRecords()).toEqual([]);
      });

      test('still tells what the person says while the dialplan has the call', async () => {
        const { callId } = await originate('says_hello');
        await toldOf(callId, 'talk_finished');
        expect(kindsOf(ofCall(callId)).slice(2)).toEqual([
          'entered',
          'talk_started',
          'left',
          'talk_finished',
        ]);
      });
    });

    describe('the opt-out key while we have the call', () => {
      const presses = async (harbor: string): Promise<CallId> => {
        const callId = await inOurHands('presses_nine');
        await world.telephony.setVariables(callId, { [HARBOR]: harbor });
        await world.telephony.play(callId, `${callId}:message`, MESSAGE);
        await toldOf(callId, 'digit');
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        return callId;
      };

      test('is noted by the dialplan at the end of the call, whatever became of us', async () => {
        const callId = await presses('playing');
        expect(await recordsOf(callId, 1)).toMatchObject([{ callId, what: 'opt_out' }]);
      });

      test('is noted when nobody of us is there to be told of it', async () => {
        const callId = await inOurHands('presses_nine', '3.0');
        await world.telephony.setVariables(callId, { [HARBOR]: 'playing' });
        await world.telephony.play(callId, `${callId}:message`, MESSAGE);
        await world.loseConnection();
        await world.pass(4_500);
        await world.regainConnection();
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'opt_out' }]);
        expect(kindsOf(ofCall(callId))).not.toContain('digit');
      });

      test('is not noted when it is dealt with, or was a key of a talk with an agent', async () => {
        await presses('done');
        await world.pass(300);
        expect(await world.telephony.fallbackRecords()).toEqual([]);
      });
    });

    describe('a call let go into the dialplan', () => {
      test('has left us without a hang-up, and is past the look at how far we had got', async () => {
        const callId = await inOurHands('silent');
        await world.telephony.setVariables(callId, { [HARBOR]: 'playing' });
        await world.telephony.rescue(callId);
        await toldOf(callId, 'left');
        expect(kindsOf(ofCall(callId)).slice(3)).toEqual(['left']);
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
        expect(await channel(callId)).toEqual({ channelId: callId, up: true, inStasis: false });
      });

      test('hears the message at once, though we have not said that anybody spoke: the key under it ends the call', async () => {
        const callId = await inOurHands('presses_nine');
        await world.telephony.rescue(callId);
        await toldOf(callId, 'digit');
        await world.pass(700);
        expect(await channel(callId)).toBeUndefined();
      });
    });

    describe('a call handed over', () => {
      const THERE = { context: 'held', extension: 'waits', priority: 1 };
      const NOWHERE = { context: 'nowhere', extension: 'waits', priority: 1 };

      test('to a place that is there: has left us, with no switch any more and nothing to note', async () => {
        const callId = await inOurHands('silent', '1.0');
        expect(await world.telephony.hasPlace(callId, THERE)).toBe(true);
        expect(await world.telephony.handOver(callId, THERE, null, () => true)).toBe(true);
        await toldOf(callId, 'left');
        await world.pass(2_000);
        expect(await channel(callId)).toEqual({ channelId: callId, up: true, inStasis: false });
        expect(await world.telephony.fallbackRecords()).toEqual([]);
        for (const command of [
          () => world.telephony.hasPlace('gone', THERE),
          () => world.telephony.handOver(callId, THERE, null, () => true),
        ]) {
          await expect(command(), command.toString()).rejects.toBeInstanceOf(TelephonyRefused);
        }
      });

      test('that is given up before the last command: stays with us, and can hear the message', async () => {
        const callId = await inOurHands('silent');
        expect(await world.telephony.handOver(callId, THERE, null, () => false)).toBe(false);
        await world.pass(500);
        expect(await channel(callId)).toEqual({ channelId: callId, up: true, inStasis: true });
        await world.telephony.play(callId, `${callId}:message`, MESSAGE);
      });

      test('to a place that is not there: comes to the message and is a drop', async () => {
        const callId = await inOurHands('silent', '1.0');
        expect(await world.telephony.hasPlace(callId, NOWHERE)).toBe(false);
        await world.telephony.handOver(callId, NOWHERE, null, () => true);
        await toldOf(callId, 'left');
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
        expect(await channel(callId)).toMatchObject({ up: true, inStasis: false });
      });
    });

    describe('a call handed over to be bridged', () => {
      const NOBODY = { context: 'held', extension: 'waits', priority: 1 };
      /** Answers after a second. */
      const AGENT = { context: 'held', extension: 'agent', priority: 1 };
      const reached = (callId: CallId): boolean => kindsOf(ofCall(callId)).includes('agent_reached');
      async function handedOver(to: typeof NOBODY, bridgedWithinMs: number): Promise<CallId> {
        const callId = await inOurHands('silent', '1.0');
        expect(await world.telephony.handOver(callId, to, bridgedWithinMs, () => true)).toBe(true);
        await toldOf(callId, 'left');
        return callId;
      }

      test('with nobody there: comes to the message by itself, and is a drop', async () => {
        const callId = await handedOver(NOBODY, 600);
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
        expect(await channel(callId)).toMatchObject({ up: true, inStasis: false });
        expect(reached(callId)).toBe(false);
        await expect(world.telephony.setVariables(callId, { [DEAD_MAN]: '1' })).rejects.toBeInstanceOf(
          TelephonyRefused,
        );
      });

      test('with somebody there: is told of, and stays when the exchange looks', async () => {
        // The agent is a person who is rung first.
        const callId = await handedOver(AGENT, 4_000);
        await world.until('agent', () => reached(callId));
        await world.pass(4_500);
        expect(await channel(callId)).toMatchObject({ up: true, inStasis: false });
        expect(await world.telephony.fallbackRecords()).toEqual([]);
        expect(ofCall(callId).filter(({ kind }) => kind === 'agent_reached')).toHaveLength(1);
      });

      test('is not looked at when we have said that there was somebody', async () => {
        const callId = await handedOver(NOBODY, 900);
        await world.telephony.setAtOnce(callId, { [BRIDGED_WITHIN_VARIABLE]: BRIDGED });
        await world.pass(2_000);
        expect(await world.telephony.fallbackRecords()).toEqual([]);
        expect(await channel(callId)).toMatchObject({ up: true, inStasis: false });
      });

      test('and hung up by the person, then by us: it is told who did', async () => {
        const requestsOf = (callId: CallId) =>
          ofCall(callId).filter((event) => event.kind === 'hangup_requested');
        const { callId } = await originate('hangs_up');
        await toldOf(callId, 'entered');
        await world.telephony.handOver(callId, NOBODY, 5_000, () => true);
        await toldOf(callId, 'ended');
        expect(requestsOf(callId)[0]).toEqual({ kind: 'hangup_requested', callId, bySide: 'person' });
        const ours = await handedOver(NOBODY, 5_000);
        await world.telephony.hangUp(ours);
        await toldOf(ours, 'ended');
        expect(requestsOf(ours).every((event) => 'bySide' in event && event.bySide === 'exchange')).toBe(
          true,
        );
      });

      test('can be taken: it is ours again, and nobody looks any more', async () => {
        const callId = await handedOver(NOBODY, 900);
        await world.telephony.take(callId);
        await world.until('taken', () => kindsOf(ofCall(callId)).at(-1) === 'entered');
        await world.telephony.setVariables(callId, { [DEAD_MAN]: '10' });
        await world.pass(2_000);
        expect(await channel(callId)).toMatchObject({ up: true, inStasis: true });
        expect(await world.telephony.fallbackRecords()).toEqual([]);
      });

      test('is not taken out of a talk, nor from the message', async () => {
        const talking = await handedOver(AGENT, 4_000);
        await world.until('agent', () => reached(talking));
        await expect(world.telephony.take(talking)).rejects.toBeInstanceOf(TelephonyRefused);
        expect(await channel(talking)).toMatchObject({ up: true, inStasis: false });
        const hearing = await handedOver(NOBODY, 100);
        await recordsOf(hearing, 1);
        await expect(world.telephony.take(hearing)).rejects.toBeInstanceOf(TelephonyRefused);
        expect(kindsOf(ofCall(hearing)).at(-1)).toBe('left');
      });
    });

    describe('records', () => {
      test('an opt-out kept for later is listed once, with its last time, until it is cleared by whomever', async () => {
        const callId = newCallId();
        await world.telephony.keepOptOut(callId, 1_795_000_000);
        await world.telephony.keepOptOut(callId, 1_795_000_060);
        const record: FallbackRecord = { callId, what: 'opt_out', atEpochSeconds: 1_795_000_060 };
        expect(await world.telephony.fallbackRecords()).toEqual([record]);
        await world.telephony.clearFallbackRecord({ ...record, what: 'dropped' });
        expect(await world.telephony.fallbackRecords()).toEqual([record]);
        await world.telephony.clearFallbackRecord(record);
        expect(await world.telephony.fallbackRecords()).toEqual([]);
        await world.telephony.clearFallbackRecord(record);
      });
    });

    describe('a bridge', () => {
      test('the person goes first: the agent remains in it alone, and in our hands', async () => {
        const agent = await agentIn('1001');
        const callId = await inOurHands('hangs_up');
        const bridgeId = `call-${callId}`;
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        expect(await channel(callId)).toEqual({ channelId: callId, up: true, inStasis: true });
        await toldOf(callId, 'ended');
        expect(ofBridge(bridgeId)).toEqual([{ kind: 'bridge_left', bridgeId, remaining: [agent.channelId] }]);
        expect(placeOf({ kind: 'bridge_left', bridgeId })).toBeLessThan(placeOf({ kind: 'left', callId }));
        expect(await channel(agent.channelId)).toMatchObject({ inStasis: true });
        await world.telephony.destroyBridge(bridgeId);
        await world.until('an empty bridge', () => ofBridge(bridgeId).length === 2);
        expect(ofBridge(bridgeId).at(-1)).toMatchObject({ remaining: [] });
        await world.telephony.destroyBridge(bridgeId);
        expect(await channel(agent.channelId)).toMatchObject({ inStasis: true });
      });

      test('the agent goes first: the person remains in it alone', async () => {
        const agent = await agentIn('1002');
        const callId = await inOurHands('silent');
        const bridgeId = `call-${callId}`;
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        await agent.hangUp();
        await world.until(
          'agent gone',
          () => placeOf({ kind: 'agent_left', channelId: agent.channelId }) >= 0,
        );
        expect(ofBridge(bridgeId)).toEqual([{ kind: 'bridge_left', bridgeId, remaining: [callId] }]);
        expect(await channel(callId)).toMatchObject({ inStasis: true });
      });

      test('the agent is taken elsewhere, and lives: has left, and the person remains alone', async () => {
        const agent = await agentIn('1006');
        const callId = await inOurHands('silent');
        const bridgeId = `call-${callId}`;
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        await world.takesAway(agent.channelId);
        await world.until(
          'agent gone',
          () => placeOf({ kind: 'agent_left', channelId: agent.channelId }) >= 0,
        );
        expect(ofBridge(bridgeId)).toEqual([{ kind: 'bridge_left', bridgeId, remaining: [callId] }]);
        expect(await channel(agent.channelId)).toMatchObject({ up: true, inStasis: false });
        expect(await channel(callId)).toMatchObject({ inStasis: true });
      });

      test('with somebody who is gone is refused whole, and its id is taken until it is destroyed', async () => {
        const agent = await agentIn('1003');
        const callId = await inOurHands('silent');
        const bridgeId = `call-${callId}`;
        const both = [callId, agent.channelId];
        await expect(world.telephony.bridge(bridgeId, [callId, 'gone'])).rejects.toBeInstanceOf(
          TelephonyRefused,
        );
        await expect(world.telephony.bridge(bridgeId, both)).rejects.toBeInstanceOf(TelephonyRefused);
        await world.telephony.destroyBridge(bridgeId);
        expect(ofBridge(bridgeId)).toEqual([]);
        await world.telephony.bridge(bridgeId, both);
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        expect(ofBridge(bridgeId)).toMatchObject([{ remaining: [agent.channelId] }]);
      });

      test('plays to its members; stopped it has finished, destroyed it has failed and they stay with us', async () => {
        const agent = await agentIn('1004');
        const callId = await inOurHands('silent');
        const bridgeId = `call-${callId}`;
        await expect(
          world.telephony.playToBridge(bridgeId, `${callId}:early`, MESSAGE),
        ).rejects.toBeInstanceOf(TelephonyRefused);
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        for (const [name, media, failed] of [
          ['whole', MESSAGE, false],
          ['missing', MISSING_SOUND, true],
          ['stopped', MESSAGE, false],
          ['cut', MESSAGE, true],
        ] as const) {
          const playbackId = `${callId}:${name}`;
          await world.telephony.playToBridge(bridgeId, playbackId, media);
          await world.pass(200);
          if (name === 'stopped') await world.telephony.stopPlayback(playbackId);
          if (name === 'cut') await world.telephony.destroyBridge(bridgeId);
          await finished(playbackId);
          expect(kindsOf(ofPlayback(playbackId)), name).toEqual(['playback_started', 'playback_finished']);
          expect(ofPlayback(playbackId).at(-1), name).toMatchObject({ failed });
        }
        await world.until('an empty bridge', () => ofBridge(bridgeId).length === 2);
        // Beside them the exchange may name the channel it plays by.
        const members = [callId, agent.channelId];
        const remaining = ofBridge(bridgeId).map((event) =>
          event.kind === 'bridge_left' ? event.remaining.filter((id) => members.includes(id)).length : null,
        );
        expect(remaining).toEqual([1, 0]);
        for (const member of members) expect(await channel(member)).toMatchObject({ inStasis: true });
      });

      test('does not hold the dead man off', async () => {
        const agent = await agentIn('1005');
        const callId = await inOurHands('silent', '1.0');
        const bridgeId = `call-${callId}`;
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        await toldOf(callId, 'left');
        expect(ofBridge(bridgeId)).toMatchObject([{ remaining: [agent.channelId] }]);
        expect(kindsOf(ofCall(callId))).not.toContain('hangup_requested');
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
      });
    });

    describe('somebody left alone in a bridge', () => {
      /** Longer than anybody may be left alone in silence. */
      const LONG_MS = 2_000;
      const agentGone = (channelId: string): boolean => placeOf({ kind: 'agent_left', channelId }) >= 0;

      async function talk(agentId: string) {
        const agent = await agentIn(agentId);
        const callId = await inOurHands('silent');
        const bridgeId = `call-${callId}`;
        await world.telephony.setVariables(callId, { [HARBOR]: 'done' });
        await world.telephony.bridge(bridgeId, [callId, agent.channelId]);
        return { agent, callId, bridgeId };
      }

      test('the agent has gone and we do nothing: the exchange ends the call', async () => {
        const { agent, callId } = await talk('1011');
        await agent.hangUp();
        await world.until('agent gone', () => agentGone(agent.channelId));
        expect(await channel(callId)).toMatchObject({ inStasis: true });
        await toldOf(callId, 'ended');
        expect(await world.telephony.fallbackRecords()).toEqual([]);
      });

      test('the person has gone and we do nothing: the exchange hangs the agent up', async () => {
        const { agent, callId } = await talk('1012');
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        expect(await channel(agent.channelId)).toMatchObject({ inStasis: true });
        await world.until('agent gone', () => agentGone(agent.channelId));
      });

      test('the person has come to the message and we do nothing: the exchange hangs the agent up, and only the agent', async () => {
        const { agent, callId } = await talk('1013');
        await world.telephony.setVariables(callId, { [HARBOR]: '', [DEAD_MAN]: '0.1' });
        await toldOf(callId, 'left');
        await world.until('agent gone', () => agentGone(agent.channelId));
        expect(await channel(callId)).toMatchObject({ up: true, inStasis: false });
      });

      test('we destroy the bridge: the agent stays with us, also in the next talk', async () => {
        const { agent, callId, bridgeId } = await talk('1014');
        await world.telephony.hangUp(callId);
        await toldOf(callId, 'ended');
        await world.telephony.destroyBridge(bridgeId);
        const next = await inOurHands('silent');
        await world.telephony.bridge(`call-${next}`, [next, agent.channelId]);
        await world.pass(LONG_MS);
        for (const member of [next, agent.channelId])
          expect(await channel(member)).toMatchObject({ inStasis: true });
        await world.telephony.hangUp(next);
        await toldOf(next, 'ended');
        await world.telephony.destroyBridge(`call-${next}`);
        await world.pass(LONG_MS);
        expect(await channel(agent.channelId)).toMatchObject({ inStasis: true });
      });

      test('a talk that we gave up: who has left it ends without the other', async () => {
        const { agent, callId, bridgeId } = await talk('1015');
        await world.telephony.destroyBridge(bridgeId);
        await agent.hangUp();
        await world.until('agent gone', () => agentGone(agent.channelId));
        await world.pass(LONG_MS);
        expect(await channel(callId)).toMatchObject({ inStasis: true });
      });
    });

    describe('a lost connection', () => {
      test('is told once; meanwhile nothing can be asked, and who answers is the dialplan’s', async () => {
        const from = world.told.length;
        const { callId } = await originate('answers_late');
        await toldOf(callId, 'ringing');
        await world.loseConnection();
        expect(world.telephony.problem()).not.toBeNull();
        for (const command of [
          () => world.telephony.channels(),
          () => world.telephony.hangUp(callId),
          () => world.telephony.fallbackRecords(),
          () => originate('busy'),
        ]) {
          await expect(command(), command.toString()).rejects.toBeInstanceOf(TelephonyUnavailable);
        }
        await world.pass(2_500);
        await world.regainConnection();
        const connections = (): readonly TelephonyEvent[] =>
          world.told.slice(from).filter(({ kind }) => kind === 'connection');
        await world.until('back', () => connections().length > 1);
        expect(connections()).toEqual([
          { kind: 'connection', up: false },
          { kind: 'connection', up: true },
        ]);
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
        expect(kindsOf(ofCall(callId))).not.toContain('entered');
      });

      test('agents are told again before it is back, paused as they had said, but not those who talk', async () => {
        const ready = await agentIn('1006');
        const paused = await agentIn('1007');
        const talking = await agentIn('1008');
        const left = await agentIn('1009');
        const callId = await inOurHands('silent');
        const alone = await inOurHands('silent');
        await world.telephony.bridge(`call-${callId}`, [callId, talking.channelId]);
        await world.telephony.bridge(`call-${alone}`, [alone, left.channelId]);
        await world.telephony.setVariables(ready.channelId, { [AGENT_STATE_VARIABLE]: 'ready' });
        await world.telephony.setVariables(paused.channelId, { [AGENT_STATE_VARIABLE]: 'paused' });
        await world.loseConnection();
        const from = world.told.length;
        await left.hangUp();
        await world.regainConnection();
        const again = (): readonly TelephonyEvent[] => world.told.slice(from);
        await world.until('back', () => again().some(({ kind }) => kind === 'connection'));
        const back = again().findIndex(({ kind }) => kind === 'connection');
        const arrivals = again()
          .slice(0, back)
          .filter(({ kind }) => kind === 'agent_arrived');
        expect(arrivals).toHaveLength(2);
        expect(arrivals).toEqual(
          expect.arrayContaining([
            { kind: 'agent_arrived', agentId: '1006', channelId: ready.channelId, paused: false },
            { kind: 'agent_arrived', agentId: '1007', channelId: paused.channelId, paused: true },
          ]),
        );
        // The other one left while nobody listened.
        expect(again().slice(0, back)).toContainEqual({
          kind: 'bridge_left',
          bridgeId: `call-${alone}`,
          remaining: [alone],
        });
        expect(ofBridge(`call-${callId}`)).toEqual([]);
      });
    });

    describe('a call that a dialer holds', () => {
      async function held(
        person: PersonName,
        path: 'breakwater-out' | 'breakwater-dial' = 'breakwater-out',
        agent = false,
      ): Promise<CallId> {
        const callId = newCallId();
        await world.dialerCalls(PEOPLE[person].number, callId, { path, agent });
        return callId;
      }
      const heldAs = (callId: CallId): TelephonyEvent | undefined =>
        ofCall(callId).find(({ kind }) => kind === 'dialer_answered');
      const answered = (callId: CallId): Promise<void> =>
        world.until('answered', () => kindsOf(ofCall(callId)).includes('dialer_answered'));

      test('is told of at its answer, heard by the ear alone, and taken', async () => {
        const callId = await held('says_hello');
        await answered(callId);
        expect(heldAs(callId)).toMatchObject({ callId, missed: false, deadMan: false });
        await world.telephony.listenBeside(callId, { silenceMs: 500, threshold: 256 });
        await expect(world.telephony.play(callId, `${callId}:message`, MESSAGE)).rejects.toBeInstanceOf(
          TelephonyRefused,
        );
        await world.until('heard', () => kindsOf(ofCall(callId)).includes('talk_finished'));
        expect(kindsOf(ofCall(callId))).not.toContain('agent_reached');
        expect(ofCall(callId).flatMap((event) => ('by' in event ? [event.by] : []))).toEqual([
          'snoop',
          'snoop',
        ]);
        await world.telephony.take(callId);
        await world.until('taken', () => kindsOf(ofCall(callId)).includes('entered'));
        expect(kindsOf(ofCall(callId))).not.toContain('ended');
        await world.telephony.setVariables(callId, { [DEAD_MAN]: '10' });
        await world.telephony.play(callId, `${callId}:message`, MESSAGE);
        await world.telephony.hangUp(callId);
        await world.until('ended', () => kindsOf(ofCall(callId)).includes('ended'));
        await expect(world.telephony.take(callId)).rejects.toBeInstanceOf(TelephonyRefused);
      });

      test('and takes from the dialer in vain where nobody of us is: the dialplan notes a drop', async () => {
        const callId = await held('silent');
        await answered(callId);
        await world.telephony.take(callId);
        await world.until('taken', () => kindsOf(ofCall(callId)).includes('left'));
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
      });

      test.each(['breakwater-out', 'breakwater-dial'] as const)(
        'by %s: an agent behind it is told of',
        async (path) => {
          const callId = await held('says_hello', path, true);
          await answered(callId);
          if (path === 'breakwater-dial') await world.telephony.setVariables(callId, { [DEAD_MAN]: '0' });
          expect(kindsOf(ofCall(callId))).not.toContain('agent_reached');
          await world.until('agent', () => kindsOf(ofCall(callId)).includes('agent_reached'));
        },
      );

      test('by breakwater-dial takes what is written, and comes to the message by itself', async () => {
        const callId = await held('silent', 'breakwater-dial');
        await answered(callId);
        expect(heldAs(callId)).toMatchObject({ deadMan: true });
        for (let beats = 0; beats < 6; beats += 1) {
          await world.telephony.setVariables(callId, { [DEAD_MAN]: '0.8' });
          await world.pass(250);
        }
        expect(await world.telephony.fallbackRecords()).toEqual([]);
        await world.telephony.setVariables(callId, { [HARBOR]: 'over', [DEAD_MAN]: '0.1' });
        expect(await recordsOf(callId, 1)).toMatchObject([{ what: 'dropped' }]);
      });

      const legOf = (callId: CallId): readonly TelephonyEvent[] =>
        ofCall(callId).filter(({ kind }) => kind === 'dialer_dialed' || kind === 'dialer_leg_ended');
      const gone = (callId: CallId): Promise<void> =>
        world.until('leg gone', () => kindsOf(ofCall(callId)).includes('dialer_leg_ended'));

      test.each([
        ['busy', { hangupCause: 17, sipStatus: 486 }],
        ['declines', { sipStatus: 603 }],
      ] as const)('is told of from its dialing to its end: the person %s', async (person, cause) => {
        const callId = await held(person);
        await gone(callId);
        expect(legOf(callId)).toMatchObject([
          { kind: 'dialer_dialed', callId },
          { kind: 'dialer_leg_ended', callId, how: 'unanswered', ...cause },
        ]);
      });

      test('tells that the person has hung up, and that the leg was answered', async () => {
        const callId = await held('hangs_up');
        await gone(callId);
        expect(legOf(callId).at(-1)).toMatchObject({ kind: 'dialer_leg_ended', how: 'answered' });
        const requests = ofCall(callId).filter(({ kind }) => kind === 'hangup_requested');
        expect(requests[0]).toMatchObject({ bySide: 'person' });
      });

      test('tells that the exchange hangs up', async () => {
        const callId = await held('silent');
        await answered(callId);
        await world.telephony.hangUp(callId);
        await gone(callId);
        const requests = ofCall(callId).filter(({ kind }) => kind === 'hangup_requested');
        expect(requests.map((event) => 'bySide' in event && event.bySide)).not.toContain('person');
      });

      test('and that fails before it has a channel is told of by its name; one behind a line is not', async () => {
        const [behindALine, fails] = [newCallId(), newCallId()];
        await world.dialerFails(behindALine, 'line');
        await world.dialerFails(fails, 'trunk');
        await toldOf(fails, 'dialer_origination_failed');
        expect(ofCall(fails)).toEqual([{ kind: 'dialer_origination_failed', callId: fails, why: 'failed' }]);
        expect(ofCall(behindALine)).toEqual([]);
      });

      test('and ended while the connection was lost ended unheard; one that still rings does not', async () => {
        const [ended, rings] = [await held('hangs_up'), await held('never_answers')];
        await world.until('dialed', () => legOf(ended).length + legOf(rings).length === 2);
        await world.loseConnection();
        await world.pass(4_000);
        await world.regainConnection();
        await gone(ended);
        expect(legOf(ended).at(-1)).toMatchObject({ how: 'unheard' });
        expect(legOf(rings)).toHaveLength(1);
      });

      test('and that was answered while the connection was lost is told of as missed', async () => {
        const callId = await held('answers_late');
        await world.loseConnection();
        await world.pass(3_000);
        await world.regainConnection();
        await answered(callId);
        expect(heldAs(callId)).toMatchObject({ missed: true });
      });
    });
  });
}

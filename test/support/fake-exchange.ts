/**
 * A telephone exchange for tests without Asterisk: channels, Stasis, the dead-man switch and what `dialplan/breakwater.conf` does
 * when it fires. Called persons follow a script; commands and the connection fail when told to. Keeps what each person lived
 * through, so that a test judges by that and not by what the sidecar believes. That it tells and refuses what a real Asterisk
 * does is proven by `test/conformance/telephony.test.ts`.
 */
import type { AgentId, CallId, SupervisorId } from '../../src/domain/ids.ts';
import { trunkOf } from '../../src/domain/trunk.ts';
import type { AmdReport } from '../../src/domain/machine-detection.ts';
import {
  AGENT_STATE_VARIABLE,
  BRIDGED_WITHIN_VARIABLE,
  BRIDGED,
  type DialplanPlace,
  type FallbackRecord,
  type OutgoingCall,
  type Telephony,
  type TelephonyEvent,
  TelephonyRefused,
  TelephonyUnavailable,
} from '../../src/ports/telephony.ts';
import { ANSWERS, type Lived, type Script } from './called-person.ts';
import { fakeEars, type FakeEars } from './fake-ears.ts';
import type { FakeClock } from './fake-clock.ts';

interface Channel {
  readonly id: string;
  up: boolean;
  place: 'dialing' | 'stasis' | 'dialplan' | 'handed_over' | 'dialer';
  deadMan: { cancel(): void } | null;
  readonly variables: Map<string, string>;
  bridge: string | null;
  /** What the exchange knows of its talk, to end it alone. */
  talk: { readonly bridgeId: string; readonly with: string } | null;
  /** The bridge of a talk that is over for it, by our word. */
  parted: string | null;
  recording: boolean;
  playback: Playback | null;
  /** Each key the person has pressed, as the dialplan takes them down. */
  keys: string;
  /** Null before the answer, and of an agent. */
  ears: FakeEars | null;
}

interface Playback {
  readonly id: string;
  readonly timer: { cancel(): void };
  /** What was asked of the channel meanwhile: done when the playback has ended. */
  readonly waiting: (() => void)[];
}

interface Bridge {
  readonly members: Set<string>;
  readonly playbacks: Map<string, { cancel(): void }>;
}

/** What a dialer does with a person it has on the line. */
export interface DialersHand {
  /** `proven`: somebody besides the dialer's own trunk is to be seen. */
  bridgesAgent(proven?: boolean): void;
  hangsUp(): void;
}

type Command = keyof Telephony | 'any';

export interface FakeExchange extends Telephony {
  readonly lived: Map<string, Lived>;
  /** Script of the next calls to a number; others follow the last argument of `fakeExchange`. */
  script(number: string, script: Script): void;
  /** How often this number was called. */
  timesCalled(number: string): number;
  connect(): void;
  disconnect(): void;
  agentCallsIn(agentId: string): string;
  supervisorCallsIn(supervisorId: string): string;
  /** Who hears the talk of this channel, by channel: a third ear beside it, or a place in its bridge. */
  listenersOf(channelId: string): readonly string[];
  agentHangsUp(channelId: string): void;
  /** Somebody takes the agent's channel out of our hands, and it lives on. */
  agentIsTaken(channelId: string): void;
  /** The person presses a key now, whatever the script says. */
  presses(callId: string, digit: string): void;
  isThere(channelId: string): boolean;
  /** Who has the channel; undefined: it is gone. */
  placeOf(channelId: string): Channel['place'] | undefined;
  /** Whatever else an exchange may tell. */
  tells(event: TelephonyEvent): void;
  /** A dialer rings this number under a permit it has, and lets the person wait. Its own channel is not to be seen. */
  dialerCalls(number: string, callId: string, path?: 'breakwater-out' | 'breakwater-dial'): DialersHand;
  /** How long after the hand-over somebody at the place is bridged with the person; null: nobody ever is. */
  memberAnswersAfterMs: (place: DialplanPlace) => number | null;
  /** How late the exchange's word of a dialer's answer comes. */
  answerToldLateMs: number;
  /** Contexts that the dialplan does not have. */
  readonly missingContexts: Set<string>;
  /** Media that cannot be played. */
  readonly missingSounds: Set<string>;
  /** Decides about each command: refuse it, lose its answer after it was done, or delay it. */
  fault: (command: Command) => {
    readonly kind: 'none' | 'unavailable' | 'answer_lost' | 'late';
    ms?: number;
  };
  readonly records: FallbackRecord[];
  liveChannels(): readonly string[];
}

const MESSAGE_MS = 6_000;
const DISCLOSURE_MS = 1_500;
const FIRST_WORD_BY_MS = 1_900;
/** How long somebody sits alone in a talk of ours that nobody answers for. */
const ALONE_MS = 1_200;
/** As long as the real adapter waits for an answer. */
const ANSWER_WITHIN_MS = 2_000;
const CARRIER = /^PJSIP\/(\d{11})@carrier$/;

interface Ending {
  readonly by: 'person' | 'exchange' | 'ring_limit';
  readonly hangupCause: number | null;
  readonly sipStatus: number | null;
}

/** Most telephones give no reason when they hang up. */
const BY_PERSON: Ending = { by: 'person', hangupCause: null, sipStatus: null };
const BY_EXCHANGE: Ending = { by: 'exchange', hangupCause: 16, sipStatus: null };
const RANG_IN_VAIN: Ending = { by: 'ring_limit', hangupCause: 19, sipStatus: 480 };

export function fakeExchange(clock: FakeClock, otherwise: () => Script = () => ANSWERS): FakeExchange {
  const listeners: ((event: TelephonyEvent) => void)[] = [];
  const channels = new Map<string, Channel>();
  const agents = new Map<string, string>();
  const bridges = new Map<string, Bridge>();
  /** Legs of dialers whose dialing was told, and whose end was not. */
  const dialerLegs = new Set<CallId>();
  /** Bridge of a third ear -> the channel that is listened to. */
  const overheard = new Map<string, string>();
  const scripts = new Map<string, Script>();
  const scriptOf = new Map<string, Script>();
  const lived = new Map<string, Lived>();
  const records: FallbackRecord[] = [];
  const missingContexts = new Set<string>();
  const missingSounds = new Set<string>();
  const called = new Map<string, number>();
  let up = true;
  let lastStaff = 0;

  const emit = (event: TelephonyEvent): void => {
    clock.after(1, () => {
      if (up) for (const listener of listeners) listener(event);
    });
  };
  const mono = (): number => clock.monotonic();
  const harborOf = ({ variables }: Channel): string => variables.get('BREAKWATER_HARBOR') ?? '';

  async function command<T>(name: keyof Telephony, act: () => T | Promise<T>): Promise<T> {
    if (!up) throw new TelephonyUnavailable(`${name}: not connected`);
    const fault = exchange.fault(name);
    if (fault.kind === 'unavailable') {
      await wait(ANSWER_WITHIN_MS);
      throw new TelephonyUnavailable(`${name}: no answer`);
    }
    await wait(fault.kind === 'late' ? (fault.ms ?? 500) : 1);
    const value = await act();
    if (fault.kind === 'answer_lost') {
      await wait(ANSWER_WITHIN_MS);
      throw new TelephonyUnavailable(`${name}: no answer`);
    }
    return value;
  }
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  const channelOf = (id: string): Channel => {
    const found = channels.get(id);
    if (found === undefined) throw new TelephonyRefused(`channel ${id} not found`, 404);
    return found;
  };
  const inStasis = (id: string): Channel => {
    const found = channelOf(id);
    if (found.place !== 'stasis') throw new TelephonyRefused(`channel ${id} not in Stasis application`, 409);
    return found;
  };

  function leaveBridge(channel: Channel): void {
    const bridge = bridges.get(channel.bridge ?? '');
    if (channel.bridge === null || bridge === undefined) return;
    bridge.members.delete(channel.id);
    emit({ kind: 'bridge_left', bridgeId: channel.bridge, remaining: [...bridge.members] });
    channel.bridge = null;
    if (bridge.members.size === 0) endBridgePlaybacks(bridge);
  }

  /** The exchange tells of a bridge's playback twice: to us as its owner, and to us who listen to everything. */
  function tellTwice(event: TelephonyEvent): void {
    emit(event);
    emit(event);
  }

  function endBridgePlaybacks(bridge: Bridge): void {
    for (const [playbackId, timer] of bridge.playbacks) {
      timer.cancel();
      tellTwice({ kind: 'playback_finished', playbackId, failed: true });
    }
    bridge.playbacks.clear();
  }

  function endPlayback(channel: Channel, failed: boolean): void {
    const { playback } = channel;
    if (playback === null) return;
    playback.timer.cancel();
    channel.playback = null;
    emit({ kind: 'playback_finished', playbackId: playback.id, failed });
    for (const act of playback.waiting) act();
  }

  /** A channel that plays does nothing else until that has ended. */
  function afterPlayback(channel: Channel, act: () => void): void {
    if (channel.playback === null) act();
    else channel.playback.waiting.push(act);
  }

  /** The answer comes when it is done, which may be too late. */
  function doneAfterPlayback(what: string, channel: Channel, act: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.after(ANSWER_WITHIN_MS, () => {
        reject(new TelephonyUnavailable(`${what}: no answer`));
      });
      afterPlayback(channel, () => {
        timer.cancel();
        act();
        resolve();
      });
    });
  }

  function end(channel: Channel, { by, hangupCause, sipStatus }: Ending): void {
    if (!channels.delete(channel.id)) return;
    channel.deadMan?.cancel();
    const life = lived.get(channel.id);
    if (life !== undefined && life.endedAt === null) {
      life.endedAt = mono();
      life.endedBy = by === 'person' ? 'person' : 'exchange';
    }
    const optOutDigit = channel.variables.get('BREAKWATER_OPT_OUT_DIGIT');
    if (optOutDigit !== undefined && channel.keys.includes(optOutDigit) && harborOf(channel) !== 'done')
      keepRecord(channel.id, 'opt_out', Math.floor(clock.now() / 1_000));
    const callId = channel.id as CallId;
    // Whoever hangs up; only of a phone that rang in vain it is not said.
    const bySide = by === 'person' ? 'person' : 'exchange';
    if (by !== 'ring_limit') emit({ kind: 'hangup_requested', callId, bySide });
    if (up && !channel.up && channel.place !== 'dialer' && sipStatus !== null && sipStatus >= 600)
      emit({ kind: 'refused', callId, sipStatus, phrase: 'Decline', sipCallId: null });
    parting(channel);
    leaveBridge(channel);
    endPlayback(channel, true);
    if (channel.place === 'stasis') {
      emit({ kind: 'left', callId });
      emit({ kind: 'agent_left', channelId: channel.id });
      emit({ kind: 'hangup_requested', callId, bySide });
    }
    if (up && dialerLegs.delete(callId)) {
      const how = channel.up ? 'answered' : 'unanswered';
      emit({ kind: 'dialer_leg_ended', callId, legId: callId, how, hangupCause, sipStatus });
    }
    emit({ kind: 'ended', callId, hangupCause, sipStatus });
    emit({ kind: 'agent_left', channelId: channel.id });
    agents.delete(channel.id);
  }

  function setDeadMan(channel: Channel, seconds: number): void {
    channel.deadMan?.cancel();
    channel.deadMan =
      seconds === 0
        ? null
        : clock.after(seconds * 1_000, () => {
            if (channels.has(channel.id)) toSafeHarbor(channel, 's');
          });
  }

  function write(channel: Channel, variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) {
      if (name === 'TIMEOUT(absolute)') setDeadMan(channel, Number(value));
      else channel.variables.set(name, value);
    }
  }

  /** `breakwater-safe-harbor` of the dialplan; at `now` the message comes at once. */
  function toSafeHarbor(channel: Channel, extension: 's' | 'now'): void {
    endPlayback(channel, true);
    const harbor = harborOf(channel);
    leaveBridge(channel);
    if (channel.place === 'stasis') emit({ kind: 'left', callId: channel.id as CallId });
    channel.place = 'dialplan';
    if (extension === 's' && (harbor === 'playing' || harbor === 'done')) {
      end(channel, BY_EXCHANGE);
      return;
    }
    setDeadMan(channel, 0);
    parting(channel);
    if (lived.has(channel.id)) keepRecord(channel.id, 'dropped', Math.floor(clock.now() / 1_000));
    const atOnce = extension === 'now' || harbor === 'over';
    const waitMs = atOnce ? 0 : untilQuiet(channel, harbor === 'heard');
    clock.after(waitMs, () => {
      if (!channels.has(channel.id)) return;
      hearMessage(channel);
      clock.after(MESSAGE_MS + 1_000, () => end(channel, BY_EXCHANGE));
    });
  }

  /** How long the dialplan's fallback waits for a first word and for silence. */
  function untilQuiet(channel: Channel, heard: boolean): number {
    const life = lived.get(channel.id);
    const script = scriptOf.get(channel.id);
    if (life?.answeredAt == null || script === undefined) return 0;
    const { speaks, line } = script;
    const sinceAnswer = mono() - life.answeredAt;
    const first = line === 'noisy' ? 0 : (speaks?.afterMs ?? Infinity);
    if (!heard && Math.max(first, sinceAnswer) > FIRST_WORD_BY_MS)
      return Math.max(0, FIRST_WORD_BY_MS - sinceAnswer);
    const heardAt = heard ? sinceAnswer : Math.max(first, sinceAnswer) + 100;
    const over = line === 'noisy' ? Infinity : speaks === null ? 0 : speaks.afterMs + speaks.forMs;
    const patienceMs = heard ? 600 : 1_000;
    return Math.min(Math.max(heardAt, over) + 400, heardAt + patienceMs) - sinceAnswer;
  }

  /** `breakwater-parting`: one of two in a talk has gone; the other's call ends when nobody has answered for it. */
  function parting(channel: Channel): void {
    const talk = channel.talk;
    channel.talk = null;
    if (talk === null) return;
    clock.after(ALONE_MS, () => {
      const other = channels.get(talk.with);
      if (other?.talk == null || other.parted === other.talk.bridgeId) return;
      if (channels.get(other.talk.with)?.talk?.bridgeId === other.talk.bridgeId) return;
      end(other, BY_EXCHANGE);
    });
  }

  /** `breakwater-hand-over`. */
  function handOver(channel: Channel, to: DialplanPlace, bridgedWithinMs: number | null): void {
    channel.place = 'handed_over';
    setDeadMan(channel, 0);
    channel.variables.set('BREAKWATER_HARBOR', 'done');
    emit({ kind: 'left', callId: channel.id as CallId });
    const isThere = (): boolean => channels.get(channel.id) === channel && channel.place === 'handed_over';
    const talk = (): void => {
      const life = lived.get(channel.id);
      if (life !== undefined) life.connectedAt ??= mono();
      clock.after(scriptOf.get(channel.id)?.talkMs ?? 1_000, () => {
        if (isThere()) end(channel, BY_PERSON);
      });
    };
    if (bridgedWithinMs === null) {
      talk();
      return;
    }
    channel.variables.set(BRIDGED_WITHIN_VARIABLE, String(bridgedWithinMs / 1_000));
    const answersAfterMs = exchange.memberAnswersAfterMs(to);
    if (answersAfterMs !== null)
      clock.after(answersAfterMs, () => {
        if (!isThere()) return;
        talk();
        emit({ kind: 'agent_reached', callId: channel.id as CallId, proven: true });
      });
    // `breakwater-unbridged`.
    clock.after(bridgedWithinMs, () => {
      const isKnown = channel.variables.get(BRIDGED_WITHIN_VARIABLE) === BRIDGED;
      if (isThere() && !isKnown && lived.get(channel.id)?.connectedAt == null) toSafeHarbor(channel, 'now');
    });
  }

  /** One row for each call and kind, as in the exchange's database. */
  function keepRecord(callId: string, what: FallbackRecord['what'], atEpochSeconds: number): void {
    forgetRecord(callId, what);
    records.push({ callId, what, atEpochSeconds });
  }

  function forgetRecord(callId: string, what: FallbackRecord['what']): void {
    const at = records.findIndex((each) => each.callId === callId && each.what === what);
    if (at >= 0) records.splice(at, 1);
  }

  function hearMessage(channel: Channel): void {
    const life = lived.get(channel.id);
    const script = scriptOf.get(channel.id);
    if (life === undefined || script === undefined) return;
    life.messageAt ??= mono();
    life.messagesHeard += 1;
    const { key } = script;
    if (key === null) return;
    clock.after(key.afterMs, () => {
      if (!channels.has(channel.id) || life.keyAt !== null) return;
      life.keyAt = mono();
      press(channel, key.digit);
    });
  }

  /** The key is an event wherever the call is; nobody may be there to hear it, but it is taken down. In the dialplan `Read` has it as well. */
  function press(channel: Channel, digit: string): void {
    const callId = channel.id as CallId;
    emit({ kind: 'digit', callId, digit });
    channel.keys += digit;
    if (channel.place === 'dialplan') end(channel, BY_EXCHANGE);
  }

  /** Only `breakwater-dial` gives a dialer's call one. */
  const hasSwitch = (channel: Channel): boolean => channel.variables.get('path') === 'breakwater-dial';

  function enter(channel: Channel, amd?: AmdReport): void {
    if (!up) toSafeHarbor(channel, 's');
    else {
      channel.place = 'stasis';
      emit({ kind: 'entered', callId: channel.id as CallId, ...(amd === undefined ? {} : { amd }) });
    }
  }

  /** The dialplan runs `AMD()` before we get the call. */
  function look(channel: Channel, { afterMs, status, cause }: AmdReport & { afterMs: number }): void {
    setDeadMan(channel, 1.9);
    clock.after(afterMs, () => {
      if (!channels.has(channel.id)) return;
      channel.variables.set('BREAKWATER_HARBOR', 'over');
      const leftMs = status === 'HUMAN' ? 800 : Math.max(50, Math.min(800, FIRST_WORD_BY_MS - afterMs));
      setDeadMan(channel, leftMs / 1_000);
      enter(channel, { status, cause });
    });
  }

  /** A channel that a dialer holds has no detection of its own; what is asked of it the ear beside it does. */
  function heard(channel: Channel, { line }: Script, event: TelephonyEvent): void {
    if (channel.place !== 'dialer' || !('by' in event) || event.by === 'snoop') emit(event);
    else if (line === 'noisy' && event.kind === 'talk_finished') emit({ ...event, by: 'snoop' });
  }

  function answer(channel: Channel, life: Lived, script: Script): void {
    channel.up = true;
    life.answeredAt = mono();
    life.greetingEndAt = script.speaks === null ? null : mono() + script.speaks.afterMs + script.speaks.forMs;
    const callId = channel.id as CallId;
    // Told as the state of the channel and as the end of the dialing.
    if (channel.place === 'dialer') {
      const lateMs = exchange.answerToldLateMs;
      clock.after(lateMs, () => {
        emit({ kind: 'dialer_answered', callId, missed: false, deadMan: hasSwitch(channel), lateMs });
      });
      if (hasSwitch(channel)) setDeadMan(channel, 0.8);
    } else {
      emit({ kind: 'answered', callId });
      emit({ kind: 'answered', callId });
      if (script.amd !== undefined && channel.variables.has('BREAKWATER_AMD')) look(channel, script.amd);
      else {
        setDeadMan(channel, 0.8);
        enter(channel);
      }
    }
    const silenceMs = Number(channel.variables.get('BREAKWATER_SILENCE_MS') ?? '500');
    channel.ears = fakeEars(clock, callId, script, silenceMs, (event) => {
      // Also while the dialplan has the call: we listen to every channel.
      if (channels.get(channel.id) === channel) heard(channel, script, event);
    });
    clock.after(script.patienceMs, () => {
      if (life.connectedAt === null && life.messageAt === null) end(channel, BY_PERSON);
    });
  }

  function ring(
    {
      callId,
      variables,
      ringAtMostSeconds,
    }: Pick<OutgoingCall, 'callId' | 'variables' | 'ringAtMostSeconds'>,
    number: string,
    place: 'dialing' | 'dialer',
  ): void {
    const script = scripts.get(number) ?? otherwise();
    const channel: Channel = {
      id: callId,
      up: false,
      place,
      deadMan: null,
      variables: new Map(Object.entries(variables)),
      bridge: null,
      talk: null,
      parted: null,
      recording: false,
      playback: null,
      keys: '',
      ears: null,
    };
    const life: Lived = {
      callId: callId,
      number,
      answeredAt: null,
      greetingEndAt: null,
      connectedAt: null,
      messageAt: null,
      messagesHeard: 0,
      keyAt: null,

      endedAt: null,
      endedBy: null,
      recordedAt: null,
      disclosedAt: null,
    };
    called.set(number, (called.get(number) ?? 0) + 1);
    channels.set(callId, channel);
    lived.set(callId, life);
    scriptOf.set(callId, script);
    if (place === 'dialer' && up) {
      dialerLegs.add(callId);
      emit({ kind: 'dialer_dialed', callId, legId: callId });
    }
    const isThere = (): boolean => channels.get(callId) === channel;
    clock.after(20, () => {
      if (isThere() && place === 'dialing') emit({ kind: 'ringing', callId: callId });
    });
    const ringAtMostMs = ringAtMostSeconds * 1_000;
    clock.after(Math.min(script.ringMs, ringAtMostMs), () => {
      if (!isThere()) return;
      if (script.ringMs > ringAtMostMs) end(channel, RANG_IN_VAIN);
      else if (script.refuses === null) answer(channel, life, script);
      else end(channel, { by: 'exchange', ...script.refuses });
    });
  }

  /** An agent who was here before: with what was last said of the agent. */
  function announce(channelId: string, tell: (event: TelephonyEvent) => void): boolean {
    const agentId = agents.get(channelId);
    if (agentId === undefined) return false;
    const said = channelOf(channelId).variables.get(AGENT_STATE_VARIABLE) ?? 'ready';
    const paused = said !== '' && said !== 'ready';
    tell({ kind: 'agent_arrived', agentId: agentId as AgentId, channelId, paused });
    return true;
  }

  /** Somebody of the house calls in and stays in Stasis. */
  function staffChannel(role: string): string {
    const id = `${role}-channel-${(lastStaff += 1)}`;
    channels.set(id, {
      id,
      up: true,
      place: 'stasis',
      deadMan: null,
      variables: new Map(),
      bridge: null,
      talk: null,
      parted: null,
      recording: false,
      playback: null,
      keys: '',
      ears: null,
    });
    return id;
  }

  const exchange: FakeExchange = {
    lived,
    records,
    memberAnswersAfterMs: () => 100,
    answerToldLateMs: 0,
    missingContexts,
    missingSounds,
    fault: () => ({ kind: 'none' }),
    script: (number, script) => void scripts.set(number, script),
    timesCalled: (number) => called.get(number) ?? 0,
    liveChannels: () => [...channels.keys()].filter((id) => lived.has(id)),
    connect() {
      if (up) return;
      up = true;
      const tell = (event: TelephonyEvent): void => listeners.forEach((listener) => listener(event));
      for (const [bridgeId, { members }] of bridges) {
        if (members.size === 1) tell({ kind: 'bridge_left', bridgeId, remaining: [...members] });
      }
      for (const channelId of agents.keys()) {
        if (channelOf(channelId).bridge === null) announce(channelId, tell);
      }
      for (const { id, place } of channels.values()) {
        const isReached = place === 'handed_over' && lived.get(id)?.connectedAt != null;
        if (isReached) tell({ kind: 'agent_reached', callId: id as CallId, proven: true });
      }
      for (const callId of dialerLegs) {
        if (channels.has(callId)) continue;
        dialerLegs.delete(callId);
        const how = 'unheard';
        tell({ kind: 'dialer_leg_ended', callId, legId: callId, how, hangupCause: null, sipStatus: null });
      }
      for (const { id, place, up: isUp } of channels.values()) {
        if (place !== 'dialer' || !isUp) continue;
        const deadMan = hasSwitch(channelOf(id));
        tell({ kind: 'dialer_answered', callId: id as CallId, missed: true, deadMan });
        if (lived.get(id)?.connectedAt != null)
          tell({ kind: 'agent_reached', callId: id as CallId, proven: true });
      }
      tell({ kind: 'connection', up: true });
    },
    disconnect() {
      if (!up) return;
      up = false;
      for (const listener of listeners) listener({ kind: 'connection', up: false });
    },
    supervisorCallsIn(supervisorId) {
      const id = staffChannel('supervisor');
      emit({ kind: 'supervisor_arrived', supervisorId: supervisorId as SupervisorId, channelId: id });
      return id;
    },
    listenersOf: (channelId) => {
      const ears = [...overheard].flatMap(([id, heard]) => (heard === channelId ? [id] : []));
      const own = channels.get(channelId)?.bridge ?? '';
      return [...ears, own]
        .flatMap((id) => [...(bridges.get(id)?.members ?? [])])
        .filter((id) => id !== channelId);
    },
    agentCallsIn(agentId) {
      const id = staffChannel('agent');
      agents.set(id, agentId);
      emit({ kind: 'agent_arrived', agentId: agentId as AgentId, channelId: id, paused: false });
      return id;
    },
    dialerCalls(number, callId, path = 'breakwater-out') {
      const variables = { path };
      ring({ callId: callId as CallId, variables, ringAtMostSeconds: 30 }, number, 'dialer');
      const channel = channelOf(callId);
      const life = lived.get(callId);
      return {
        bridgesAgent(proven = true) {
          if (channel.place !== 'dialer' || life === undefined) return;
          life.connectedAt ??= mono();
          emit({ kind: 'agent_reached', callId: callId as CallId, proven });
          clock.after(scriptOf.get(callId)?.talkMs ?? 1_000, () => end(channel, BY_PERSON));
        },
        hangsUp() {
          if (channel.place === 'dialer') end(channel, BY_EXCHANGE);
        },
      };
    },
    presses: (callId, digit) => press(channelOf(callId), digit),
    isThere: (channelId) => channels.has(channelId),
    placeOf: (channelId) => channels.get(channelId)?.place,
    agentIsTaken(channelId) {
      const channel = channelOf(channelId);
      leaveBridge(channel);
      channel.place = 'dialplan';
      emit({ kind: 'left', callId: channelId as CallId });
      emit({ kind: 'agent_left', channelId });
    },
    agentHangsUp(channelId) {
      const channel = channels.get(channelId);
      if (channel !== undefined) end(channel, BY_PERSON);
    },

    tells: emit,

    problem: () => (up ? null : 'not connected'),
    originate: (call: OutgoingCall) =>
      command('originate', () => {
        if (channels.has(call.callId)) return 'duplicate';
        const digits = CARRIER.exec(call.endpoint)?.[1];
        if (digits === undefined) throw new TelephonyRefused(`${call.endpoint}: allocation failed`, 500);
        if (Object.values(call.variables).some((value) => /\p{Cc}/u.test(value))) {
          throw new TelephonyRefused('a variable has a control character', null);
        }
        const trunk = trunkOf(call.endpoint) ?? '';
        emit({ kind: 'leg_dialed', channelId: call.callId, trunk, sipCallId: `sip-${call.callId}` });
        ring(call, `+${digits}`, 'dialing');
        return 'placed';
      }),
    setVariables: (channelId, variables) =>
      command('setVariables', () => {
        const held = channelOf(channelId);
        const channel = held.place === 'dialer' && hasSwitch(held) ? held : inStasis(channelId);
        return doneAfterPlayback('setVariables', channel, () => write(channel, variables));
      }),
    setAtOnce: (channelId, variables) => command('setAtOnce', () => write(channelOf(channelId), variables)),
    listenBeside: (callId, { silenceMs }) =>
      command('listenBeside', () => channelOf(callId).ears?.add(silenceMs)),
    stopListening: (callId) => command('stopListening', () => channels.get(callId)?.ears?.remove()),
    detectTalk: (callId, { silenceMs, threshold }) =>
      command('detectTalk', () => {
        const held = channelOf(callId).place === 'dialer';
        (held ? channelOf(callId) : inStasis(callId)).ears?.retune(silenceMs, threshold);
      }),
    play: (channelId, playbackId, media) =>
      command('play', () => {
        const channel = inStasis(channelId);
        emit({ kind: 'playback_started', playbackId });
        if (missingSounds.has(media)) {
          emit({ kind: 'playback_finished', playbackId, failed: true });
          return;
        }
        hearMessage(channel);
        const timer = clock.after(MESSAGE_MS, () => endPlayback(channel, false));
        channel.playback = { id: playbackId, timer, waiting: [] };
      }),
    stopPlayback: (playbackId) =>
      command('stopPlayback', () => {
        for (const channel of channels.values()) {
          if (channel.playback?.id === playbackId) endPlayback(channel, false);
        }
        for (const { playbacks } of bridges.values()) {
          const timer = playbacks.get(playbackId);
          if (timer === undefined) continue;
          timer.cancel();
          playbacks.delete(playbackId);
          tellTwice({ kind: 'playback_finished', playbackId, failed: false });
        }
      }),
    bridge: (bridgeId, channelIds) =>
      command('bridge', () => {
        if (bridges.has(bridgeId)) throw new TelephonyRefused(`bridge ${bridgeId} already exists`, 409);
        // It is made before anybody is put into it, and stays when that fails.
        const bridge: Bridge = { members: new Set(), playbacks: new Map() };
        bridges.set(bridgeId, bridge);
        const members = channelIds.map(inStasis);
        for (const each of members) {
          const other = members.find((member) => member !== each);
          if (other !== undefined) each.talk = { bridgeId, with: other.id };
        }
        return Promise.all(
          members.map((channel) =>
            doneAfterPlayback('bridge', channel, () => {
              leaveBridge(channel);
              channel.bridge = bridgeId;
              bridge.members.add(channel.id);
              const life = lived.get(channel.id);
              if (life === undefined) return;
              life.connectedAt ??= mono();
              clock.after(scriptOf.get(channel.id)?.talkMs ?? 1_000, () => end(channel, BY_PERSON));
            }),
          ),
        ).then(
          () => undefined,
          (error: unknown) => {
            for (const each of members) each.parted = bridgeId;
            throw error;
          },
        );
      }),
    joinBridge: (bridgeId, channelId) =>
      command('joinBridge', () => {
        const bridge = bridges.get(bridgeId);
        if (bridge === undefined) throw new TelephonyRefused(`bridge ${bridgeId} not found`, 404);
        const channel = inStasis(channelId);
        leaveBridge(channel);
        channel.bridge = bridgeId;
        bridge.members.add(channelId);
      }),
    leaveBridge: (bridgeId, channelId) =>
      command('leaveBridge', () => {
        const channel = channels.get(channelId);
        if (channel?.bridge === bridgeId) leaveBridge(channel);
      }),
    overhear: (bridgeId, { listenerChannelId, channelId }) =>
      command('overhear', () => {
        if (bridges.has(bridgeId)) throw new TelephonyRefused(`bridge ${bridgeId} already exists`, 409);
        bridges.set(bridgeId, { members: new Set(), playbacks: new Map() });
        if (!channelOf(channelId).up) throw new TelephonyRefused(`channel ${channelId} is not up`, 409);
        const listener = inStasis(listenerChannelId);
        overheard.set(bridgeId, channelId);
        leaveBridge(listener);
        listener.bridge = bridgeId;
        bridges.get(bridgeId)?.members.add(listenerChannelId);
      }),
    stopOverhearing: (bridgeId) =>
      command('stopOverhearing', () => {
        overheard.delete(bridgeId);
        for (const id of bridges.get(bridgeId)?.members ?? []) leaveBridge(channelOf(id));
        bridges.delete(bridgeId);
      }),
    playToBridge: (bridgeId, playbackId, media) =>
      command('playToBridge', () => {
        const bridge = bridges.get(bridgeId);
        if (bridge === undefined) throw new TelephonyRefused(`bridge ${bridgeId} not found`, 404);
        tellTwice({ kind: 'playback_started', playbackId });
        if (missingSounds.has(media)) {
          tellTwice({ kind: 'playback_finished', playbackId, failed: true });
          return;
        }
        const timer = clock.after(DISCLOSURE_MS, () => {
          bridge.playbacks.delete(playbackId);
          const life = lived.get(playbackId.split(':')[0] ?? '');
          if (life !== undefined) life.disclosedAt = mono();
          tellTwice({ kind: 'playback_finished', playbackId, failed: false });
        });
        bridge.playbacks.set(playbackId, timer);
      }),
    destroyBridge: (bridgeId) =>
      command('destroyBridge', () => {
        const bridge = bridges.get(bridgeId);
        if (bridge === undefined) return;
        for (const id of bridge.members) {
          channelOf(id).parted = bridgeId;
          leaveBridge(channelOf(id));
        }
        endBridgePlaybacks(bridge);
        bridges.delete(bridgeId);
      }),
    startRecording: (channelId) =>
      command('startRecording', () => {
        channelOf(channelId).recording = true;
        const life = lived.get(channelId);
        if (life !== undefined) life.recordedAt ??= mono();
      }),
    stopRecording: (channelId) =>
      command('stopRecording', () => {
        const channel = channelOf(channelId);
        if (!channel.recording) throw new TelephonyRefused(`channel ${channelId} is not recorded`, null);
        channel.recording = false;
      }),
    hasPlace: (channelId, { context }) =>
      command('hasPlace', () => {
        inStasis(channelId);
        return !missingContexts.has(context);
      }),
    handOver: (channelId, to, bridgedWithinMs, isStill) =>
      command('handOver', () => {
        const channel = inStasis(channelId);
        if (!isStill()) return false;
        afterPlayback(channel, () => {
          if (missingContexts.has(to.context)) toSafeHarbor(channel, 'now');
          else handOver(channel, to, bridgedWithinMs);
        });
        return true;
      }),
    rescue: (channelId) =>
      command('rescue', () => {
        const channel = inStasis(channelId);
        afterPlayback(channel, () => toSafeHarbor(channel, 'now'));
      }),
    take: (callId) =>
      command('take', () => {
        const channel = channelOf(callId);
        if (channel.place !== 'dialer' && channel.place !== 'handed_over')
          throw new TelephonyRefused(`channel ${callId} is nobody's to take it from`, null);
        if (channel.place === 'handed_over' && lived.get(callId)?.connectedAt != null)
          throw new TelephonyRefused(`channel ${callId} is with somebody`, null);
        channel.place = 'dialer';
        channel.variables.set('BREAKWATER_HARBOR', 'over');
        setDeadMan(channel, 0.3);
        clock.after(3, () => {
          if (channels.get(callId) === channel) enter(channel);
        });
      }),
    announceStaff: (channelId) => command('announceStaff', () => announce(channelId, emit)),
    hangUp: (channelId) =>
      command('hangUp', () => {
        const channel = channels.get(channelId);
        if (channel !== undefined) end(channel, BY_EXCHANGE);
      }),
    channels: () =>
      command('channels', () =>
        [...channels.values()].flatMap((channel) => [
          { channelId: channel.id, up: channel.up, inStasis: channel.place === 'stasis' },
          ...(channel.ears?.beside() === true
            ? [{ channelId: `breakwater-ear-${channel.id}`, up: true, inStasis: true }]
            : []),
          ...[...overheard].flatMap(([bridgeId, heard]) =>
            heard === channel.id
              ? [{ channelId: `breakwater-third-${bridgeId}`, up: true, inStasis: true }]
              : [],
          ),
        ]),
      ),
    fallbackRecords: () => command('fallbackRecords', () => [...records]),
    clearFallbackRecord: (record) =>
      command('clearFallbackRecord', () => forgetRecord(record.callId, record.what)),
    keepOptOut: (channelId, atEpochSeconds) =>
      command('keepOptOut', () => keepRecord(channelId, 'opt_out', atEpochSeconds)),
    listen: (listener) => void listeners.push(listener),
    close: () => Promise.resolve(),
  };
  return exchange;
}

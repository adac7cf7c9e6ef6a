/**
 * A telephone exchange for tests without Asterisk: channels, Stasis, the dead-man switch and what `dialplan/breakwater.conf` does
 * when it fires. Called persons follow a script; commands and the connection fail when told to. Keeps what each person lived
 * through, so that a test judges by that and not by what the sidecar believes.
 */
import type { AgentId, CallId } from '../../src/domain/ids.ts';
import {
  type FallbackRecord,
  type OutgoingCall,
  type Telephony,
  type TelephonyEvent,
  TelephonyRefused,
  TelephonyUnavailable,
} from '../../src/ports/telephony.ts';
import type { FakeClock } from './fake-clock.ts';

/** What the called person does; milliseconds. */
export interface Script {
  readonly ringMs: number;
  /** `null`: answers. */
  readonly refuses: { readonly hangupCause: number; readonly sipStatus: number | null } | null;
  /** From the answer to the first word, and how long it is spoken; null says nothing. */
  readonly speaks: { readonly afterMs: number; readonly forMs: number } | null;
  /** Gives up this long after the answer when neither agent nor message has come. */
  readonly patienceMs: number;
  /** Presses this key so long after the message began. */
  readonly key: { readonly digit: string; readonly afterMs: number } | null;
  /** Length of the talk with an agent. */
  readonly talkMs: number;
}

export const ANSWERS: Script = {
  ringMs: 1_000,
  refuses: null,
  speaks: { afterMs: 200, forMs: 600 },
  patienceMs: 20_000,
  key: null,
  talkMs: 5_000,
};

/** What happened to one person, by the exchange's own clock. */
export interface Lived {
  readonly callId: CallId;
  readonly number: string;
  answeredAt: number | null;
  greetingEndAt: number | null;
  connectedAt: number | null;
  messageAt: number | null;
  messagesHeard: number;
  keyAt: number | null;
  /** The key was pressed under a message of ours while nobody of us was connected: no event will tell. */
  keyUnheard: boolean;
  endedAt: number | null;
  endedBy: 'person' | 'exchange' | null;
  recordedAt: number | null;
  disclosedAt: number | null;
}

interface Channel {
  readonly id: string;
  up: boolean;
  place: 'dialing' | 'stasis' | 'dialplan' | 'handed_over';
  deadMan: { cancel(): void } | null;
  readonly variables: Map<string, string>;
  bridge: string | null;
  playback: { readonly id: string; readonly cancel: () => void } | null;
}

type Command = keyof Telephony | 'any';

export interface FakeExchange extends Telephony {
  readonly lived: Map<string, Lived>;
  /** Script of the next calls to a number; others follow the last argument of `fakeExchange`. */
  script(number: string, script: Script): void;
  connect(): void;
  disconnect(): void;
  agentCallsIn(agentId: string): string;
  agentHangsUp(channelId: string): void;
  /** Decides about each command: refuse it, lose its answer after it was done, or delay it. */
  fault: (command: Command) => {
    readonly kind: 'none' | 'unavailable' | 'answer_lost' | 'late';
    ms?: number;
  };
  readonly records: FallbackRecord[];
  liveChannels(): readonly string[];
}

const MESSAGE_MS = 6_000;

export function fakeExchange(clock: FakeClock, otherwise: () => Script = () => ANSWERS): FakeExchange {
  const listeners: ((event: TelephonyEvent) => void)[] = [];
  const channels = new Map<string, Channel>();
  const agents = new Map<string, string>();
  const bridges = new Map<string, Set<string>>();
  const scripts = new Map<string, Script>();
  const scriptOf = new Map<string, Script>();
  const lived = new Map<string, Lived>();
  const records: FallbackRecord[] = [];
  let up = true;
  let lastAgent = 0;

  const emit = (event: TelephonyEvent): void => {
    clock.after(1, () => {
      if (up) for (const listener of listeners) listener(event);
    });
  };
  const mono = (): number => clock.monotonic();

  async function command<T>(name: keyof Telephony, act: () => T): Promise<T> {
    if (!up) throw new TelephonyUnavailable(`${name}: not connected`);
    const fault = exchange.fault(name);
    if (fault.kind === 'unavailable') {
      await wait(2_000);
      throw new TelephonyUnavailable(`${name}: no answer`);
    }
    await wait(fault.kind === 'late' ? (fault.ms ?? 500) : 1);
    const value = act();
    if (fault.kind === 'answer_lost') {
      await wait(2_000);
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
    const { bridge } = channel;
    if (bridge === null) return;
    channel.bridge = null;
    const members = bridges.get(bridge);
    members?.delete(channel.id);
    emit({ kind: 'bridge_left', bridgeId: bridge, remaining: [...(members ?? [])] });
  }

  function end(channel: Channel, by: 'person' | 'exchange', cause: number | null = 16): void {
    if (!channels.delete(channel.id)) return;
    channel.deadMan?.cancel();
    const life = lived.get(channel.id);
    if (life !== undefined && life.endedAt === null) {
      life.endedAt = mono();
      life.endedBy = by;
    }
    const callId = channel.id as CallId;
    if (by === 'person') emit({ kind: 'hangup_requested', callId });
    leaveBridge(channel);
    if (channel.playback !== null) {
      channel.playback.cancel();
      emit({ kind: 'playback_finished', playbackId: channel.playback.id, failed: true });
    }
    if (channel.place === 'stasis') emit({ kind: 'left', callId });
    emit({ kind: 'ended', callId, hangupCause: cause, sipStatus: null });
    emit({ kind: 'agent_left', channelId: channel.id });
    agents.delete(channel.id);
  }

  function setDeadMan(channel: Channel, seconds: number): void {
    channel.deadMan?.cancel();
    channel.deadMan =
      seconds === 0
        ? null
        : clock.after(seconds * 1_000, () => {
            if (channels.has(channel.id)) toSafeHarbor(channel, 1);
          });
  }

  /** `breakwater-safe-harbor` of the dialplan, from its first or from a later priority. */
  function toSafeHarbor(channel: Channel, priority: number): void {
    const harbor = channel.variables.get('BREAKWATER_HARBOR') ?? '';
    leaveBridge(channel);
    if (channel.place === 'stasis') emit({ kind: 'left', callId: channel.id as CallId });
    channel.place = 'dialplan';
    if (priority === 1 && (harbor === 'playing' || harbor === 'done')) {
      end(channel, 'exchange');
      return;
    }
    setDeadMan(channel, 0);
    if (lived.has(channel.id)) {
      records.push({ callId: channel.id, what: 'dropped', atEpochSeconds: Math.floor(clock.now() / 1_000) });
    }
    clock.after(harbor === 'heard' ? 400 : 600, () => {
      if (!channels.has(channel.id)) return;
      hearMessage(channel);
      clock.after(MESSAGE_MS + 1_000, () => end(channel, 'exchange'));
    });
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
      press(channel, key.digit, life);
    });
  }

  /** In Stasis the key is an event, and lost when nobody listens; in the dialplan `Read` has it. */
  function press(channel: Channel, digit: string, life: Lived): void {
    const callId = channel.id as CallId;
    if (channel.place === 'stasis') {
      emit({ kind: 'digit', callId, digit });
      clock.after(1, () => {
        if (!up) life.keyUnheard = true;
      });
      return;
    }
    records.push({ callId, what: 'opt_out', atEpochSeconds: Math.floor(clock.now() / 1_000) });
    end(channel, 'exchange');
  }

  function answer(channel: Channel, life: Lived, script: Script): void {
    channel.up = true;
    life.answeredAt = mono();
    life.greetingEndAt = script.speaks === null ? null : mono() + script.speaks.afterMs + script.speaks.forMs;
    const callId = channel.id as CallId;
    emit({ kind: 'answered', callId });
    setDeadMan(channel, 0.8);
    if (!up) toSafeHarbor(channel, 1);
    else {
      channel.place = 'stasis';
      emit({ kind: 'entered', callId });
    }
    if (script.speaks !== null) {
      const { afterMs, forMs } = script.speaks;
      clock.after(afterMs, () => talk({ kind: 'talk_started', callId }));
      const silence = Number(channel.variables.get('BREAKWATER_SILENCE_MS') ?? '500');
      clock.after(afterMs + forMs + silence, () => talk({ kind: 'talk_finished', callId, talkMs: forMs }));
    }
    clock.after(script.patienceMs, () => {
      if (life.connectedAt === null && life.messageAt === null) end(channel, 'person');
    });

    function talk(event: TelephonyEvent): void {
      if (channels.get(channel.id)?.place === 'stasis') emit(event);
    }
  }

  const exchange: FakeExchange = {
    lived,
    records,
    fault: () => ({ kind: 'none' }),
    script: (number, script) => void scripts.set(number, script),
    liveChannels: () => [...channels.keys()].filter((id) => lived.has(id)),
    connect() {
      if (up) return;
      up = true;
      const talking = new Set([...bridges.values()].flatMap((members) => [...members]));
      for (const [channelId, agentId] of agents) {
        if (talking.has(channelId)) continue;
        for (const listener of listeners) {
          listener({ kind: 'agent_arrived', agentId: agentId as AgentId, channelId });
        }
      }
      for (const listener of listeners) listener({ kind: 'connection', up: true });
    },
    disconnect() {
      if (!up) return;
      up = false;
      for (const listener of listeners) listener({ kind: 'connection', up: false });
    },
    agentCallsIn(agentId) {
      const id = `agent-channel-${(lastAgent += 1)}`;
      channels.set(id, {
        id,
        up: true,
        place: 'stasis',
        deadMan: null,
        variables: new Map(),
        bridge: null,
        playback: null,
      });
      agents.set(id, agentId);
      emit({ kind: 'agent_arrived', agentId: agentId as AgentId, channelId: id });
      return id;
    },
    agentHangsUp(channelId) {
      const channel = channels.get(channelId);
      if (channel !== undefined) end(channel, 'person');
    },

    problem: () => (up ? null : 'not connected'),
    originate: (call: OutgoingCall) =>
      command('originate', () => {
        if (channels.has(call.callId)) return 'duplicate';
        const number = `+${/\d{11}/.exec(call.endpoint)?.[0] ?? ''}`;
        const script = scripts.get(number) ?? otherwise();
        const channel: Channel = {
          id: call.callId,
          up: false,
          place: 'dialing',
          deadMan: null,
          variables: new Map(Object.entries(call.variables)),
          bridge: null,
          playback: null,
        };
        const life: Lived = {
          callId: call.callId,
          number,
          answeredAt: null,
          greetingEndAt: null,
          connectedAt: null,
          messageAt: null,
          messagesHeard: 0,
          keyAt: null,
          keyUnheard: false,
          endedAt: null,
          endedBy: null,
          recordedAt: null,
          disclosedAt: null,
        };
        channels.set(call.callId, channel);
        lived.set(call.callId, life);
        scriptOf.set(call.callId, script);
        clock.after(20, () => emit({ kind: 'ringing', callId: call.callId }));
        clock.after(Math.min(script.ringMs, call.ringAtMostSeconds * 1_000), () => {
          if (!channels.has(call.callId)) return;
          if (script.refuses !== null) end(channel, 'exchange', script.refuses.hangupCause);
          else if (script.ringMs > call.ringAtMostSeconds * 1_000) end(channel, 'exchange', 19);
          else answer(channel, life, script);
        });
        return 'placed';
      }),
    setVariables: (channelId, variables) =>
      command('setVariables', () => {
        const channel = channelOf(channelId);
        for (const [name, value] of Object.entries(variables)) {
          if (name === 'TIMEOUT(absolute)') setDeadMan(channel, Number(value));
          else channel.variables.set(name, value);
        }
      }),
    play: (channelId, playbackId) =>
      command('play', () => {
        const channel = inStasis(channelId);
        emit({ kind: 'playback_started', playbackId });
        hearMessage(channel);
        const timer = clock.after(MESSAGE_MS, () => {
          channel.playback = null;
          emit({ kind: 'playback_finished', playbackId, failed: false });
        });
        channel.playback = { id: playbackId, cancel: () => timer.cancel() };
      }),
    stopPlayback: (playbackId) =>
      command('stopPlayback', () => {
        for (const channel of channels.values()) {
          if (channel.playback?.id !== playbackId) continue;
          channel.playback.cancel();
          channel.playback = null;
          emit({ kind: 'playback_finished', playbackId, failed: false });
        }
      }),
    bridge: (bridgeId, channelIds) =>
      command('bridge', () => {
        const members = channelIds.map(inStasis);
        const bridge = bridges.get(bridgeId) ?? new Set();
        bridges.set(bridgeId, bridge);
        for (const channel of members) {
          leaveBridge(channel);
          channel.bridge = bridgeId;
          bridge.add(channel.id);
          const life = lived.get(channel.id);
          if (life === undefined) continue;
          life.connectedAt ??= mono();
          clock.after(scriptOf.get(channel.id)?.talkMs ?? 1_000, () => end(channel, 'person'));
        }
      }),
    playToBridge: (_bridgeId, playbackId) =>
      command('playToBridge', () => {
        emit({ kind: 'playback_started', playbackId });
        clock.after(1_500, () => {
          const life = lived.get(playbackId.split(':')[0] ?? '');
          if (life !== undefined) life.disclosedAt = mono();
          emit({ kind: 'playback_finished', playbackId, failed: false });
        });
      }),
    destroyBridge: (bridgeId) =>
      command('destroyBridge', () => {
        for (const id of bridges.get(bridgeId) ?? []) {
          const channel = channels.get(id);
          if (channel !== undefined) channel.bridge = null;
        }
        bridges.delete(bridgeId);
      }),
    startRecording: (channelId) =>
      command('startRecording', () => {
        channelOf(channelId);
        const life = lived.get(channelId);
        if (life !== undefined) life.recordedAt ??= mono();
      }),
    stopRecording: () => command('stopRecording', () => undefined),
    continueAt: (channelId, context, _extension, priority) =>
      command('continueAt', () => {
        const channel = inStasis(channelId);
        if (context === 'breakwater-safe-harbor') {
          toSafeHarbor(channel, priority);
          return;
        }
        channel.place = 'handed_over';
        const life = lived.get(channelId);
        if (life !== undefined) life.connectedAt ??= mono();
        emit({ kind: 'left', callId: channelId as CallId });
        clock.after(scriptOf.get(channelId)?.talkMs ?? 1_000, () => end(channel, 'person'));
      }),
    hangUp: (channelId) =>
      command('hangUp', () => {
        const channel = channels.get(channelId);
        if (channel !== undefined) end(channel, 'exchange');
      }),
    channels: () =>
      command('channels', () =>
        [...channels.values()].map((channel) => ({
          channelId: channel.id,
          up: channel.up,
          inStasis: channel.place === 'stasis',
        })),
      ),
    fallbackRecords: () => command('fallbackRecords', () => [...records]),
    clearFallbackRecord: (record) =>
      command('clearFallbackRecord', () => {
        const at = records.findIndex((each) => each.callId === record.callId && each.what === record.what);
        if (at >= 0) records.splice(at, 1);
      }),
    keepOptOut: (callId, atEpochSeconds) =>
      command('keepOptOut', () => {
        records.push({ callId, what: 'opt_out', atEpochSeconds });
      }),
    listen: (listener) => void listeners.push(listener),
    close: () => Promise.resolve(),
  };
  return exchange;
}

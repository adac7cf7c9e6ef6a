/** The telephony port on a real Asterisk: calls and audio over ARI, recording and the exchange's database over AMI. */
import type { AriChannel, AriClient } from 'ari-client';
import { type CallId, parseAgentId, parseSupervisorId } from '../../domain/ids.ts';
import type { Log } from '../../ports/log.ts';
import { recordingFiles } from '../../ports/recordings.ts';
import {
  AGENT_STATE_VARIABLE,
  BRIDGED_WITHIN_VARIABLE,
  type DialplanPlace,
  TelephonyRefused,
  type FallbackRecord,
  type OutgoingCall,
  type Telephony,
  type TelephonyEvent,
} from '../../ports/telephony.ts';
import { openAmi, type AmiSettings } from './ami-connection.ts';
import { type AriListener, openAri, type AriSettings } from './ari-connection.ts';
import { translate } from './ari-events.ts';
import { fromExchange, toExchange } from './channel-ids.ts';
import { listChannels } from './channel-list.ts';
import { openDialedLegs } from './dialed-legs.ts';
import { createLateness } from './lateness.ts';
import { hearOriginateResponses, readOriginateResponse } from './originate-response.ts';
import { openSnoopEars, talkDetect } from './snoop-ears.ts';
import { openTalkBridges } from './talk-bridges.ts';
import { openGate, type Tenure } from './tenure.ts';
import { openThirdEars } from './third-ears.ts';

/** Context of `dialplan/breakwater.conf` in which an answered call starts. */
const ANSWERED_CONTEXT = 'breakwater-answered';
/** Where a channel goes when it ends. */
const REFUSED_HANDLER = 'breakwater-refused,s,1';
/** There a canary that somebody answers ends. */
const CANARY_CONTEXT = 'breakwater-canary-answered';
/** The same, for a call that is taken from a dialer. */
const TAKEN_CONTEXT = 'breakwater-taken';
/** There a call goes on to the place that the variable names. */
const HAND_OVER_CONTEXT = 'breakwater-hand-over';
const DESTINATION_VARIABLE = 'BREAKWATER_DESTINATION';
/** Whose application the dialplan gives a channel to, and the default there. */
const APPLICATION_VARIABLE = 'BREAKWATER_APPLICATION';
const DEFAULT_APPLICATION = 'breakwater';
/** At `now` the message comes at once. */
const SAFE_HARBOR_CONTEXT = 'breakwater-safe-harbor';
/** Families of the exchange's database that the dialplan writes; see `dialplan/breakwater.conf`. */
const FAMILIES = { dropped: 'breakwater-dropped', opt_out: 'breakwater-opt-out' } as const;

export interface AsteriskSettings {
  readonly ari: AriSettings;
  readonly ami: AmiSettings;
  readonly log: Log;
  /** Who may command the calls of the application; left out: nobody else could. */
  readonly tenure?: Tenure;
}

export function openAsterisk(settings: AsteriskSettings): Telephony {
  const listeners: ((event: TelephonyEvent) => void)[] = [];
  const emit = (event: TelephonyEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const gate = openGate(settings.tenure);
  const ami = openAmi(settings.ami, gate, {
    event(message) {
      const told = readOriginateResponse(message);
      if (told !== null) emit(told);
    },
    connection: (up) => void (up && hearOriginateResponses(ami, settings.log)),
  });
  const lateness = createLateness();
  const hears: AriListener = {
    event: (event) => {
      const lateMs = lateness.of(event['timestamp'], performance.now());
      if (thirdEars.hear(event)) return;
      legs.hear(event, lateMs);
      for (const told of ears.hear(event) ?? translate(event, (id) => legs.callOf(id), lateMs)) {
        emit(told);
      }
      legs.forget(event);
    },
    replaced: () => {
      settings.log.error(
        { application: settings.ari.application },
        'another sidecar has taken over the application',
      );
      // Its commands pass no ARI, so they end with it.
      ami.close();
      emit({ kind: 'replaced' });
    },
    connection: (up) => {
      settings.log.info({ up }, 'telephone exchange');
      if (!up) emit({ kind: 'connection', up });
      else
        void welcomeStaff().finally(() => {
          emit({ kind: 'connection', up });
        });
    },
  };
  const ari = openAri(settings.ari, hears, gate);

  const { application } = settings.ari;
  const named = application === DEFAULT_APPLICATION ? {} : { [APPLICATION_VARIABLE]: application };
  const ears = openSnoopEars(ari, settings.ari.application, settings.log);
  const legs = openDialedLegs(ari, emit, settings.log);
  const thirdEars = openThirdEars(ari, settings.ari.application, settings.log);

  /** Agents and supervisors who came in before we (re)connected: the exchange does not announce them again. */
  async function welcomeStaff(): Promise<void> {
    try {
      const [channels, bridges] = await Promise.all([
        listChannels(ari),
        ari.command('list bridges', (client) => client.bridges.list({})),
      ]);
      await legs.seed(channels, bridges);
      const channelIds = channels.map(({ id }) => id);
      void ears.sweep(channelIds);
      const swept = await thirdEars.sweep(
        channelIds,
        bridges.map(({ id }) => id),
      );
      const talking = new Set(
        bridges.flatMap((bridge) => (swept.includes(bridge.id) ? [] : bridge.channels)),
      );
      for (const { id, channels: left } of bridges) {
        // The other one left while nobody listened.
        if (left.length === 1) emit({ kind: 'bridge_left', bridgeId: id, remaining: left.map(fromExchange) });
      }
      for (const channel of channels) {
        if (!talking.has(channel.id)) await welcome(channel);
      }
    } catch (error) {
      settings.log.warn(
        { problem: String(error) },
        'agents and supervisors already there could not be listed',
      );
    }
  }

  /** False when the channel is nobody's of the house. */
  async function welcome({ id: exchangeId, dialplan }: AriChannel): Promise<boolean> {
    const channelId = fromExchange(exchangeId);
    const [, role, id = ''] = dialplan.app_data.split(',');
    if (dialplan.app_name !== 'Stasis') return false;
    const agentId = parseAgentId(id);
    if (role === 'agent' && agentId.ok) {
      const paused = await isPaused(exchangeId);
      emit({ kind: 'agent_arrived', agentId: agentId.value, channelId, paused });
      return true;
    }
    const supervisorId = parseSupervisorId(id);
    if (role !== 'supervisor' || !supervisorId.ok) return false;
    emit({ kind: 'supervisor_arrived', supervisorId: supervisorId.value, channelId });
    return true;
  }

  /** What the agent said to a sidecar before this one; a person must not be connected to somebody who is away. */
  async function isPaused(exchangeId: string): Promise<boolean> {
    try {
      const variable = AGENT_STATE_VARIABLE;
      const { value } = await ari.command('agent state', (client) =>
        client.channels.getChannelVar({ channelId: exchangeId, variable }),
      );
      return value !== '' && value !== 'ready';
    } catch (error) {
      // Never said anything: the variable does not exist.
      return !(error instanceof TelephonyRefused && /variable was not found/i.test(error.message));
    }
  }

  /** For commands on something that may just have gone: gone is what was wanted. */
  async function unlessGone(what: string, run: (client: AriClient) => Promise<unknown>): Promise<void> {
    try {
      await ari.command(what, run);
    } catch (error) {
      if (error instanceof TelephonyRefused && /not found/i.test(error.message)) return;
      throw error;
    }
  }

  return {
    problem: () => ari.problem() ?? ami.problem(),
    async originate(call) {
      try {
        const options = originateOptions({ ...call, variables: { ...named, ...call.variables } });
        await ari.command('originate', (client) => client.channels.originate(options));
        return 'placed';
      } catch (error) {
        if (!(error instanceof TelephonyRefused && /already exists/i.test(error.message))) throw error;
        // Asterisk says the same of an endpoint it cannot reach when the last refusal on that connection was a taken id.
        if (await isThere(call.callId)) return 'duplicate';
        throw new TelephonyRefused(
          `originate: no channel to ${call.endpoint}, and none of this id to which \`${error.message}\` could apply`,
          null,
        );
      }
    },
    async setVariables(callId, variables) {
      const channelId = legs.channelOf(callId);
      // ARI writes only to channels in its hands.
      if (legs.isHeld(callId)) return setByManager(channelId, variables);
      await setByAri(channelId, variables);
    },
    // ARI holds a channel's commands back until its playback has ended; the manager interface does not.
    setAtOnce: (channelId, variables) => setByManager(legs.channelOf(channelId), variables),
    listenBeside: (callId, detection) => ears.listen(callId, legs.channelOf(callId), detection),
    stopListening: (callId) => ears.stop(callId),
    async detectTalk(callId, detection) {
      if (legs.isHeld(callId)) return ears.retune(callId, detection);
      await ari.command('detect talk', (client) =>
        client.channels.setChannelVar({
          channelId: legs.channelOf(callId),
          variable: 'TALK_DETECT(set)',
          value: talkDetect(detection),
        }),
      );
    },
    async play(callId, playbackId, media) {
      const channelId = legs.channelOf(callId);
      await ari.command('play', (client) => client.channels.playWithId({ channelId, playbackId, media }));
    },
    stopPlayback: (playbackId) =>
      unlessGone('stop playback', (client) => client.playbacks.stop({ playbackId })),
    ...openTalkBridges(ari),
    overhear: (bridgeId, what) => thirdEars.overhear(bridgeId, what),
    stopOverhearing: (bridgeId) => thirdEars.stop(bridgeId),
    async playToBridge(bridgeId, playbackId, media) {
      await ari.command('play to bridge', (client) =>
        client.bridges.playWithId({ bridgeId, playbackId, media }),
      );
    },
    async startRecording(channelId, fileBase, beepSeconds) {
      const beep = beepSeconds === 0 ? '' : `B(${beepSeconds})`;
      const [mixed, called, agent] = recordingFiles(fileBase);
      await ami.action({
        action: 'MixMonitor',
        channel: await nameOf(channelId),
        file: mixed,
        options: `r(${called})t(${agent})${beep}`,
      });
    },
    async stopRecording(channelId) {
      await ami.action({ action: 'StopMixMonitor', channel: await nameOf(channelId) });
    },
    async take(callId) {
      const channel = legs.channelOf(callId);
      if (!legs.isHeld(callId)) await mustBeAlone(channel);
      await setByManager(channel, named);
      await ami.action({ action: 'Redirect', channel, context: TAKEN_CONTEXT, exten: 's', priority: '1' });
    },
    async hasPlace(callId, place) {
      const variable = `DIALPLAN_EXISTS(${written(place)})`;
      const { value } = await ari.command('look for a place', (client) =>
        client.channels.getChannelVar({ channelId: legs.channelOf(callId), variable }),
      );
      return value === '1';
    },
    async handOver(callId, to, bridgedWithinMs, isStill) {
      const channelId = legs.channelOf(callId);
      await setByAri(channelId, {
        [DESTINATION_VARIABLE]: written(to),
        ...(bridgedWithinMs === null
          ? {}
          : { [BRIDGED_WITHIN_VARIABLE]: (bridgedWithinMs / 1_000).toFixed(3) }),
      });
      if (!isStill()) return false;
      if (bridgedWithinMs !== null) legs.handOver(callId as CallId);
      await continueAt(channelId, HAND_OVER_CONTEXT, 's');
      return true;
    },
    rescue: (callId) => continueAt(legs.channelOf(callId), SAFE_HARBOR_CONTEXT, 'now'),
    async announceStaff(channelId) {
      const channels = await listChannels(ari);
      const channel = channels.find(({ id }) => id === toExchange(channelId));
      return channel !== undefined && welcome(channel);
    },
    hangUp: (id) =>
      unlessGone('hang up', (client) => client.channels.hangup({ channelId: legs.channelOf(id) })),
    async channels() {
      const channels = await listChannels(ari);
      return channels.map((channel) => ({
        channelId: legs.callOf(channel.id),
        up: channel.state === 'Up',
        inStasis: channel.dialplan.app_name === 'Stasis',
      }));
    },
    async fallbackRecords() {
      const dropped = await readFamily('dropped');
      return [...dropped, ...(await readFamily('opt_out'))];
    },
    async clearFallbackRecord(record) {
      try {
        await ami.action({ action: 'DBDel', family: FAMILIES[record.what], key: record.callId });
      } catch (error) {
        // The exchange does not say why: another sidecar may have cleared it.
        if (!(error instanceof TelephonyRefused)) throw error;
        const left = await readFamily(record.what);
        if (left.some(({ callId }) => callId === record.callId)) throw error;
      }
    },
    async keepOptOut(channelId, atEpochSeconds) {
      await ami.action({
        action: 'DBPut',
        family: FAMILIES.opt_out,
        key: channelId,
        val: String(atEpochSeconds),
      });
    },
    listen(listener) {
      listeners.push(listener);
    },
    close() {
      ari.close();
      ami.close();
      gate.close();
      return Promise.resolve();
    },
  };

  async function continueAt(channelId: string, context: string, extension: string): Promise<void> {
    await ari.command('continue', (client) =>
      client.channels.continueInDialplan({ channelId, context, extension, priority: 1 }),
    );
  }

  /**
   * The events that tell of a bridge may wait behind a stall of ours; the exchange itself knows. Whoever is alone no longer, or is where
   * the message is played already, is not to be taken.
   */
  async function mustBeAlone(channel: string): Promise<void> {
    const isEmpty = async (variable: string): Promise<boolean> =>
      ['', undefined].includes(
        (await ami.action({ action: 'Getvar', channel, variable }))['value'] as string,
      );
    const [atMessage, alone] = await Promise.all([isEmpty(BRIDGED_WITHIN_VARIABLE), isEmpty('BRIDGEPEER')]);
    if (alone && !atMessage) return;
    throw new TelephonyRefused(`channel ${channel} is with somebody, or at the message`, null);
  }

  async function setByAri(channelId: string, variables: Readonly<Record<string, string>>): Promise<void> {
    await Promise.all(
      Object.entries(variables).map(([variable, value]) =>
        ari.command(`set ${variable}`, (client) =>
          client.channels.setChannelVar({ channelId, variable, value }),
        ),
      ),
    );
  }

  async function setByManager(channel: string, variables: Readonly<Record<string, string>>): Promise<void> {
    await Promise.all(
      Object.entries(variables).map(([variable, value]) =>
        ami.action({ action: 'Setvar', channel, variable, value }),
      ),
    );
  }

  async function isThere(channelId: string): Promise<boolean> {
    const channels = await listChannels(ari);
    return channels.some(({ id }) => id === toExchange(channelId));
  }

  /** AMI knows channels by name, ARI by id. */
  async function nameOf(channelId: string): Promise<string> {
    const channels = await listChannels(ari);
    const found = channels.find((channel) => channel.id === toExchange(channelId));
    if (found === undefined) throw new TelephonyRefused(`channel ${channelId} is gone`, null);
    return found.name;
  }

  async function readFamily(what: keyof typeof FAMILIES): Promise<readonly FallbackRecord[]> {
    const family = FAMILIES[what];
    const rows = await ami.list({ action: 'DBGetTree', family }, 'DBGetTreeResponse', 'DBGetTreeComplete');
    return rows.flatMap((row) => {
      const callId = String(row['key']).split('/').at(-1) ?? '';
      const at = Number(row['val']);
      return callId === '' ? [] : [{ callId, what, atEpochSeconds: Number.isFinite(at) ? at : null }];
    });
  }
}

const written = ({ context, extension, priority }: DialplanPlace): string =>
  `${context},${extension},${priority}`;

function originateOptions(call: OutgoingCall): Readonly<Record<string, unknown>> {
  for (const [name, value] of Object.entries(call.variables)) {
    if (/[\p{Cc}]/u.test(value)) throw new TelephonyRefused(`variable ${name} has a control character`, null);
  }
  return {
    endpoint: call.endpoint,
    context: call.purpose === 'canary' ? CANARY_CONTEXT : ANSWERED_CONTEXT,
    extension: 's',
    priority: 1,
    callerId: call.callerId,
    timeout: call.ringAtMostSeconds,
    channelId: toExchange(call.callId),
    // Written to the new channel before it dials; its handler tells why a network has refused it.
    variables: { 'CHANNEL(hangup_handler_push)': REFUSED_HANDLER, ...call.variables },
  };
}

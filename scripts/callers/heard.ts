/**
 * What happened in each call and what the person heard, told from captured packets alone. "The party" is the far end,
 * a called person or an agent calling in; "heard" is what Asterisk sent to it, "spoken" what it sent to Asterisk.
 */
import { averageMagnitude, decodeMuLaw, SAMPLES_PER_MS } from './mu-law.ts';
import { parseRtp, parseSip, type RtpPacket, type SipMessage } from './packets.ts';
import type { UdpPacket } from './pcap.ts';

/** All instants are milliseconds since 1970 with a fraction, of the wire. */
export interface CallTrace {
  readonly callId: string;
  /** `called`: Asterisk sent the INVITE; `caller`: the party did. */
  readonly party: 'called' | 'caller';
  /** The called number or extension, and who called. */
  readonly number: string;
  readonly from: string | undefined;
  readonly invitedAt: number;
  readonly ringingAt: number | undefined;
  readonly answeredAt: number | undefined;
  /** The final status of the INVITE: 200, 486, 487, ... */
  readonly status: number | undefined;
  /** The INVITE as sent: its headers hold caller ID and Identity. */
  readonly invite: string;
  readonly endedAt: number | undefined;
  readonly endedBy: 'party' | 'asterisk' | undefined;
  readonly spoken: Stream;
  readonly heard: Stream;
  readonly keys: readonly KeyPress[];
}

export interface Stream {
  readonly packets: number;
  /** Instants of packets with sound above the threshold. */
  readonly voicedAt: readonly number[];
  readonly firstVoicedAt: number | undefined;
  readonly lastVoicedAt: number | undefined;
  /** The first and last voiced packet of each stretch without a pause of 300 ms or more. */
  readonly stretches: readonly { readonly from: number; readonly to: number }[];
  /** The sound, 8,000 samples a second, gaps filled with silence. */
  readonly samples: Int16Array;
  /** When the first sample was sent. */
  readonly startedAt: number | undefined;
}

export interface KeyPress {
  readonly digit: string;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Asterisk's own default for talk detection. */
const VOICED_MAGNITUDE = 256;
const STRETCH_PAUSE_MS = 300;
const MU_LAW_TYPE = 0;
const REBASE_MS = 60;
const LONGEST_SAMPLES = 3_600_000 * SAMPLES_PER_MS;

export function traceCalls(
  packets: readonly UdpPacket[],
  sipPort: number,
  isWanted: (number: string) => boolean = () => true,
): CallTrace[] {
  const dialogs = dialogsOf(packets, sipPort);
  const wanted = [...dialogs.values()].filter((dialog) => {
    const invite = inviteOf(dialog);
    return invite !== undefined && isWanted(calledNumber(invite.message));
  });
  if (wanted.length === 0) return [];
  const media = new Map<number, UdpPacket[]>();
  for (const packet of packets) {
    if (packet.from.port === sipPort || packet.to.port === sipPort) continue;
    for (const port of [packet.from.port, packet.to.port]) {
      const list = media.get(port);
      if (list === undefined) media.set(port, [packet]);
      else list.push(packet);
    }
  }
  return wanted.map((dialog) => traceCall(dialog, media)).filter((trace) => trace !== undefined);
}

/** How many calls to such a number are over, told from the signalling alone: cheap enough to ask often. */
export function countCallsOver(
  packets: readonly UdpPacket[],
  sipPort: number,
  isWanted: (number: string) => boolean,
): number {
  return [...dialogsOf(packets, sipPort).values()].filter((dialog) => {
    const invite = inviteOf(dialog);
    if (invite === undefined || !isWanted(calledNumber(invite.message))) return false;
    return dialog.some(
      ({ message }) =>
        message.method === 'BYE' || (message.cseqMethod === 'INVITE' && (message.status ?? 0) >= 300),
    );
  }).length;
}

function dialogsOf(packets: readonly UdpPacket[], sipPort: number): Map<string, SeenMessage[]> {
  const dialogs = new Map<string, SeenMessage[]>();
  for (const packet of packets) {
    if (packet.from.port !== sipPort && packet.to.port !== sipPort) continue;
    const message = parseSip(packet.payload);
    if (message === undefined) continue;
    const seen = { message, at: packet.at, byAsterisk: packet.from.port === sipPort };
    const dialog = dialogs.get(message.callId);
    if (dialog === undefined) dialogs.set(message.callId, [seen]);
    else dialog.push(seen);
  }
  return dialogs;
}

function inviteOf(dialog: readonly SeenMessage[]): SeenMessage | undefined {
  return dialog.find(({ message }) => message.method === 'INVITE');
}

function calledNumber(invite: SipMessage): string {
  return (invite.requestUser ?? '').replace(/^\+/, '');
}

interface SeenMessage {
  readonly message: SipMessage;
  readonly at: number;
  readonly byAsterisk: boolean;
}

function traceCall(
  dialog: readonly SeenMessage[],
  media: ReadonlyMap<number, readonly UdpPacket[]>,
): CallTrace | undefined {
  const invite = inviteOf(dialog);
  if (invite === undefined) return undefined;
  const answers = dialog.filter(
    ({ message, byAsterisk }) =>
      message.status !== undefined && message.cseqMethod === 'INVITE' && byAsterisk !== invite.byAsterisk,
  );
  const final = answers.find(({ message }) => (message.status ?? 0) >= 200 && message.status !== 401);
  const ok = final?.message.status === 200 ? final : undefined;
  const end = dialog.find(({ message }) => message.method === 'BYE' || message.method === 'CANCEL');
  const party = invite.byAsterisk ? 'called' : 'caller';
  const early = answers.find(({ message }) => message.audioPort !== undefined);
  const [asteriskPort, partyPort] = invite.byAsterisk
    ? [invite.message.audioPort, (ok ?? early)?.message.audioPort]
    : [(ok ?? early)?.message.audioPort, invite.message.audioPort];
  const until = (end?.at ?? Infinity) + 100;
  const inCall = (media.get(asteriskPort ?? 0) ?? []).filter(({ at }) => at >= invite.at && at <= until);
  const sent = inCall.filter(({ to }) => to.port === asteriskPort);
  const received = inCall.filter(({ from, to }) => from.port === asteriskPort && to.port === partyPort);
  return {
    callId: invite.message.callId,
    party,
    number: calledNumber(invite.message),
    from: invite.message.fromUser,
    invitedAt: invite.at,
    ringingAt: answers.find(({ message }) => message.status === 180)?.at,
    answeredAt: ok?.at,
    status: final?.message.status,
    invite: invite.message.text,
    endedAt: end?.at,
    endedBy: end === undefined ? undefined : end.byAsterisk ? 'asterisk' : 'party',
    spoken: stream(sent),
    heard: stream(received),
    keys: keyPresses(sent),
  };
}

function stream(packets: readonly UdpPacket[]): Stream {
  const frames: Frame[] = [];
  for (const { at, payload } of packets) {
    const rtp = parseRtp(payload);
    if (rtp?.payloadType !== MU_LAW_TYPE) continue;
    frames.push({ at, rtp, samples: decodeMuLaw(rtp.payload) });
  }
  const voicedAt = frames
    .filter(({ samples }) => averageMagnitude(samples) >= VOICED_MAGNITUDE)
    .map(({ at }) => at);
  return {
    packets: frames.length,
    voicedAt,
    firstVoicedAt: voicedAt[0],
    lastVoicedAt: voicedAt.at(-1),
    stretches: stretchesOf(voicedAt),
    samples: assemble(frames),
    startedAt: frames[0]?.at,
  };
}

interface Frame {
  readonly at: number;
  readonly rtp: RtpPacket;
  readonly samples: Int16Array;
}

/**
 * Lays the frames on a time line by their RTP timestamps, as a telephone would. A jump of the timestamp that the wall
 * clock does not confirm (another source, a new stream) starts a new reckoning at the wall clock.
 */
function assemble(frames: readonly Frame[]): Int16Array {
  const first = frames[0];
  if (first === undefined) return new Int16Array(0);
  const placed: { position: number; samples: Int16Array }[] = [];
  let previous = first;
  let position = 0;
  for (const frame of frames) {
    if (frame !== first) {
      const step = (frame.rtp.timestamp - previous.rtp.timestamp) | 0;
      const byClock = Math.round((frame.at - first.at) * SAMPLES_PER_MS);
      // Lost and reordered packets are told by their sequence numbers; a late one is still in its place.
      const sequenceStep = ((frame.rtp.sequence - previous.rtp.sequence) << 16) >> 16;
      const follows = step === sequenceStep * previous.samples.length;
      const believed = Math.abs(position + step - byClock) <= REBASE_MS * SAMPLES_PER_MS;
      const sameSource = frame.rtp.source === previous.rtp.source;
      position = sameSource && (follows || believed) ? position + step : byClock;
    }
    if (position >= 0 && position < LONGEST_SAMPLES) placed.push({ position, samples: frame.samples });
    previous = frame;
  }
  const length = placed.reduce((max, { position: at, samples }) => Math.max(max, at + samples.length), 0);
  const whole = new Int16Array(length);
  for (const { position: at, samples } of placed) whole.set(samples, at);
  return whole;
}

function stretchesOf(instants: readonly number[]): { from: number; to: number }[] {
  const stretches: { from: number; to: number }[] = [];
  for (const at of instants) {
    const current = stretches.at(-1);
    if (current !== undefined && at - current.to < STRETCH_PAUSE_MS) current.to = at;
    else stretches.push({ from: at, to: at });
  }
  return stretches;
}

/** RFC 4733: all packets of one key carry the same timestamp. */
function keyPresses(packets: readonly UdpPacket[]): KeyPress[] {
  const presses = new Map<string, { digit: string; firstAt: number; lastAt: number }>();
  for (const { at, payload } of packets) {
    const rtp = parseRtp(payload);
    if (rtp === undefined || rtp.payloadType < 96 || rtp.payload.length !== 4) continue;
    const digit = '0123456789*#ABCD'[rtp.payload.readUInt8(0)];
    if (digit === undefined) continue;
    const key = `${rtp.source}/${rtp.timestamp}/${digit}`;
    const press = presses.get(key);
    // The same key pressed again much later is another press, even when the replay repeats its timestamp.
    if (press !== undefined && at - press.lastAt < 500) press.lastAt = at;
    else presses.set(press === undefined ? key : `${key}/${at}`, { digit, firstAt: at, lastAt: at });
  }
  return [...presses.values()];
}

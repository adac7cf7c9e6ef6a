/**
 * The called persons: one SIP endpoint, any number of calls. A person rings until told to answer, says the greeting, presses
 * keys, hangs up, and keeps every packet with its instant. Knows nothing of the sidecar.
 */
import { createSocket } from 'node:dgram';
import { decodeMuLaw, loudness, VOICED } from './g711.ts';
import { type Leg, openLeg } from './leg.ts';
import { type CallRecord, type Script, wallNow } from './script.ts';
import {
  audioPortOf,
  type Dialog,
  parseSip,
  request,
  response,
  sessionAt,
  type SipMessage,
  targetOf,
} from './sip.ts';

const TICK_MS = 4;
const RESEND_MS = 500;
const MOST_RESENDS = 6;

export interface PeopleEvents {
  ringing(number: string): void;
  answered(number: string, at: number): void;
  over(record: CallRecord): void;
}

export interface People {
  readonly port: number;
  expect(script: Script): void;
  /** Answers a ringing phone `afterMs` from now; one that does not ring yet as soon as it rings after that. */
  answer(number: string, afterMs: number): void;
  hangUp(number: string): void;
  close(): void;
}

interface Call {
  readonly invite: SipMessage;
  readonly from: { readonly port: number; readonly address: string };
  readonly script: Script;
  readonly leg: Leg;
  readonly tag: string;
  readonly invitedAt: number;
  answerAt: number;
  answeredAt: number | null;
  acknowledged: boolean;
  resends: number;
  spokeAt: number | null;
  greetingEndAt: number | null;
  firstVoiceAt: number | null;
  keyDue: boolean;
  over: boolean;
}

/** `greeting`: voiced to its last frame, so that its end is known; one payload per 20 ms. */
export async function openPeople(greeting: readonly Uint8Array[], events: PeopleEvents): Promise<People> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const port = socket.address().port;
  const contact = `sip:person@127.0.0.1:${port}`;
  const scripts = new Map<string, Script>();
  const answers = new Map<string, number>();
  const calls = new Map<string, Call>();
  const opening = new Set<string>();
  let opened = 0;

  const say = (text: string, to: { readonly port: number; readonly address: string }): void => {
    socket.send(text, to.port, to.address);
  };
  const answerWith = (call: Call, status: string, sdp?: string): void => {
    const more = sdp === undefined ? {} : { sdp };
    say(response(call.invite, status, { tag: call.tag, contact, ...more }), call.from);
  };

  async function invited(invite: SipMessage, from: Call['from']): Promise<void> {
    const known = calls.get(invite.callId);
    if (known !== undefined) {
      // Repeated, or sent again in the call: the same answer as before.
      if (known.answeredAt === null) answerWith(known, '180 Ringing');
      else {
        const sdp = sessionAt(known.leg.port);
        say(response(invite, '200 OK', { tag: known.tag, contact, sdp }), from);
      }
      return;
    }
    const number = /^sip:\+?(\d+)@/.exec(invite.target)?.[1] ?? '';
    const script = scripts.get(number);
    if (script === undefined) {
      say(response(invite, '404 Not Found', { tag: 'nobody', contact }), from);
      return;
    }
    if (opening.has(invite.callId)) return;
    opening.add(invite.callId);
    opened += 1;
    const invitedAt = wallNow();
    const leg = await openLeg(opened, true);
    const call: Call = {
      invite,
      from,
      script,
      leg,
      tag: `p${opened}`,
      invitedAt,
      answerAt: answers.get(number) ?? Infinity,
      answeredAt: null,
      acknowledged: false,
      resends: 0,
      spokeAt: null,
      greetingEndAt: null,
      firstVoiceAt: null,
      keyDue: script.key !== null,
      over: false,
    };
    calls.set(invite.callId, call);
    opening.delete(invite.callId);
    scripts.delete(number);
    answerWith(call, '180 Ringing');
    events.ringing(number);
  }

  function pickUp(call: Call): void {
    const { leg, script } = call;
    const quietFrames = Math.round(script.speakAfterMs / 20);
    const words = script.speaks ? greeting : [];
    leg.says = (index) => words[index - quietFrames] ?? null;
    leg.said = (at) => {
      call.spokeAt ??= at;
      call.greetingEndAt = at;
    };
    leg.heard = (at, payload) => {
      if (call.firstVoiceAt === null && loudness(decodeMuLaw(payload)) >= VOICED) call.firstVoiceAt = at;
    };
    answerWith(call, '200 OK', sessionAt(leg.port));
    call.answeredAt = wallNow();
    leg.start(audioPortOf(call.invite.body));
    events.answered(script.number, call.answeredAt);
  }

  function over(call: Call, endedBy: CallRecord['endedBy']): void {
    if (call.over) return;
    call.over = true;
    const endedAt = wallNow();
    const { at, audio } = call.leg.received();
    call.leg.close();
    events.over({
      number: call.script.number,
      invitedAt: call.invitedAt,
      answeredAt: call.answeredAt,
      spokeAt: call.spokeAt,
      greetingEndAt: call.greetingEndAt,
      keys: [...call.leg.keys],
      endedAt,
      endedBy,
      heardAt: at,
      heard: audio,
    });
    // Kept a while for messages that are sent again.
    setTimeout(() => calls.delete(call.invite.callId), 5_000).unref();
  }

  function leave(call: Call): void {
    const called = call.invite.one('To');
    const dialog: Dialog = {
      callId: call.invite.callId,
      from: `${called};tag=${call.tag}`,
      to: call.invite.one('From'),
      target: targetOf(call.invite.one('Contact')),
      contact,
      port,
    };
    const bye = request('BYE', 1, dialog, `bye${call.tag}`);
    say(bye, call.from);
    // Once more in case it was lost; a dialog that is gone answers 481, which is as good.
    setTimeout(() => say(bye, call.from), RESEND_MS).unref();
    over(call, 'person');
  }

  function tick(): void {
    const now = wallNow();
    for (const call of calls.values()) {
      if (call.over) continue;
      if (call.answeredAt === null) {
        if (now >= call.answerAt) pickUp(call);
        continue;
      }
      if (!call.acknowledged && now - call.answeredAt > RESEND_MS * 2 ** call.resends) {
        call.resends += 1;
        if (call.resends <= MOST_RESENDS) answerWith(call, '200 OK', sessionAt(call.leg.port));
      }
      call.leg.tick(now);
      const { key, hangUp } = call.script;
      const since = (what: 'answer' | 'voice'): number =>
        (what === 'answer' ? call.answeredAt : call.firstVoiceAt) ?? Infinity;
      if (key !== null && call.keyDue && now >= since(key.since) + key.afterMs) {
        call.keyDue = false;
        call.leg.press(key.digit);
      }
      if (hangUp !== null && now >= since(hangUp.since) + hangUp.afterMs) leave(call);
    }
  }
  const ticking = setInterval(tick, TICK_MS);

  socket.on('message', (packet, from) => {
    const message = parseSip(packet.toString('utf8'));
    if (message?.method == null) return;
    const call = calls.get(message.callId);
    switch (message.method) {
      case 'INVITE':
        void invited(message, { port: from.port, address: from.address });
        return;
      case 'ACK':
        if (call !== undefined) call.acknowledged = true;
        return;
      case 'CANCEL':
        say(response(message, '200 OK', { tag: call?.tag ?? 'nobody', contact }), from);
        if (call !== undefined && call.answeredAt === null && !call.over) {
          answerWith(call, '487 Request Terminated');
          over(call, 'cancelled');
        }
        return;
      default:
        say(response(message, '200 OK', { tag: call?.tag ?? 'nobody', contact }), from);
        if (message.method === 'BYE' && call !== undefined) over(call, 'exchange');
    }
  });

  return {
    port,
    expect(script) {
      scripts.set(script.number, script);
      answers.delete(script.number);
    },
    answer(number, afterMs) {
      const at = wallNow() + afterMs;
      answers.set(number, at);
      for (const call of calls.values()) {
        if (call.script.number === number && !call.over) call.answerAt = at;
      }
    },
    hangUp(number) {
      scripts.delete(number);
      for (const call of calls.values()) {
        if (call.script.number !== number || call.over) continue;
        if (call.answeredAt !== null) leave(call);
        else {
          answerWith(call, '486 Busy Here');
          over(call, 'cancelled');
        }
      }
    },
    close() {
      clearInterval(ticking);
      for (const call of calls.values()) call.leg.close();
      socket.close();
    },
  };
}

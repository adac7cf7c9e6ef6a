/** Agents as SIP telephones: they dial `agent-ID` and sound one steady tone, which no person and no message has. */
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMuLaw, FRAME_SAMPLES } from './g711.ts';
import { openLeg } from './leg.ts';
import { wallNow } from './script.ts';
import { audioPortOf, type Dialog, parseSip, request, response, sessionAt, targetOf } from './sip.ts';
import { TONE_HZ } from './tone.ts';

const TICK_MS = 4;
const ANSWERED_WITHIN_MS = 10_000;
const LOUD = 8_000;

/** 20 ms of the tone: whole periods, so every packet is the same. */
export const tonePacket = (): Uint8Array =>
  encodeMuLaw(
    Int16Array.from({ length: FRAME_SAMPLES }, (_, index) =>
      Math.round(LOUD * Math.sin((2 * Math.PI * TONE_HZ * index) / 8_000)),
    ),
  );

export interface AgentPhone {
  readonly id: string;
  /** Resolves when the exchange has hung up. */
  readonly ended: Promise<void>;
  hangUp(): void;
}

/** Resolves when Asterisk has answered; rejects when it does not. */
export async function callIn(id: string, asteriskPort: number, order: number): Promise<AgentPhone> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const leg = await openLeg(50_000 + order, false);
  const packet = tonePacket();
  leg.says = () => packet;
  const contact = `sip:agent@127.0.0.1:${port}`;
  let dialog: Dialog = {
    callId: `agent-${id}-${port}`,
    from: `<sip:${id}@127.0.0.1:${port}>;tag=a${order}`,
    to: `<sip:agent-${id}@127.0.0.1:${asteriskPort}>`,
    target: `sip:agent-${id}@127.0.0.1:${asteriskPort}`,
    contact,
    port,
  };
  let answered = false;
  const refusals: number[] = [];
  let ticking: NodeJS.Timeout | undefined;
  let gone = false;
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const close = (): void => {
    if (gone) return;
    gone = true;
    clearInterval(ticking);
    leg.close();
    socket.close();
  };
  socket.on('message', (bytes, from) => {
    const message = parseSip(bytes.toString('utf8'));
    if (message === undefined || gone) return;
    if (message.method !== null) {
      if (message.method === 'ACK') return;
      const sdp = message.method === 'INVITE' ? { sdp: sessionAt(leg.port) } : {};
      socket.send(
        response(message, '200 OK', { tag: `a${order}`, contact, ...sdp }),
        from.port,
        from.address,
      );
      if (message.method === 'BYE') {
        end();
        setTimeout(close, 200).unref();
      }
      return;
    }
    if (!message.cseq.endsWith('INVITE') || (message.status ?? 0) < 200) return;
    dialog = { ...dialog, to: message.one('To') };
    const target = targetOf(message.one('Contact'));
    if ((message.status ?? 0) < 300 && target !== '') dialog = { ...dialog, target };
    socket.send(request('ACK', 1, dialog, `ack${order}`), asteriskPort, '127.0.0.1');
    if ((message.status ?? 0) >= 300) refusals.push(message.status ?? 0);
    else if (!answered) {
      answered = true;
      leg.start(audioPortOf(message.body));
      ticking = setInterval(() => leg.tick(wallNow()), TICK_MS);
    }
  });
  socket.send(request('INVITE', 1, dialog, `inv${order}`, sessionAt(leg.port)), asteriskPort, '127.0.0.1');
  const giveUp = performance.now() + ANSWERED_WITHIN_MS;
  while (!answered) {
    if (refusals.length > 0 || performance.now() > giveUp) {
      close();
      throw new Error(`agent \`${id}\` got no answer: ${refusals.join(' ') || 'silence'}`);
    }
    await sleep(10);
  }
  return {
    id,
    ended,
    hangUp() {
      if (gone) return;
      socket.send(request('BYE', 2, dialog, `bye${order}`), asteriskPort, '127.0.0.1');
      setTimeout(close, 200).unref();
    },
  };
}

/**
 * Takes the SIP messages that the exchange mirrors to us (res_hep_pjsip) from a UDP socket, and tells of the INVITEs among them.
 * Everybody who can send to the address can tell us of calls: it MUST be one that only the exchange reaches.
 */
import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import type { SeenInvite, SeenRefusal, SignallingTap, TapFigures } from '../../ports/signalling-tap.ts';
import type { Log } from '../../ports/log.ts';
import { type HepPacket, parseHep3, SIP_PROTOCOL } from './hep3.ts';
import { isInvite, isRefusal, parseSipMessage } from './sip-message.ts';

export interface HepListenerSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
}

/** Asked of the kernel, which may give less; about 2,000 messages. */
const RECEIVE_BUFFER_BYTES = 8 * 1_024 * 1_024;
/** Of INVITEs that have come and are not told yet: two seconds of what one core can take. */
const QUEUE_MAX = 10_000;
/**
 * An INVITE has two to four thousand, and `HEADER_CHARACTERS_MAX` of one Identity header are 8,192. Calls to us are mirrored too: what
 * anybody on the network may send must not fill the memory while it waits.
 */
const PACKET_BYTES_MAX = 16_384;
/**
 * Signatures are held against the clock that they were made by; far ends hold them against the true time. A message from an exchange whose
 * clock is further away than signatures are fresh (ATIS-1000074 §5.3.1), or an old one sent again, has no time of sending that could prove it.
 */
const CLOCKS_APART_MS_MAX = 60_000;
/** The event loop has other work to do: no more than this many at a time. */
const SLICE = 64;
/** Losses are told at most this often. */
const TELL_EVERY_MS = 10_000;

/** Rejects when the address cannot be had. */
export async function openHepListener(settings: HepListenerSettings): Promise<SignallingTap> {
  const { host, port, log } = settings;
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  await bound(socket, host, port);
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  const address = socket.address();
  const counted = { packets: 0, invites: 0, unreadable: 0, dropped: 0 };
  let listener: ((invite: SeenInvite) => void) | null = null;
  let refusalListener: ((refusal: SeenRefusal) => void) | null = null;
  let queue: HepPacket[] = [];
  let draining = false;
  let toldAt = Number.NEGATIVE_INFINITY;
  let told = 0;

  function tellLosses(): void {
    const lost = counted.dropped + counted.unreadable;
    if (lost === told || performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    told = lost;
    log.warn(
      { dropped: counted.dropped, unreadable: counted.unreadable, packets: counted.packets },
      'mirrored messages of the exchange were given up',
    );
  }

  function tellRefusal({ payload, correlationId }: HepPacket): void {
    const message = parseSipMessage(payload);
    if (message?.start.kind !== 'response') return;
    const sipCallId = message.callId === '' ? correlationId : message.callId;
    if (sipCallId === null) return;
    const { reasons, callInfo } = message;
    refusalListener?.({ sipCallId, sipStatus: message.start.status, reasons, callInfo });
  }

  function drain(): void {
    const slice = queue.slice(0, SLICE);
    queue = queue.slice(SLICE);
    for (const packet of slice) {
      const invite = inviteOf(packet);
      if (invite === null) counted.unreadable += 1;
      else if (invite !== 'within a call') {
        counted.invites += 1;
        listener?.(invite);
      }
    }
    tellLosses();
    draining = queue.length > 0;
    if (draining) setImmediate(drain);
  }

  socket.on('message', (bytes) => {
    counted.packets += 1;
    const parsed = parseHep3(bytes);
    if (!parsed.ok || bytes.length > PACKET_BYTES_MAX) {
      counted.unreadable += 1;
      tellLosses();
      return;
    }
    if (parsed.packet.protocol !== SIP_PROTOCOL) return;
    // Few, and read at once: the call's result waits for it.
    if (isRefusal(parsed.packet.payload)) tellRefusal(parsed.packet);
    if (!isInvite(parsed.packet.payload)) return;
    if (queue.length >= QUEUE_MAX) {
      counted.dropped += 1;
      tellLosses();
      return;
    }
    queue.push(parsed.packet);
    if (draining) return;
    draining = true;
    setImmediate(drain);
  });
  socket.on('error', (error) => log.error({ problem: error.message }, 'mirrored messages of the exchange'));
  log.info(
    { address: `${address.address}:${address.port}`, receiveBufferBytes: socket.getRecvBufferSize() },
    'listening to what the exchange mirrors',
  );

  return {
    listen(given) {
      listener = given;
    },
    listenRefusals(given) {
      refusalListener = given;
    },
    figures: (): TapFigures => ({
      address: `${address.address}:${address.port}`,
      ...counted,
      lostByKernel: lostByKernel(address.port),
    }),
    close: () =>
      new Promise((resolve) => {
        listener = null;
        refusalListener = null;
        queue = [];
        socket.close(() => resolve());
      }),
  };
}

const bound = (socket: Socket, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });

function inviteOf(packet: HepPacket): SeenInvite | 'within a call' | null {
  const message = parseSipMessage(packet.payload);
  if (message === null || message.start.kind !== 'request') return null;
  const sipCallId = message.callId === '' ? packet.correlationId : message.callId;
  if (sipCallId === null || message.from === null || message.to === null) return null;
  if (message.to.tag !== null) return 'within a call';
  return {
    sipCallId,
    fromUser: message.from.user,
    assertedUser: message.asserted?.user ?? null,
    toUser: message.to.user,
    date: message.date,
    identities: message.identities,
    sentAtMs: credible(packet.capturedAtMs),
  };
}

/** By the machine's clock also in a rehearsal: the exchange knows no other. */
const credible = (atMs: number | null): number | null =>
  atMs !== null && Math.abs(atMs - Date.now()) <= CLOCKS_APART_MS_MAX ? atMs : null;

/** Linux counts them for each socket, in the last column of a line that begins with the local address. */
function lostByKernel(port: number): number | null {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let lost: number | null = null;
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const line of linesOf(table)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(wanted) !== true) continue;
      lost = (lost ?? 0) + Number(columns.at(-1));
    }
  }
  return lost;
}

/** Another system than Linux has no such table. */
function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch {
    return [];
  }
}

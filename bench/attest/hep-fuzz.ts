/** Mutates HEP3 packets with INVITEs in them, and feeds them to the parsers. The same seed makes the same packets. */
import { parseHep3 } from '../../src/adapters/hep/hep3.ts';
import { parseSipMessage } from '../../src/adapters/hep/sip-message.ts';
import { hepChunks, hepPacket, inviteText } from '../../test/support/hep-packets.ts';

export interface HepFuzzed {
  /** At most ten, with the packet in hexadecimal. */
  readonly thrown: readonly string[];
  /** Results longer than their packet: what is kept of one must be bounded by it. */
  readonly tooLong: number;
  readonly read: number;
  readonly refused: number;
  readonly messages: number;
}

export const HEP_SEEDS: readonly Buffer[] = [
  hepPacket(hepChunks(inviteText())),
  hepPacket(
    hepChunks(inviteText({ identity: `${'a.'.repeat(400)};info=<https://x/y>`, more: ['y: b', ' c'] })),
  ),
  hepPacket(hepChunks('SIP/2.0 603 Decline\r\nReason: Q.850;cause=21\r\nCall-ID: x\r\n\r\n')),
  hepPacket(
    hepChunks(
      inviteText({
        from: '"\\"a<,b" <sip:+13035550199;x=y@h>;tag=1',
        more: ['P-Asserted-Identity: <tel:+13035550199>, <sip:a@b>'],
      }),
    ),
  ),
];

export function fuzzHep({
  seed,
  packets,
  progress = () => undefined,
}: {
  readonly seed: number;
  readonly packets: number;
  /** Told of each packet how many were made before. */
  readonly progress?: (made: number) => void;
}): HepFuzzed {
  const dice = numbersFrom(seed);
  const thrown: string[] = [];
  const counted = { tooLong: 0, read: 0, refused: 0, messages: 0 };
  for (let made = 0; made < packets; made += 1) {
    progress(made);
    const bytes = mutatedPacket(HEP_SEEDS[dice(HEP_SEEDS.length)] ?? Buffer.alloc(0), dice);
    try {
      const parsed = parseHep3(bytes);
      // Whatever the frame, the message in it is read too.
      const message = parseSipMessage(
        parsed.ok ? parsed.packet.payload : bytes.subarray(dice(bytes.length + 1)),
      );
      if (parsed.ok) counted.read += 1;
      else counted.refused += 1;
      if (message === null) continue;
      counted.messages += 1;
      const kept = [
        message.callId,
        message.from?.user,
        message.to?.user,
        message.date,
        ...message.identities,
      ];
      if (kept.reduce((sum, text) => sum + (text?.length ?? 0), 0) > bytes.length) counted.tooLong += 1;
    } catch (error) {
      if (thrown.length < 10) thrown.push(`${String(error)}: ${bytes.toString('hex').slice(0, 400)}`);
    }
  }
  return { thrown, ...counted };
}

export function mutatedPacket(original: Buffer, dice: (sides: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let times = dice(4); times >= 0; times -= 1) {
    const at = dice(bytes.length + 1);
    switch (dice(6)) {
      case 0:
        if (at < bytes.length) bytes[at] = dice(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice(8));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice(20))]);
        break;
      case 4:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          TOKENS[dice(TOKENS.length)] ?? Buffer.alloc(0),
          bytes.subarray(at),
        ]);
        break;
      default: {
        // A length that lies.
        const place = 4 + dice(Math.max(1, Math.min(120, bytes.length - 6)));
        if (place + 2 <= bytes.length) bytes.writeUInt16BE(dice(65_536), place);
      }
    }
  }
  return bytes;
}

const TOKENS = [
  '\r\n',
  '\r\n ',
  '"',
  '<',
  '>',
  ';tag=',
  'y: ',
  ':',
  '%',
  '%zz',
  '\0',
  ',',
  '\n\n',
  'HEP3',
  '\\"',
  'sip:@',
].map((text) => Buffer.from(text, 'latin1'));

/** Mulberry32: whole numbers below `sides`. */
function numbersFrom(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, sides);
  };
}

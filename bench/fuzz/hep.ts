/** HEP: mutated packets to the port of a running sidecar, as fast as it still answers; the parsers alone are fuzzed in `bench:attest`. */
import { createSocket } from 'node:dgram';
import { HEP_SEEDS, mutatedPacket } from '../attest/hep-fuzz.ts';
import { oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';
import type { Target } from './target.ts';

/** Of one turn; then the other side gets a moment. */
const PACKETS = 50;

export async function fuzzHepPort(target: Target, fuzzing: Fuzzing): Promise<void> {
  const socket = createSocket('udp4');
  try {
    await fuzzing.inTurns(2, async (dice) => {
      for (let sent = 0; sent < PACKETS; sent += 1) {
        const packet = mutatedPacket(oneOf(dice, HEP_SEEDS), dice);
        fuzzing.keep.sent(packet);
        await new Promise<void>((done) => socket.send(packet, target.ports.hep, '127.0.0.1', () => done()));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
  } finally {
    socket.close();
  }
}

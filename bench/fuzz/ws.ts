/**
 * WebSocket frames: a sidecar on a real Asterisk, between them a wire that puts frames of its own into the stream of ARI events: events
 * mutated, events of channels that are not there, frames that are none. What breaks the connection must heal by itself.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CAMPAIGN } from '../../test/support/serve-client.ts';
import { type Dice, mutateBytes, oddValue, oneOf } from './mutate.ts';
import type { Fuzzing } from './run.ts';
import type { Target } from './target.ts';

export interface FrameWire {
  readonly port: number;
  /** Open event streams towards the sidecar. */
  readonly streams: ReadonlySet<Socket>;
  close(): void;
}

/** Passes everything on; whole frames of the exchange stay whole, so that ours come between them. */
export async function openFrameWire(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FrameWire> {
  const streams = new Set<Socket>();
  const all = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(target);
    let upgraded = false;
    let rest = Buffer.alloc(0);
    for (const socket of [near, far]) {
      all.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        all.delete(socket);
        streams.delete(near);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk: Buffer) => {
      if (!upgraded) {
        near.write(chunk);
        upgraded = chunk.includes('101 Switching Protocols');
        if (upgraded) streams.add(near);
        return;
      }
      rest = Buffer.concat([rest, chunk]);
      for (let size = frameBytes(rest); size !== null; size = frameBytes(rest)) {
        near.write(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    streams,
    close() {
      server.close();
      for (const socket of all) socket.destroy();
    },
  };
}

/** RFC 6455 section 5.2, unmasked as servers send; null while it is not whole. */
function frameBytes(bytes: Buffer): number | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < head) return null;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return bytes.length < head + length ? null : head + length;
}

function frame(payload: Buffer, opcode: number): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, length])
      : Buffer.from([0x80 | opcode, 126, length >> 8, length & 0xff]);
  return Buffer.concat([head, payload.subarray(0, 65_535)]);
}

const CHANNEL = {
  ...{ id: 'fuzz-1', name: 'PJSIP/carrier-00000001', state: 'Up', protocol_id: 'x@y', language: 'en' },
  ...{ caller: { name: '', number: '+13035550101' }, connected: { name: '', number: '' }, accountcode: '' },
  dialplan: {
    context: 'breakwater-out',
    exten: '13035550150',
    priority: 1,
    app_name: 'Stasis',
    app_data: 'breakwater',
  },
  creationtime: '2026-11-23T18:00:00.000+0000',
  channelvars: {},
} as const;
/** Not `ApplicationReplaced`: the exchange is believed when it says so, and the sidecar ends, as it should. */
const TYPES = [
  ...['StasisStart', 'StasisEnd', 'ChannelStateChange', 'ChannelDestroyed', 'ChannelHangupRequest', 'ChannelTalkingStarted'],
  ...['ChannelTalkingFinished', 'ChannelDtmfReceived', 'ChannelEnteredBridge', 'ChannelLeftBridge', 'PlaybackFinished', 'Dial'],
  ...['RecordingFinished', 'ChannelVarset', 'ChannelCreated', 'BridgeDestroyed', 'NoSuchEvent', ''],
]; // prettier-ignore

function eventOf(dice: Dice): Record<string, unknown> {
  const event: Record<string, unknown> = {
    ...{ type: oneOf(dice, TYPES), application: 'breakwater', timestamp: '2026-11-23T18:00:00.000+0000' },
    ...{
      asterisk_id: '00:00:00:00:00:00',
      args: oneOf(dice, [[], ['agent', '3001'], [CAMPAIGN], ['supervisor', 'x']]),
    },
    ...{
      channel: { ...CHANNEL, id: oneOf(dice, ['fuzz-1', 'agent-3001', '', 'x'.repeat(300)]) },
      cause: 16,
      digit: '9',
    },
    ...{
      bridge: { id: 'b', channels: ['fuzz-1'] },
      playback: { id: 'p', state: 'done' },
      variable: 'X',
      value: 'y',
    },
    ...{ dialstatus: oneOf(dice, ['', 'RINGING', 'ANSWER', 'BUSY']), peer: CHANNEL, duration: 10 },
  };
  for (const key of Object.keys(event)) {
    if (key === 'type' || (key === 'application' && dice(4) > 0)) continue;
    if (dice(8) === 0) event[key] = oddValue(dice);
    else if (dice(12) === 0) event[key] = undefined; // left out of the JSON
  }
  return event;
}

export async function fuzzWs(_target: Target, fuzzing: Fuzzing, wire: FrameWire): Promise<void> {
  await fuzzing.inTurns(1, async (dice) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (const stream of wire.streams) {
      const json = Buffer.from(JSON.stringify(eventOf(dice)));
      const payload = dice(4) === 0 ? mutateBytes(json, dice) : json;
      const opcode = dice(60) === 0 ? oneOf(dice, [0, 2, 9, 10]) : 1;
      // Bytes that are no frame end the connection, so there are few of them.
      const bytes = dice(400) === 0 ? mutateBytes(frame(payload, opcode), dice) : frame(payload, opcode);
      fuzzing.keep.sent(bytes);
      stream.write(bytes);
    }
  });
}

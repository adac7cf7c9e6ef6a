/** HEP3 packets, whole and broken. */
import { describe, expect, test } from 'vitest';
import { type HepProblem, parseHep3 } from '../../../src/adapters/hep/hep3.ts';
import { hepChunks, type HepChunk, hepPacket, inviteText } from '../../support/hep-packets.ts';

const CHUNKS = hepChunks(inviteText());
const PACKET = hepPacket(CHUNKS);
const without = (...types: readonly number[]): readonly HepChunk[] =>
  CHUNKS.filter(({ type }) => !types.includes(type));

function read(bytes: Uint8Array) {
  const parsed = parseHep3(bytes);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.packet;
}

test('a packet of Asterisk', () => {
  const { payload, ...packet } = read(PACKET);
  expect(packet).toEqual({
    source: { host: '127.0.0.1', port: 5060 },
    destination: { host: '192.0.2.7', port: 5080 },
    capturedAtMs: 1_795_293_891_250,
    protocol: 1,
    captureId: 77,
    correlationId: 'c-1',
  });
  expect(Buffer.from(payload).toString('latin1')).toBe(inviteText());
});

test('IPv6 addresses, chunks of other vendors and of unknown types', () => {
  const six = Buffer.from('20010db8000000000000000000000001', 'hex');
  const packet = read(
    hepPacket([
      { type: 3, value: Buffer.from([1, 2, 3, 4]), vendor: 9 },
      { type: 77, value: Buffer.from('x') },
      ...without(3, 4),
      { type: 5, value: six },
      { type: 6, value: six },
    ]),
  );
  expect(packet.source).toEqual({ host: '2001:db8:0:0:0:0:0:1', port: 5060 });
  expect(packet.destination?.host).toBe('2001:db8:0:0:0:0:0:1');
});

test('what is not told is null; the first chunk of a type counts', () => {
  const packet = read(
    hepPacket([...without(3, 4, 7, 8, 9, 10, 12, 17), { type: 15, value: Buffer.from('x') }]),
  );
  expect(packet).toMatchObject({ source: null, destination: null, capturedAtMs: null, captureId: null });
  expect(packet.correlationId).toBeNull();
  expect(packet.payload.length).toBeGreaterThan(1);
});

describe('refused', () => {
  const length = (bytes: Buffer, value: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt16BE(value, 4);
    return copy;
  };
  test.each<readonly [HepProblem, Uint8Array]>([
    ['not_hep3', Buffer.alloc(0)],
    ['not_hep3', Buffer.from('HEP2\0\u0010xxxxxxxxxx', 'latin1')],
    ['truncated', Buffer.from('HEP3')],
    ['truncated', PACKET.subarray(0, PACKET.length - 1)],
    ['truncated', length(PACKET, 5)],
    ['bad_chunk', length(PACKET, PACKET.length - 1)],
    ['bad_chunk', length(PACKET, 9)],
    ['bad_chunk', hepPacket([...without(3), { type: 3, value: Buffer.from([127, 0, 0]) }])],
    ['bad_chunk', hepPacket([...without(7), { type: 7, value: Buffer.from([1]) }])],
    ['bad_chunk', Buffer.from('HEP3\0\u000c\0\0\0\u000f\0\u0005', 'latin1')],
    ['no_payload', hepPacket(without(15))],
    ['compressed', hepPacket([...without(15), { type: 16, value: Buffer.from('x') }])],
    ['too_many_chunks', hepPacket(Array.from({ length: 65 }, () => ({ type: 99, value: Buffer.alloc(0) })))],
  ])('%s', (problem, bytes) => {
    expect(parseHep3(bytes)).toEqual({ ok: false, problem });
  });
});

test('what is behind the told length is not read', () => {
  expect(read(Buffer.concat([PACKET, Buffer.from('trailing')])).correlationId).toBe('c-1');
});

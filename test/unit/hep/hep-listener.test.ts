/** What comes in on the socket: whoever can make the exchange mirror something must not fill our memory with it. */
import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { openHepListener } from '../../../src/adapters/hep/hep-listener.ts';
import { hepChunks, hepPacket, inviteText } from '../../support/hep-packets.ts';
import { until } from '../../support/wait.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

test('the time of sending counts while the clock of the exchange is near ours', async () => {
  const tap = await openHepListener({ host: '127.0.0.1', port: 0, log });
  const sender = createSocket('udp4');
  const seen = new Map<string, number | null>();
  tap.listen(({ sipCallId, sentAtMs }) => void seen.set(sipCallId, sentAtMs));
  const port = Number(tap.figures().address?.split(':').at(-1));
  const now = Date.now();
  const times = { now, recent: now - 20_000, old: now - 3_600_000, ahead: now + 3_600_000 };
  for (const [callId, atMs] of Object.entries(times))
    sender.send(hepPacket(hepChunks(inviteText({ callId }), atMs)), port, '127.0.0.1');
  await until('all are told', () => seen.size === 4);
  expect(Object.fromEntries(seen)).toEqual({ ...times, old: null, ahead: null });
  sender.close();
  await tap.close();
});

test('a message that is longer than any INVITE of telephony is given up and counted, the next one is told', async () => {
  const tap = await openHepListener({ host: '127.0.0.1', port: 0, log });
  const sender = createSocket('udp4');
  const seen: string[] = [];
  tap.listen(({ sipCallId }) => void seen.push(sipCallId));
  const port = Number(tap.figures().address?.split(':').at(-1));
  const send = (callId: string, padding: number): void =>
    sender.send(
      hepPacket(hepChunks(inviteText({ callId, more: ['X: '.padEnd(padding, 'x')] }))),
      port,
      '127.0.0.1',
    );
  send('long', 20_000);
  send('short', 10_000);
  await until('both are counted', () => tap.figures().packets === 2 && seen.length > 0);
  expect(seen).toEqual(['short']);
  expect(tap.figures()).toMatchObject({ invites: 1, unreadable: 1 });
  sender.close();
  await tap.close();
});

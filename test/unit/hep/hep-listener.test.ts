/** What comes in on the socket: whoever can make the exchange mirror something must not fill our memory with it. */
import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { openHepListener } from '../../../src/adapters/hep/hep-listener.ts';
import { hepChunks, hepPacket, inviteText } from '../../support/hep-packets.ts';
import { until } from '../../support/wait.ts';

test('a message that is longer than any INVITE of telephony is given up and counted, the next one is told', async () => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const tap = await openHepListener({ host: '127.0.0.1', port: 0, log });
  const sender = createSocket('udp4');
  const seen: string[] = [];
  tap.listen(({ sipCallId }) => void seen.push(sipCallId));
  const port = Number(tap.figures().address.split(':').at(-1));
  const send = (callId: string, padding: number): void =>
    sender.send(hepPacket(hepChunks(inviteText({ callId, more: ['X: '.padEnd(padding, 'x')] }))), port, '127.0.0.1');
  send('long', 20_000);
  send('short', 10_000);
  await until('both are counted', () => tap.figures().packets === 2 && seen.length > 0);
  expect(seen).toEqual(['short']);
  expect(tap.figures()).toMatchObject({ invites: 1, unreadable: 1 });
  sender.close();
  await tap.close();
});

/**
 * Sends HEP3 packets at a rate, as a process of its own: `--port`, `--rate` (calls in a second), `--seconds`, `--others` (packets of each
 * call besides its INVITE), `--identity`. Says on stdout how many calls it has sent.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { hepChunks, hepPacket, inviteText } from '../../test/support/hep-packets.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    others: { type: 'string' },
    identity: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    date: { type: 'string' },
  },
});
const port = Number(values.port);
const rate = Number(values.rate);
const wanted = rate * Number(values.seconds);
const invite = {
  identity: values.identity ?? '',
  from: `<sip:${values.from ?? ''}@127.0.0.1>;tag=a`,
  to: `<sip:${values.to ?? ''}@127.0.0.1>`,
  date: values.date ?? '',
};
const other = hepPacket(
  hepChunks(inviteText({ identity: null }).replace(/^INVITE .*\r\n/, 'SIP/2.0 180 Ringing\r\n')),
);

const socket = createSocket('udp4');
socket.connect(port, '127.0.0.1');
await once(socket, 'connect');
const started = performance.now();
let sent = 0;
while (sent < wanted) {
  const due = Math.min(wanted, Math.floor(((performance.now() - started) * rate) / 1_000));
  for (; sent < due; sent += 1) {
    const atMs = performance.timeOrigin + performance.now();
    socket.send(hepPacket(hepChunks(inviteText({ ...invite, callId: `bench-${sent}` }), atMs)));
    for (let more = Number(values.others); more > 0; more -= 1) socket.send(other);
  }
  await new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}
await new Promise((resolve) => {
  setTimeout(resolve, 200);
});
process.stdout.write(`${sent}\n`);
socket.close();

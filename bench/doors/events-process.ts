/** A manager that tells nothing but numbered events, so many a second, to whoever has logged in: `events-process.ts <per second>`. */
import { createServer, type Socket } from 'node:net';

const perSecond = Number(process.argv[2]);
const STEP_MS = 10;
/** As long as a Newstate of Asterisk 22. */
const REST = `Privilege: call,all\r\nChannel: PJSIP/trunk-0000a1b2\r\nUniqueid: 1700000000.12345\r\n${'X: 0123456789012345678901234567\r\n'.repeat(14)}\r\n`;
/** Of the listeners, and the number of the next event of each. */
const listeners = new Map<Socket, number>();
let from = 0;

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('close', () => listeners.delete(socket));
  socket.write('Asterisk Call Manager/11.0.0\r\n');
  socket.once('data', () => {
    socket.write('Response: Success\r\nMessage: Authentication accepted\r\n\r\n');
    listeners.set(socket, 0);
    socket.on('data', () => undefined);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ kind: 'open', port: typeof address === 'object' ? address?.port : 0 });
});
process.on('message', (asked) => {
  if (asked === 'origin') process.send?.({ kind: 'origin', origin: performance.timeOrigin });
  if (asked !== 'start') return;
  from = performance.now();
  setInterval(() => {
    const due = Math.floor(((performance.now() - from) * perSecond) / 1_000);
    for (const [socket, next] of listeners) {
      // Backpressure as the manager has it: a listener that does not take is waited for.
      if (socket.writableNeedDrain) continue;
      let text = '';
      for (let at = next; at < due; at += 1)
        text += `Event: Bench\r\nAt: ${at} ${performance.now()}\r\n${REST}`;
      if (text !== '') socket.write(text);
      listeners.set(socket, due);
    }
  }, STEP_MS);
});
process.on('disconnect', () => process.exit());

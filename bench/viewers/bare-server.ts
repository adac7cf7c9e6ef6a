/** The floor: a bare node server that sends given texts to everybody at given times. No ledger, no resuming, no bounds. */
import { createServer, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';

const [, , file = '', countText = '200'] = process.argv;
/** Milliseconds from the first, and what is sent then. */
const frames = JSON.parse(readFileSync(file, 'utf8')) as readonly (readonly [number, string])[];
const clients: ServerResponse[] = [];
const now = (): number => performance.timeOrigin + performance.now();

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': hello\n\n');
  clients.push(response);
  if (clients.length === Number(countText)) process.send?.({ kind: 'full' });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ kind: 'port', port: typeof address === 'object' ? address?.port : 0 });
});

process.on('message', () => {
  const from = now();
  const sentAt: number[] = [];
  const send = (index: number): void => {
    const frame = frames[index];
    if (frame === undefined) {
      process.send?.({ kind: 'sent', sentAt });
      return;
    }
    setTimeout(
      () => {
        sentAt.push(now());
        const bytes = Buffer.from(frame[1]);
        for (const client of clients) client.write(bytes);
        send(index + 1);
      },
      Math.max(0, frame[0] - (now() - from)),
    );
  };
  send(0);
});

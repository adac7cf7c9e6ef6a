/** Takes signed events: the raw bytes are verified first, and an entry that comes twice is known by its id. */
import { createServer } from 'node:http';
import { createWebhookVerifier, SIGNATURE_HEADER } from '../src/index.ts'; // as installed: '@breakwater/client'

const verifier = createWebhookVerifier({ secrets: [process.env['EVENT_SECRET'] ?? ''] });
const seen = new Set<string>();

createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    void (async () => {
      const body = Buffer.concat(pieces);
      const header = String(request.headers[SIGNATURE_HEADER] ?? '');
      const verdict = await verifier.verify(body, header);
      if (verdict !== 'valid') {
        response.writeHead(verdict === 'replayed' ? 200 : 401).end();
        return;
      }
      const event = JSON.parse(body.toString('utf8')) as { id: number; writer: string; kind: string };
      const key = String(event.id);
      if (!seen.has(key)) {
        seen.add(key);
        console.log(event.kind, event.id);
      }
      response.writeHead(204).end();
    })();
  });
}).listen(8_080, '127.0.0.1');

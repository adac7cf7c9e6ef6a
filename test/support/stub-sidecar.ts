/** An HTTP server that answers what a test tells it to, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface StubSidecar {
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  /** `METHOD /path` -> body, or status and body; the last of a list goes on for ever. */
  answers: Record<string, readonly StubAnswer[]>;
  close(): Promise<void>;
}

export interface StubAnswer {
  readonly status?: number;
  readonly body?: unknown;
  /** Instead of JSON. */
  readonly text?: string;
  readonly never?: true;
}

export async function startStub(): Promise<StubSidecar> {
  const asked: Asked[] = [];
  const turns = new Map<string, number>();
  const stub = { asked, answers: {} as Record<string, readonly StubAnswer[]> };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { method = '', url: path = '', headers } = request;
      asked.push({ method, path, headers, body: text === '' ? undefined : JSON.parse(text) });
      const key = `${method} ${path}`;
      const turn = turns.get(key) ?? 0;
      turns.set(key, turn + 1);
      const list = stub.answers[key] ?? [{ status: 404, body: { title: 'there is nothing here' } }];
      const answer = list[Math.min(turn, list.length - 1)] ?? {};
      if (answer.never === true) return;
      response.statusCode = answer.status ?? 200;
      response.end(answer.text ?? JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return Object.assign(stub, {
    port,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

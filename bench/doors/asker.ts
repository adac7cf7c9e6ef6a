/** Asks a sidecar over HTTP from a process of its own, as a dialer does: told by its parent what to ask, it answers with the waits. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Task {
  readonly url: string;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly forMs: number;
  /** Null: each connection asks again as soon as it is answered. */
  readonly perSecond: number | null;
}

export interface Done {
  /** Milliseconds from the instant a request was due to its whole answer. */
  readonly waits: readonly number[];
  readonly perSecond: number;
  readonly refused: number;
}

async function run({ url, bodies, connections, forMs, perSecond }: Task): Promise<Done> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const waits: number[] = [];
  let refused = 0;
  let asked = 0;

  const ask = (dueAt: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const body = bodies[(asked += 1) % bodies.length] ?? '';
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(url, { method: 'POST', agent, headers }, (response) => {
        if (response.statusCode !== 200) refused += 1;
        response.resume();
        response.on('end', () => {
          waits.push(performance.now() - dueAt);
          resolve();
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });

  const from = performance.now();
  const elapsed = (): number => performance.now() - from;
  if (perSecond === null) {
    const worker = async (): Promise<void> => {
      while (elapsed() < forMs) await ask(performance.now());
    };
    await Promise.all(Array.from({ length: connections }, worker));
  } else {
    const pending: Promise<void>[] = [];
    while (elapsed() < forMs) {
      while (pending.length < (elapsed() * perSecond) / 1_000) {
        pending.push(ask(from + (pending.length * 1_000) / perSecond));
      }
      await sleep(1);
    }
    await Promise.all(pending);
  }
  agent.destroy();
  return { waits, perSecond: (waits.length / elapsed()) * 1_000, refused };
}

process.on('message', (task: Task) => {
  run(task).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});

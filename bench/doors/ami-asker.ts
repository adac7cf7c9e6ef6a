/**
 * A dialer that speaks AMI over many connections, each sending its next Originate when the last one is answered, and the manager behind the
 * proxy, which places nothing and says at once that it has: both in one process beside the sidecar's.
 */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface AmiTask {
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  readonly connections: number;
  readonly actions: readonly string[];
  readonly forMs: number;
  /** Null: as fast as they are answered. */
  readonly perSecond: number | null;
}

export interface AmiDone {
  readonly kind: 'done';
  /** Milliseconds from the instant an action was due to its whole answer. */
  readonly waits: readonly number[];
  readonly perSecond: number;
  readonly permitted: number;
  readonly vetoed: number;
  /** Answered with anything but these two. */
  readonly refused: readonly string[];
  /** Originates that have reached the manager, so far. */
  readonly placed: number;
}

let placed = 0;
const manager = createServer({ noDelay: true }, (socket) => {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.write('Asterisk Call Manager/11.0.0\r\n');
  socket.on('data', (chunk: string) => {
    const parts = (text + chunk).split('\r\n\r\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const isCall = /^Action: Originate\r?$/im.test(part);
      if (isCall) placed += 1;
      const id = /^ActionID: .*$/m.exec(part)?.[0];
      const message = isCall ? 'Originate successfully queued' : 'Authentication accepted';
      socket.write(
        `Response: Success\r\n${id === undefined ? '' : `${id}\r\n`}Message: ${message}\r\n\r\n`,
        'latin1',
      );
    }
  });
});

interface Caller {
  ask(action: string): Promise<string>;
  close(): void;
}

async function caller({ port, user, secret }: AmiTask): Promise<Caller> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let text = '';
  let told: (message: string) => void = () => undefined;
  let lost: (error: Error) => void = () => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return;
    const message = text.slice(0, end);
    text = text.slice(end + 4);
    told(message);
  });
  socket.on('error', (error) => lost(error));
  socket.on('close', () => lost(new Error('the proxy has closed the connection')));
  const ask = (action: string): Promise<string> =>
    new Promise((resolve, reject) => {
      told = resolve;
      lost = reject;
      socket.write(`${action}\r\n\r\n`, 'latin1');
    });
  await ask(`Action: Login\r\nUsername: ${user}\r\nSecret: ${secret}\r\nEvents: off`);
  return { ask, close: () => socket.destroy() };
}

async function run(task: AmiTask): Promise<AmiDone> {
  const callers = await Promise.all(Array.from({ length: task.connections }, () => caller(task)));
  const waits: number[] = [];
  const refused: string[] = [];
  const count = { permitted: 0, vetoed: 0 };
  const from = performance.now();
  const elapsed = (): number => performance.now() - from;
  let next = 0;
  const worker = async (each: Caller): Promise<void> => {
    for (;;) {
      const at = next++;
      const dueMs = task.perSecond === null ? elapsed() : (at * 1_000) / task.perSecond;
      if (Math.max(dueMs, elapsed()) >= task.forMs) return;
      while (elapsed() < dueMs) await sleep(1);
      const answer = await each.ask(task.actions[at % task.actions.length] ?? '');
      waits.push(elapsed() - dueMs);
      if (answer.includes('Message: Originate successfully queued')) count.permitted += 1;
      else if (answer.includes('Message: Vetoed: ')) count.vetoed += 1;
      else refused.push(answer);
    }
  };
  await Promise.all(callers.map(worker));
  const perSecond = (waits.length / elapsed()) * 1_000;
  for (const each of callers) each.close();
  return { kind: 'done', waits, perSecond, ...count, refused, placed };
}

process.on('message', (task: AmiTask) => {
  run(task).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
manager.listen(0, '127.0.0.1', () => {
  const address = manager.address();
  process.send?.({ kind: 'open', port: typeof address === 'object' ? address?.port : 0 });
});

/** FastAGI as Asterisk speaks it: channels that ask, and a bare server that holds the same conversation without bounds, checks or escaping. */
import { connect, createServer, type Server } from 'node:net';
import type { AgiCommand } from '../../src/adapters/agi/wire.ts';

/** What the dialplan says of the channel that asks, as one text with its blank line. */
export const agiEnvironment = (script: string, uniqueId: string): string =>
  [
    'network: yes',
    `network_script: ${script}`,
    'request: agi://127.0.0.1:4573/veto',
    'channel: Local/13035550101@out-00000001;2',
    'language: en',
    'type: Local',
    `uniqueid: ${uniqueId}`,
    'version: 22.10.1',
    'callerid: 13035550100',
    'calleridname: unknown',
    'callingpres: 0',
    'callingani2: 0',
    'callington: 0',
    'callingtns: 0',
    'dnid: unknown',
    'rdnis: unknown',
    'context: out',
    'extension: 13035550101',
    'priority: 3',
    'enhanced: 0.0',
    'accountcode: ',
    'threadid: 140000000000000',
  ]
    .map((line) => `agi_${line}\n`)
    .concat('\n')
    .join('');

/** Says these commands, one at a time, and closes. `first` is told the environment, and is over before the first is said. */
export function bareServer(
  commands: readonly AgiCommand[],
  first: (environment: string) => Promise<void> | void = () => undefined,
): Promise<Server> {
  const server = createServer({ noDelay: true }, (socket) => {
    let next = 0;
    let text = '';
    socket.setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (next === 0 ? !text.endsWith('\n\n') : !text.endsWith('\n')) return;
      const before = next === 0 ? first(text) : undefined;
      text = '';
      const command = commands[next++];
      if (command === undefined) socket.destroy();
      else if (before === undefined) socket.write(command.line, 'latin1');
      else
        before.then(
          () => void socket.write(command.line, 'latin1'),
          () => void socket.destroy(),
        );
    });
  });
  return new Promise((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => resolve(server)),
  );
}

export interface Answered {
  /** From the wish to connect to the closed connection. */
  readonly tookMs: number;
  /** Until the connection stood. */
  readonly connectedMs: number;
  readonly verdict: string;
  readonly reason: string;
}

/** One AGI call of one channel. Rejects when the connection closes before the verdict is set. */
export function askByAgi(port: number, environment: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let connectedMs = Number.NaN;
    let told = '';
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.once('connect', () => (connectedMs = performance.now() - startedAt));
    socket.write(environment, 'latin1');
    socket.on('data', (line: string) => {
      told += line;
      socket.write(line.startsWith('EXEC ') ? '200 result=0\n' : '200 result=1\n', 'latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const verdict = valueOf(told, 'BREAKWATER_VERDICT');
      const reason = valueOf(told, 'BREAKWATER_REASON');
      if (verdict === '') reject(new Error('closed without a verdict'));
      else resolve({ tookMs: performance.now() - startedAt, connectedMs, verdict, reason });
    });
  });
}

const valueOf = (told: string, name: string): string =>
  new RegExp(`^SET VARIABLE ${name} "(.*)"$`, 'm').exec(told)?.[1] ??
  new RegExp(`^EXEC MSet (?:.*,)?${name}=([^,\\n]*)`, 'm').exec(told)?.[1] ??
  '';

export interface Load {
  readonly perSecond: number;
  readonly answers: readonly Answered[];
  /** Closed or cut before there was a verdict, which the dialplan reads as a veto. */
  readonly unanswered: number;
}

/** So many channels at once, each asking again as soon as it is answered. */
export async function agiLoad(
  port: number,
  channels: number,
  calls: number,
  environment: (call: number) => string,
): Promise<Load> {
  const answers: Answered[] = [];
  let [next, unanswered] = [0, 0];
  const startedAt = performance.now();
  const channel = async (): Promise<void> => {
    while (next < calls) {
      await askByAgi(port, environment(next++)).then(
        (answer) => void answers.push(answer),
        () => void (unanswered += 1),
      );
    }
  };
  await Promise.all(Array.from({ length: channels }, channel));
  return { perSecond: (calls / (performance.now() - startedAt)) * 1_000, answers, unanswered };
}

export const portOf = (server: Server): number => (server.address() as { readonly port: number }).port;

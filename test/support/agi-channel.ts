/** A channel of Asterisk as the FastAGI server sees it: sends an environment, acknowledges commands, keeps the variables. */
import { connect, type Socket } from 'node:net';

export interface ChannelOptions {
  readonly address?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What to answer a command with; null says nothing. */
  readonly onCommand?: (line: string, socket: Socket) => string | null;
}

export interface ChannelEnd {
  readonly variables: ReadonlyMap<string, string>;
  readonly commands: readonly string[];
}

export const ACK = '200 result=1\n';

/** What an exchange says of a command it has carried out: EXEC tells what the application returned. */
export const ackOf = (line: string): string => (line.startsWith('EXEC ') ? '200 result=0\n' : ACK);

export function environmentText(options: ChannelOptions): string {
  const environment: Record<string, string> = {
    network: 'yes',
    network_script: options.address ?? 'veto?campaign=solar',
    request: 'agi://127.0.0.1:4573/veto',
    channel: 'Local/13035550101@out-00000001;2',
    language: 'en',
    type: 'Local',
    uniqueid: '1795293891.15',
    version: '22.10.1',
    callerid: '13035550100',
    calleridname: 'unknown',
    dnid: 'unknown',
    context: 'out',
    extension: '13035550101',
    priority: '3',
    enhanced: '0.0',
    accountcode: '',
    threadid: '140000000000000',
    ...options.environment,
  };
  (options.args ?? []).forEach((value, index) => (environment[`arg_${index + 1}`] = value));
  const lines = Object.entries(environment).map(([name, value]) => `agi_${name}: ${value}\n`);
  return `${lines.join('')}\n`;
}

/** Undoes the quoting the way res_agi's parse_args does. */
export function parseSetVariable(line: string): readonly [string, string] | undefined {
  const match = /^SET VARIABLE ([A-Z0-9_]+) "((?:[^"\\]|\\.)*)"$/.exec(line);
  return match === null ? undefined : [match[1]!, match[2]!.replace(/\\(.)/g, '$1')];
}

/** The pairs of `EXEC MSet`, as MSet() splits them; behind two strokes a comma is one of the value. */
export function parseMSet(line: string): readonly (readonly [string, string])[] {
  const value = '(?:[^,="\\\\ ]|\\\\\\\\,)*';
  const whole = new RegExp(`^EXEC MSet ([A-Z0-9_]+=${value}(?:,[A-Z0-9_]+=${value})*)$`).exec(line)?.[1];
  return (whole?.split(/(?<!\\),/) ?? []).map((pair) => [
    pair.slice(0, pair.indexOf('=')),
    pair.slice(pair.indexOf('=') + 1).replaceAll('\\\\,', ','),
  ]);
}

export function runChannel(port: number, options: ChannelOptions = {}): Promise<ChannelEnd> {
  return new Promise((resolve, reject) => {
    const variables = new Map<string, string>();
    const commands: string[] = [];
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(environmentText(options)));
    socket.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop()!;
      if (lines.length > 1) reject(new Error('two commands in one write'));
      for (const line of lines) {
        commands.push(line);
        const ack = ackOf(line);
        const said = options.onCommand === undefined ? ack : options.onCommand(line, socket);
        const answer = said === ACK ? ack : said;
        const set = parseSetVariable(line);
        if (answer === ack)
          for (const pair of set === undefined ? parseMSet(line) : [set]) variables.set(...pair);
        if (answer !== null && socket.writable) socket.write(answer);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ variables, commands }));
  });
}

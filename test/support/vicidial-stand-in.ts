/**
 * The manager traffic of a VICIdial server, as its AST_manager_send makes it: for each action a TCP connection of its own, banner, login,
 * action, at most ten seconds for the answer, logoff. And the FastAGI server its dialplan tells of calls.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from './wait.ts';

/** As in docs/vicidial.md, and 8370 for a machine. */
export const VICIDIAL_DOORS = {
  campaign: 'solar',
  campaigns: [{ theirs: 'TESTCAMP', campaign: 'solar' }],
  called: ['Local/9{number}@default'],
  agents: ['Local/8600###@default'],
  behindAgents: ['9{number}@default'],
  destinations: ['138368@default', '138369@default', '138370@default', '8600###@default'],
  applications: [],
  onVeto: 'channel',
  channelId: false,
} as const;

export interface VicidialServer {
  /** Everything the manager said on this action's connection, up to the end of its answer. */
  send(lines: readonly string[]): Promise<string>;
}

/** `user`: sendcron. */
export function vicidialServer(at: {
  readonly port: number;
  readonly user: string;
  readonly secret: string;
}): VicidialServer {
  return {
    async send(lines) {
      const socket = connect({ host: '127.0.0.1', port: at.port });
      let heard = '';
      let isOver = false;
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
      socket.on('error', () => (isOver = true));
      socket.on('close', () => (isOver = true));
      const waitFor = async (what: RegExp): Promise<void> => {
        await until(`the manager says ${String(what)}`, () => what.test(heard) || isOver, 30_000);
        if (!what.test(heard)) throw new Error(`the end came before ${String(what)}: ${heard}`);
      };
      try {
        await waitFor(/Asterisk Call Manager\//);
        say(socket, ['Action: Login', `Username: ${at.user}`, `Secret: ${at.secret}`]);
        await waitFor(/Authentication accepted/);
        const before = heard.length;
        say(socket, lines);
        await until(
          'the answer',
          () => /Response: [^\n]*\nMessage: [^\n]*\n/.test(plain(heard, before)) || isOver,
          30_000,
        );
        say(socket, ['Action: Logoff']);
        return plain(heard, before);
      } finally {
        socket.end();
      }
    },
  };
}

const say = (socket: Socket, lines: readonly string[]): void =>
  void socket.write(`${lines.join('\r\n')}\r\n\r\n`);
const plain = (heard: string, from: number): string => heard.slice(from).replaceAll('\r\n', '\n');

export interface CallOfVicidial {
  readonly leadId: number;
  /** Ten digits. */
  readonly number: string;
  readonly campaign?: string;
}

export const CALLER_ID = '3035550100';

/** A letter, MMDDhhmmss without its first digit, the lead in ten digits: 20 characters. */
export const callCode = (
  letter: 'V' | 'M',
  leadId: number,
  at = new Date(Date.UTC(2026, 10, 23, 8, 0, 0)),
): string => letter + at.toISOString().replaceAll(/\D/g, '').slice(5, 14) + String(leadId).padStart(10, '0');

/** As AST_VDauto_dial writes it: the channel is the called party. `exten`: the campaign's own, behind the routing prefix. */
export const autoDial = (
  { leadId, number, campaign = 'TESTCAMP' }: CallOfVicidial,
  exten = '138368',
): readonly string[] => [
  'Action: Originate',
  `Exten: ${exten}`,
  'Context: default',
  `Channel: Local/91${number}@default`,
  'Priority: 1',
  `Callerid: "${callCode('V', leadId)}" <${CALLER_ID}>`,
  'Timeout: 26000',
  `VDACnote: ${campaign}|${leadId}|1|${number}|OUT|MAIN|0`,
];

/** As the agent's page writes it: the channel is the agent's conference, and what it goes to dials. */
export const manualDial = ({ leadId, number }: CallOfVicidial, session = '8600051'): readonly string[] => [
  'Action: Originate',
  `Exten: 91${number}`,
  'Context: default',
  `Channel: Local/${session}@default`,
  'Priority: 1',
  `Callerid: "${callCode('M', leadId)}" <${CALLER_ID}>`,
  'Timeout: 60000',
];

export interface ToldOfCall {
  /** `call_log`, or `call_log--HVcauses--...` with cause and status. */
  readonly script: string;
  /** The call code, by which VICIdial knows the call. */
  readonly code: string;
}

export interface FastAgiLog {
  readonly port: number;
  readonly told: readonly ToldOfCall[];
  close(): Promise<void>;
}

/** As FastAGI_log: reads what it is told, asks for nothing, and is done. */
export async function fastAgiLog(): Promise<FastAgiLog> {
  const told: ToldOfCall[] = [];
  const server: Server = createServer((socket) => {
    let text = '';
    let isTold = false;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      // Behind the request stands HANGUP where the channel is gone already.
      if (isTold || !text.includes('\n\n')) return;
      isTold = true;
      const field = (name: string): string => new RegExp(`^agi_${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
      told.push({ script: field('network_script'), code: field('calleridname') });
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    told,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

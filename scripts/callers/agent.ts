/** A call-center agent: SIPp calls an extension of Asterisk, talks without pause, and hangs up when asked. */
import { createSocket } from 'node:dgram';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SDP, send } from './person-scenario.ts';
import { startSipp } from './sipp.ts';
import { renderSpeech } from './speech.ts';

export interface AgentOptions {
  /** The extension in the inbound context, e.g. `agent-1001`. */
  readonly extension: string;
  /** Caller ID of the agent; default the extension. */
  readonly from?: string | undefined;
  readonly asterisk: { readonly host: string; readonly port: number };
  readonly directory: string;
  readonly port: number;
  readonly rtpPort: number;
  /** The agent hangs up after this time by itself; default 120 s. */
  readonly staysAtMostS?: number | undefined;
  /** What the agent says, over and over; `null` for a silent one. */
  readonly says?: string | null | undefined;
  /** Not one packet comes from the agent's telephone: its network lets none through. */
  readonly sendsNothing?: boolean | undefined;
}

export interface Agent {
  readonly extension: string;
  readonly pid: number;
  isRunning(): boolean;
  /** Resolves when Asterisk has answered; rejects when it refuses. */
  answered(): Promise<void>;
  /** Sends BYE and waits until the agent is gone. */
  hangUp(): Promise<void>;
  /** Resolves when the call is over, whoever ended it. */
  readonly ended: Promise<void>;
}

const SPEECH =
  'Good afternoon, thank you for waiting. I would like to tell you about our offer for this season and answer each of your questions.';

export async function startAgent(options: AgentOptions): Promise<Agent> {
  const directory = join(options.directory, 'agents');
  await mkdir(directory, { recursive: true });
  const name = `${options.extension}-${options.port}`;
  const voice = join(directory, `${name}.ul`);
  const says = options.says === undefined ? SPEECH : options.says;
  await writeFile(voice, says === null ? Buffer.alloc(80_000, 0xff) : await renderSpeech(says, 'rms'));
  const staysS = options.staysAtMostS ?? 120;
  const sipp = await startSipp({
    name,
    scenario: agentScenario(
      options.sendsNothing === true ? null : voice,
      staysS,
      options.from ?? options.extension,
    ),
    directory,
    port: options.port,
    rtpPort: options.rtpPort,
    livesAtMostS: staysS + 40,
    args: [
      `${options.asterisk.host}:${options.asterisk.port}`,
      '-s',
      options.extension,
      '-m',
      '1',
      '-cid_str',
      `${name}-%p`,
    ],
  });
  const callId = `${name}-${sipp.pid}`;
  const ended = sipp.exited.then(() => undefined);
  return {
    extension: options.extension,
    pid: sipp.pid,
    isRunning: () => sipp.isRunning(),
    ended,
    async answered() {
      while (!(await sipp.notes()).includes('answered')) {
        if (!sipp.isRunning())
          throw new Error(`agent \`${options.extension}\` got no answer: ${await sipp.errors()}`);
        await sleep(20);
      }
    },
    async hangUp() {
      // SIPp ends its calls without BYE when it is signalled; so the scenario is asked, by a message of this call.
      await askToLeave(callId, options.port);
      if (!(await sipp.waitForEnd(3_000))) await sipp.stop('SIGTERM', 500);
    },
  };
}

function askToLeave(callId: string, port: number): Promise<void> {
  const message = [
    `INFO sip:agent@127.0.0.1:${port} SIP/2.0`,
    'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-leave',
    'From: <sip:floor@127.0.0.1>;tag=floor',
    'To: <sip:agent@127.0.0.1>',
    `Call-ID: ${callId}`,
    'CSeq: 1 INFO',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.send(message, port, '127.0.0.1', (error) => {
      socket.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function agentScenario(voice: string | null, staysS: number, from: string): string {
  const dialog = (method: string, cseq: number, to: string): string[] => [
    `${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
    `From: <sip:${from}@[local_ip]:[local_port]>;tag=[pid]a[call_number]`,
    `To: <sip:[service]@[remote_ip]:[remote_port]>${to}`,
    'Call-ID: [call_id]',
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:${from}@[local_ip]:[local_port]>`,
    'Max-Forwards: 70',
  ];
  const empty = ['Content-Length: 0', ''];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE scenario SYSTEM "sipp.dtd">',
    '<scenario name="agent">',
    send(
      [...dialog('INVITE', 1, ''), 'Content-Type: application/sdp', 'Content-Length: [len]', '', SDP],
      'retrans="500"',
    ),
    ...['100', '180', '183'].map((code) => `<recv response="${code}" optional="true"/>`),
    '<recv response="200"><action><log message="answered"/></action></recv>',
    send([...dialog('ACK', 1, '[peer_tag_param]'), ...empty], ''),
    ...(voice === null ? [] : [`<nop><action><exec rtp_stream="${voice},-1,0"/></action></nop>`]),
    '<recv request="INFO" optional="true" next="leave"/>',
    `<recv request="BYE" timeout="${staysS * 1_000}" ontimeout="leave" next="bye"/>`,
    '<label id="leave"/>',
    send([...dialog('BYE', 2, '[peer_tag_param]'), ...empty], 'retrans="500"'),
    '<recv response="200" next="end"/>',
    '<label id="bye"/>',
    send(
      [
        'SIP/2.0 200 OK',
        '[last_Via:]',
        '[last_From:]',
        '[last_To:]',
        '[last_Call-ID:]',
        '[last_CSeq:]',
        ...empty,
      ],
      '',
    ),
    '<label id="end"/>',
    '</scenario>',
    '',
  ].join('\n');
}

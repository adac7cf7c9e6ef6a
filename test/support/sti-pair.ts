/**
 * Two real Asterisk: one signs, the other verifies and reports what it saw over HTTP. Between them a private authority with a server for its
 * certificates, good ones and broken ones. Calls end before anybody answers.
 */
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asteriskUser } from '../../scripts/asterisk/instance-directory.ts';
import { startAsterisk, type AsteriskInstance } from '../../scripts/asterisk/instance.ts';
import { containerStarter } from './real-asterisk.ts';
import { type Issued, issue } from '../../scripts/asterisk/sti-authority.ts';
import { until } from './wait.ts';

/** What the verifying Asterisk saw of one call. */
export interface SeenCall {
  readonly calledNumber: string;
  readonly callerId: string;
  /** Empty: there was none. */
  readonly identity: string;
  readonly date: string;
  readonly asterisk: { readonly result: string; readonly level: string };
  readonly seenAt: number;
}

export interface RawInvite {
  readonly callerId: string;
  readonly calledNumber: string;
  readonly headers: readonly string[];
}

export interface StiPair {
  readonly rootsFile: string;
  /** By the names of `LEAVES`. */
  readonly leaves: Readonly<Record<LeafName, Issued>>;
  urlOf(leaf: LeafName): string;
  /** The signing Asterisk calls through the verifying one; null when that saw no such call. */
  callThrough(callerId: string, calledNumber: string): Promise<SeenCall>;
  /** An INVITE of our own. */
  invite(message: RawInvite): Promise<SeenCall>;
  close(): Promise<void>;
}

const LEAVES = ['good', 'expired', 'wrong_ca', 'no_tn_auth_list'] as const;
type LeafName = (typeof LEAVES)[number];

/** Caller IDs the signing side knows, each with its level and certificate. */
export const SIGNED_NUMBERS = {
  A: '13035550101',
  B: '13035550102',
  C: '13035550103',
  expired: '13035550104',
  wrong_ca: '13035550105',
  no_tn_auth_list: '13035550106',
} as const;

export async function openStiPair(): Promise<StiPair> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-sti-'));
  await chmod(directory, 0o755);
  const root = issue({ subject: 'Private STI-CA' });
  const leaves: Record<LeafName, Issued> = {
    good: issue({ subject: 'SHAKEN 709J', issuer: root }),
    expired: issue({ subject: 'SHAKEN 709J old', issuer: root, until: Date.now() - 3_600_000 }),
    wrong_ca: issue({ subject: 'SHAKEN 709J other', issuer: issue({ subject: 'Other STI-CA' }) }),
    no_tn_auth_list: issue({ subject: 'SHAKEN without list', issuer: root, tnAuthList: null }),
  };
  const rootsFile = join(directory, 'roots.pem');
  await writeFile(rootsFile, root.pem);
  for (const name of LEAVES) await writeSecret(join(directory, `${name}.key`), leaves[name].keyPem);
  await mkdir(join(directory, 'cache'));
  await chmod(join(directory, 'cache'), 0o777);

  const seen = new Map<string, SeenCall>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const leaf = LEAVES.find((name) => url.pathname === `/${name}.pem`);
    if (leaf !== undefined) return void response.end(leaves[leaf].pem);
    if (url.pathname !== '/report') return void response.writeHead(404).end();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const told = new URLSearchParams(Buffer.concat(chunks).toString());
      const call = seenCall(told);
      seen.set(call.calledNumber, call);
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const urlOf = (leaf: LeafName): string => `${base}/${leaf}.pem`;

  const shared = { ...(await containerStarter()), sounds: [{ as: 'sti', directory }] };
  const verifying = await startAsterisk({
    ...shared,
    name: 'verifying',
    inboundSettings: { stir_shaken_profile: 'verify' },
    extraFiles: { 'stir_shaken.conf': verifyingConf(directory) },
    dialplanText: reportingDialplan(`${base}/report`),
  });
  const signing = await startAsterisk({
    ...shared,
    name: 'signing',
    endpoints: [{ name: 'carrier', ...verifying.sip, settings: { stir_shaken_profile: 'attest' } }],
    extraFiles: { 'stir_shaken.conf': signingConf(directory, urlOf) },
    dialplanText: '[nowhere]\nexten => s,1,Hangup()\n',
  }).catch(async (error: unknown) => {
    await verifying.stop();
    throw error;
  });

  const report = async (calledNumber: string): Promise<SeenCall> => {
    await until(`the call to ${calledNumber} is seen`, () => seen.has(calledNumber), 30_000);
    return seen.get(calledNumber)!;
  };
  return {
    rootsFile,
    leaves,
    urlOf,
    async callThrough(callerId, calledNumber) {
      await originate(signing, callerId, calledNumber);
      return report(calledNumber);
    },
    async invite(message) {
      const hangUp = sendInvite(message, verifying.sip);
      try {
        return await report(message.calledNumber);
      } finally {
        hangUp();
      }
    },
    async close() {
      await Promise.all([signing.stop(), verifying.stop()]);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Asterisk takes a key only from a file that nobody else can read. */
async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  const { uid, gid } = asteriskUser();
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}

function seenCall(told: URLSearchParams): SeenCall {
  const get = (name: string): string => told.get(name) ?? '';
  return {
    calledNumber: get('called'),
    callerId: get('caller'),
    identity: get('identity'),
    date: get('date'),
    asterisk: { result: get('result'), level: get('level') },
    seenAt: Date.now(),
  };
}

const verifyingConf = (directory: string): string => `
[verification]
global_disable = no
ca_file = ${directory}/roots.pem
cert_cache_dir = ${directory}/cache
failure_action = continue_return_reason
max_iat_age = 60
max_date_header_age = 60
relax_x5u_port_scheme_restrictions = yes
x5u_deny = 0.0.0.0/0.0.0.0
x5u_permit = 127.0.0.0/255.0.0.0

[verify]
type = profile
endpoint_behavior = verify
`;

const signingConf = (directory: string, urlOf: (leaf: LeafName) => string): string => {
  const key = (leaf: LeafName): string =>
    `private_key_file = ${directory}/${leaf}.key\npublic_cert_url = ${urlOf(leaf)}\n`;
  const number = (tn: string, level: string, leaf: LeafName): string =>
    `[${tn}]\ntype = tn\nattest_level = ${level}\n${key(leaf)}\n`;
  return [
    `[attestation]\nglobal_disable = no\nattest_level = B\n${key('good')}`,
    number(SIGNED_NUMBERS.A, 'A', 'good'),
    // Its level is inherited from [attestation].
    `[${SIGNED_NUMBERS.B}]\ntype = tn\n`,
    number(SIGNED_NUMBERS.C, 'C', 'good'),
    number(SIGNED_NUMBERS.expired, 'A', 'expired'),
    number(SIGNED_NUMBERS.wrong_ca, 'A', 'wrong_ca'),
    number(SIGNED_NUMBERS.no_tn_auth_list, 'A', 'no_tn_auth_list'),
    '[attest]\ntype = profile\nendpoint_behavior = attest\n',
  ].join('\n');
};

/** Tells what arrived, then refuses the call. */
const reportingDialplan = (url: string): string => `[inbound]
exten => _[+0-9]!,1,Set(IDENTITY=\${PJSIP_HEADER(read,Identity)})
 same => n,Set(DATE=\${PJSIP_HEADER(read,Date)})
 same => n,Set(RESULT=\${STIR_SHAKEN(0,verify_result)})
 same => n,Set(LEVEL=\${STIR_SHAKEN(0,attestation)})
 same => n,Set(CALLER=\${CALLERID(num)})
 same => n,Set(BODY=called=\${URIENCODE(\${EXTEN})}&caller=\${URIENCODE(\${CALLER})}&result=\${URIENCODE(\${RESULT})}&level=\${URIENCODE(\${LEVEL})})
 same => n,Set(BODY=\${BODY}&date=\${URIENCODE(\${DATE})}&identity=\${URIENCODE(\${IDENTITY})})
 same => n,Set(TOLD=\${CURL(${url},\${BODY})})
 same => n,Hangup(21)
`;

async function originate(from: AsteriskInstance, callerId: string, calledNumber: string): Promise<void> {
  const query = new URLSearchParams({
    endpoint: `PJSIP/${calledNumber}@carrier`,
    context: 'nowhere',
    extension: 's',
    priority: '1',
    callerId,
    timeout: '20',
  });
  const { url, user, password } = from.ari;
  const response = await fetch(`${url}/ari/channels?${query.toString()}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  });
  if (!response.ok) throw new Error(`originate: ${response.status} ${await response.text()}`);
}

/** One INVITE over UDP, its final answer acknowledged; answers a function that lets go of the socket. */
function sendInvite(
  { callerId, calledNumber, headers }: RawInvite,
  { host, port }: AsteriskInstance['sip'],
): () => void {
  const socket = createSocket('udp4');
  const id = randomUUID();
  const uri = `sip:${calledNumber}@${host}:${port}`;
  socket.bind(0, '127.0.0.1', () => {
    const own = `127.0.0.1:${socket.address().port}`;
    const common = [
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id};rport`,
      `From: <sip:${callerId}@${own}>;tag=${id}`,
      `Call-ID: ${id}`,
      'Max-Forwards: 70',
    ];
    const send = (method: string, lines: readonly string[]): void =>
      socket.send(
        [
          `${method} ${uri} SIP/2.0`,
          ...common,
          ...lines,
          `CSeq: 1 ${method}`,
          'Content-Length: 0',
          '',
          '',
        ].join('\r\n'),
        port,
        host,
      );
    socket.on('message', (message) => {
      const text = message.toString();
      const to = /^To: .*$/im.exec(text)?.[0];
      if (/^SIP\/2\.0 [3-6]/.test(text) && to !== undefined) send('ACK', [to]);
    });
    send('INVITE', [`To: <${uri}>`, `Contact: <sip:test@${own}>`, ...headers]);
  });
  return () => socket.close();
}

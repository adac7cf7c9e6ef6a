/**
 * A dialer that knows nothing of Breakwater, and the exchange as its owner had set it up: AMI over a plain socket, a login of its own. It
 * was given another port to connect to, and its carrier entry asks for the veto; nothing else was changed.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from './wait.ts';

export const DIALER = { user: 'predictive', secret: 'of-the-dialer' };
/** The desk that answered calls are put through to, as the trunk knows it. */
export const DESK = '2001';

/** `internal` has no veto: what gets there is dialed. */
export const DIALER_DIALPLAN = `
[default]
exten => _91NXXNXXXXXX,1,Gosub(breakwater-veto,s,1(routed,\${EXTEN:1},\${CALLERID(num)}))
 same => n,GotoIf($["\${BREAKWATER_VERDICT}"!="permit"]?refused)
 same => n,Dial(PJSIP/\${EXTEN:1}@carrier,\${BREAKWATER_RING_SECONDS})
 same => n(refused),Hangup(34)
exten => 8368,1,Dial(PJSIP/${DESK}@carrier,10)
[internal]
exten => _1NXXNXXXXXX,1,Dial(PJSIP/\${EXTEN}@carrier,30)
`;

/** With a hash and not the secret, so that commands in another shell read the same file. */
export const proxySettings = (port: number): string => `
amiProxy:
  port: ${port}
  accounts:
    - name: ${DIALER.user}
      secretSha256: ${createHash('sha256').update(DIALER.secret).digest('hex')}
      doors:
        campaign: routed
        called: ["Local/9{number}@default"]
        destinations: ["8368@default"]
`;

export interface AmiDialer {
  /** Sends one action, a header a line; resolves with the lines of its response. */
  act(...headers: readonly string[]): Promise<readonly string[]>;
  /** The first event of this name of which one line is `line`. */
  event(name: string, line: string): Promise<readonly string[]>;
  close(): void;
}

/** Logged in. */
export async function amiDialer(port: number): Promise<AmiDialer> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const messages: (readonly string[])[] = [];
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (part: string) => {
    const parts = (text + part).split('\r\n\r\n');
    text = parts.pop() ?? '';
    for (const each of parts) messages.push(each.split('\r\n'));
  });
  let sent = 0;
  const found = (what: string, isWanted: (lines: readonly string[]) => boolean): Promise<readonly string[]> =>
    until(what, () => Promise.resolve(messages.find(isWanted)));
  const act = (...headers: readonly string[]): Promise<readonly string[]> => {
    const id = `ActionID: dialer-${(sent += 1)}`;
    socket.write(`${[...headers, id].join('\r\n')}\r\n\r\n`);
    return found(`an answer to ${headers.join(', ')}`, (lines) => lines.includes(id) && isResponse(lines));
  };
  const login = await act('Action: Login', `Username: ${DIALER.user}`, `Secret: ${DIALER.secret}`);
  if (!saysOf(login, 'Response').includes('Success')) throw new Error(`no login: ${login.join(', ')}`);
  return {
    act,
    event: (name, line) =>
      found(`event ${name}`, (lines) => lines.includes(`Event: ${name}`) && lines.includes(line)),
    close: () => socket.destroy(),
  };
}

/** The banner stands before the first response. */
const isResponse = (lines: readonly string[]): boolean => lines.some((line) => line.startsWith('Response: '));

/** The value of a header, or an empty text. */
export const saysOf = (lines: readonly string[], header: string): string =>
  lines.find((line) => line.startsWith(`${header}: `))?.slice(header.length + 2) ?? '';

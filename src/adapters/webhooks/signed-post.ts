/**
 * One signed POST of a JSON document: `Breakwater-Signature` as in `event-signature.ts`. Redirects are not followed, and a name that leads
 * to a private address is not connected to unless the configuration names its network: what is written into a form of some foreign program
 * must not make the sidecar knock at doors inside.
 */
import type { lookup } from 'node:dns';
import { Agent as HttpAgent, type ClientRequest, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { refusedLiteral, targetGuard, guardedLookup } from '../../config/address-guard.ts';
import type { SignedTarget } from '../../config/signed-target.ts';
import { eventHmac, SIGNATURE_HEADER, signatureValue } from '../../domain/event-signature.ts';

export type SignedDocument = Readonly<Record<string, unknown>>;

/** Connections are kept for the next event. A connection that waits keeps no process alive. */
const AGENTS = {
  'http:': new HttpAgent({ keepAlive: true }),
  'https:': new HttpsAgent({ keepAlive: true }),
} as const;

/** Rejects unless the receiver answers 2xx within the target's time. The signature bears the time of this attempt. */
export async function signedPost(
  target: SignedTarget,
  document: SignedDocument,
  nowMs: () => number,
  resolve?: typeof lookup,
): Promise<void> {
  const body = JSON.stringify(document);
  const seconds = Math.floor(nowMs() / 1_000);
  const signature = signatureValue(seconds, eventHmac(target.secret, seconds).update(body).digest('hex'));
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    [SIGNATURE_HEADER]: signature,
  };
  const signal = AbortSignal.timeout(target.timeoutMs);
  const send = (): Promise<number> => post(target, { headers, body, signal, resolve });
  const status = await send().catch((error: unknown) => {
    // The receiver had closed the kept connection before it read anything: RFC 9112 section 9.3.1 lets it be sent once more.
    if (error instanceof StaleConnection) return send();
    throw error;
  });
  if (status < 200 || status > 299) throw new Error(`answered ${status}`);
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly resolve: typeof lookup | undefined;
}

class StaleConnection extends Error {}

function post(target: SignedTarget, { headers, body, signal, resolve }: Sending): Promise<number> {
  const url = new URL(target.url);
  const guard = targetGuard(url, target.privateNetworks ?? []);
  const refused = refusedLiteral(url, guard);
  if (refused !== null) return Promise.reject(refused);
  return new Promise((done, reject) => {
    const isEncrypted = url.protocol === 'https:';
    const request: ClientRequest = (isEncrypted ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers,
      signal,
      agent: AGENTS[isEncrypted ? 'https:' : 'http:'],
      lookup: guardedLookup(guard, resolve),
    });
    request.once('response', (answer) => {
      answer.on('error', reject);
      answer.on('end', () => done(answer.statusCode ?? 0));
      answer.resume();
    });
    request.once('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted;
      if (isStale) reject(new StaleConnection());
      else reject(signal.aborted ? new Error(`no whole answer within ${target.timeoutMs} ms`) : error);
    });
    request.end(body);
  });
}

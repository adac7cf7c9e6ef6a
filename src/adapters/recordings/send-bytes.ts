/** One HTTP request with a body of known length, streamed; a whole answer within a bound, or an error. Follows no redirect. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { guardedLookup, refusedLiteral, targetGuard } from '../../config/address-guard.ts';

export interface Sending {
  readonly method: 'PUT' | 'POST' | 'HEAD';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** In CIDR notation: may be connected to although they are not public. */
  readonly privateNetworks: readonly string[];
  /** Bound of the whole exchange. */
  readonly withinMs: number;
  /**
   * Sends the body only when the target wants it (`Expect: 100-continue`, RFC 9110 section 10.1.1). A target that refuses by the headers
   * alone and closes would else break the pipe, and its answer would be lost with it.
   */
  readonly asksFirst?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Its beginning. */
  readonly text: string;
}

const TEXT_BYTES_MAX = 2_048;
/** RFC 9110: nobody waits for ever to be told to go on. A target that knows no such question reads the body all the same. */
const GO_AHEAD_WITHIN_MS = 1_000;

export async function sendBytes(sending: Sending): Promise<Answer> {
  const { method, url, headers, bytes, body, withinMs, asksFirst = false } = sending;
  const signal = AbortSignal.timeout(withinMs);
  const open = url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = method === 'HEAD' ? {} : { 'content-length': String(bytes) };
  const expect = asksFirst ? { expect: '100-continue' } : {};
  // A target that refuses before it has read everything need not close, which would break the pipe before its answer is read.
  const own = { ...length, ...expect, connection: 'keep-alive' };
  const address = new URL(url);
  const guard = targetGuard(address, sending.privateNetworks);
  const refused = refusedLiteral(address, guard);
  if (refused !== null) throw refused;
  const options = { method, headers: { ...headers, ...own }, signal, agent: false };
  const request = open(address, { ...options, lookup: guardedLookup(guard) });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection ended without an answer')));
  });
  const send = (): Promise<unknown> =>
    pipeline(Readable.from(body), request, { signal }).catch((error: unknown) => error);
  const sent = asksFirst ? goAhead(request).then((wanted) => (wanted ? send() : undefined)) : send();
  try {
    const response = await answered;
    return { status: response.statusCode ?? 0, headers: response.headers, text: await beginningOf(response) };
  } catch (error) {
    if (signal.aborted) throw new Error(`no whole answer within ${withinMs} ms`, { cause: error });
    throw error;
  } finally {
    request.destroy();
    await sent;
  }
}

/** False when the answer came, or the connection went, before the body was wanted. */
function goAhead(request: ClientRequest): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, GO_AHEAD_WITHIN_MS, true);
    const end = (wanted: boolean): void => {
      clearTimeout(late);
      resolve(wanted);
    };
    request.once('continue', () => end(true));
    for (const event of ['response', 'close'] as const) request.once(event, () => end(false));
  });
}

/** Reads to the end; an answer that breaks off rejects. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let held = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    if (held < TEXT_BYTES_MAX) pieces.push(piece.subarray(0, TEXT_BYTES_MAX - held));
    held += piece.length;
  }
  return Buffer.concat(pieces).toString();
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  await Promise.resolve();
}

/** For the queue and the log: what the target said, on one line. */
export const refusal = ({ status, text }: Answer): Error =>
  new Error(`answered ${status}: ${text.replace(/\s+/g, ' ').slice(0, 160)}`.trim());

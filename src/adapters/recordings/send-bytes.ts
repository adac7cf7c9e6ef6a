/** One HTTP request with a body of known length, streamed; a whole answer within a bound, or an error. Follows no redirect. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Sending {
  readonly method: 'PUT' | 'POST' | 'HEAD';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Bound of the whole exchange. */
  readonly withinMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Its beginning. */
  readonly text: string;
}

const TEXT_BYTES_MAX = 2_048;

export async function sendBytes(sending: Sending): Promise<Answer> {
  const { method, url, headers, bytes, body, withinMs } = sending;
  const signal = AbortSignal.timeout(withinMs);
  const open = url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = method === 'HEAD' ? {} : { 'content-length': String(bytes) };
  const request = open(url, { method, headers: { ...headers, ...length }, signal, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.once('close', () => reject(new Error('the connection ended without an answer')));
  });
  // A target may refuse before it has read everything, and close: its answer says more than the broken pipe.
  const sent = pipeline(Readable.from(body), request, { signal }).catch((error: unknown) => error);
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

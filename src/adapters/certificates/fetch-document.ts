/** One fetch of one certificate: bounded in time and size, no redirect followed, never to an address that is not allowed. Never throws. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import type { CertificateAnswer } from '../../ports/certificate-source.ts';
import { AddressRefused, type AddressGuard, guardedLookup } from '../../config/address-guard.ts';

/** Leaf, intermediates and a long TNAuthList; a page or a film is larger. */
export const DOCUMENT_BYTES_MAX = 65_536;
const HEADER_BYTES_MAX = 16_384;

export type FetchAnswer =
  | {
      readonly kind: 'found';
      readonly bytes: Uint8Array;
      /** The Cache-Control header, lower case, empty when there is none. */
      readonly cacheControl: string;
    }
  | Extract<CertificateAnswer, { kind: 'refused' }>;

export interface FetchOptions {
  readonly timeoutMs: number;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  /** Resolves names; the system's unless a test says otherwise. */
  readonly lookup?: LookupFunction;
}

const unavailable = (url: URL, what: string): FetchAnswer => ({
  kind: 'refused',
  fault: 'certificate_unavailable',
  detail: `certificate at \`${url.href}\` ${what}`,
});

const forbidden = (url: URL, what: string): FetchAnswer => ({
  kind: 'refused',
  fault: 'bad_info_url',
  detail: `address \`${url.href}\` ${what}; expected a public address, or one of attestation.privateNetworks`,
});

export function fetchDocument(url: URL, options: FetchOptions): Promise<FetchAnswer> {
  const { clock, guard, timeoutMs } = options;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is connected to without a look-up, so it is checked here.
  if (isIP(literal) !== 0 && !guard(literal)) return Promise.resolve(forbidden(url, 'is a private address'));
  return new Promise((resolve) => {
    const settle = (answer: FetchAnswer): void => {
      timer.cancel();
      request.destroy();
      resolve(answer);
    };
    const settings: RequestOptions = {
      method: 'GET',
      agent: false,
      lookup: options.lookup ?? guardedLookup(guard),
      maxHeaderSize: HEADER_BYTES_MAX,
      headers: { accept: 'application/pem-certificate-chain, application/pkix-cert, */*;q=0.1' },
    };
    const request = url.protocol === 'https:' ? httpsRequest(url, settings) : httpRequest(url, settings);
    // Of the whole fetch: a server that sends a byte a second is slow too.
    const timer = clock.after(timeoutMs, () =>
      settle(unavailable(url, `did not come within ${timeoutMs} ms`)),
    );
    request.on('response', (response) => takeResponse(url, response, guard, settle));
    request.on('error', (error) =>
      settle(
        error instanceof AddressRefused
          ? forbidden(url, 'leads to a private address')
          : unavailable(
              url,
              `could not be fetched: ${(error as NodeJS.ErrnoException).code ?? error.message}`,
            ),
      ),
    );
    request.end();
  });
}

const tooLarge = (url: URL): FetchAnswer => unavailable(url, `has more than ${DOCUMENT_BYTES_MAX} bytes`);

/** Also redirects are refused: RFC 8226 knows none, and each would be another address of the sender's choice. */
function headProblem(url: URL, statusCode: number, announcedBytes: number): FetchAnswer | null {
  if (statusCode !== 200) return unavailable(url, `was answered with ${statusCode}; expected 200`);
  return announcedBytes > DOCUMENT_BYTES_MAX ? tooLarge(url) : null;
}

function takeResponse(
  url: URL,
  response: IncomingMessage,
  guard: AddressGuard,
  settle: (answer: FetchAnswer) => void,
): void {
  const { statusCode = 0, headers, socket } = response;
  // After the end it changes nothing any more.
  response.on('close', () => settle(unavailable(url, 'broke off')));
  response.on('error', () => settle(unavailable(url, 'broke off')));
  const problem =
    socket.remoteAddress !== undefined && !guard(socket.remoteAddress)
      ? forbidden(url, 'leads to a private address')
      : headProblem(url, statusCode, Number(headers['content-length'] ?? 0));
  if (problem !== null) {
    settle(problem);
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DOCUMENT_BYTES_MAX) settle(tooLarge(url));
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const cacheControl = (headers['cache-control'] ?? '').toLowerCase();
    settle({ kind: 'found', bytes: Buffer.concat(chunks), cacheControl });
  });
}

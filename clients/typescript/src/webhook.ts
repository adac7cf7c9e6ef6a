/**
 * Who sent an event: `Breakwater-Signature: t=<seconds>,v1=<hex>`, HMAC-SHA256 over `<seconds>.` and the raw body. Take the body as bytes:
 * one that was parsed and written again has another signature.
 */
export const SIGNATURE_HEADER = 'breakwater-signature';

export interface WebhookOptions {
  /** More than one while secrets are exchanged. */
  readonly secrets: readonly [string, ...string[]];
  /** How far the sender's clock and the way here may be off, both ways; default 300. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly nowMs?: () => number;
}

/** `stale`: signed rightly, but too long ago or ahead of the clock. `replayed`: this very post was taken within the tolerance. */
export type WebhookVerdict = 'valid' | 'malformed' | 'wrong' | 'stale' | 'replayed';

export interface WebhookVerifier {
  verify(body: Uint8Array | string, header: string | null | undefined): Promise<WebhookVerdict>;
  /** The post was valid and could not be dealt with: the sender's repeat of it is to be taken. */
  release(header: string): void;
}

const HEADER = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

export function createWebhookVerifier(options: WebhookOptions): WebhookVerifier {
  const { secrets, toleranceSeconds = 300, nowMs = Date.now } = options;
  const keys = Promise.all(secrets.map(importKey));
  /** Headers that were taken, in the order of their coming; none is kept longer than its post would be taken. */
  const taken = new Map<string, number>();

  function forget(nowSeconds: number): void {
    for (const [header, until] of taken) if (until < nowSeconds) taken.delete(header);
  }

  return {
    async verify(body, header) {
      const [, seconds, hex] = HEADER.exec(header ?? '') ?? [];
      if (header == null || seconds === undefined || hex === undefined) return 'malformed';
      const signed = join(`${seconds}.`, body);
      const signature = bytesOf(hex);
      const fits = await Promise.all(
        (await keys).map((key) => crypto.subtle.verify('HMAC', key, signature, signed)),
      );
      if (!fits.includes(true)) return 'wrong';
      const nowSeconds = nowMs() / 1_000;
      if (Math.abs(nowSeconds - Number(seconds)) > toleranceSeconds) return 'stale';
      forget(nowSeconds);
      if (taken.has(header)) return 'replayed';
      taken.set(header, Number(seconds) + toleranceSeconds);
      return 'valid';
    },
    release: (header) => void taken.delete(header),
  };
}

const UTF8 = new TextEncoder();

const importKey = (secret: string) =>
  crypto.subtle.importKey('raw', UTF8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);

function join(head: string, body: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const first = UTF8.encode(head);
  const rest = typeof body === 'string' ? UTF8.encode(body) : body;
  const whole = new Uint8Array(first.length + rest.length);
  whole.set(first);
  whole.set(rest, first.length);
  return whole;
}

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

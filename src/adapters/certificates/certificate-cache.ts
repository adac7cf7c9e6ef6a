/**
 * Certificates by address: fetched once however many calls wait for it, kept as Cache-Control says within bounds, and failures kept for a
 * moment, so that neither a dead server nor a flood of invented addresses costs each call a fetch.
 */
import { readCertificateUrl } from '../../passport/certificate-url.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CertificateAnswer, CertificateSource } from '../../ports/certificate-source.ts';
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';
import type { AddressGuard } from '../../config/address-guard.ts';
import { type FetchAnswer, fetchDocument, type FetchOptions } from './fetch-document.ts';

/** Of one sidecar; a national network signs with some hundreds of certificates. With `DOCUMENT_BYTES_MAX` 64 MB at the very most. */
const ENTRIES_MAX = 1_000;
const FETCHES_MAX = 16;
/** ATIS-1000074 §5.3.1: a day when the server says nothing. */
const KEPT_MS_DEFAULT = DAY_MS;
const KEPT_MS_MAX = DAY_MS;
/** A server that forbids keeping would make each call wait for it. */
const KEPT_MS_MIN = MINUTE_MS;
const FAILURE_KEPT_MS = 10_000;

export interface CacheOptions {
  readonly clock: Clock;
  readonly guard: AddressGuard;
  readonly timeoutMs: number;
  /** Lower case; empty: any host. */
  readonly hosts: readonly string[];
  /** Also http, and other ports than 443 and 8443. */
  readonly relaxed: boolean;
  /** One fetch; `fetchDocument` unless a test says otherwise. */
  readonly fetch?: (url: URL, options: FetchOptions) => Promise<FetchAnswer>;
}

interface Entry {
  readonly answer: CertificateAnswer;
  /** When its server was asked last. */
  askedAtMs: number;
  /** As its server said. */
  readonly goodUntilMs: number;
  /** Asked for again from then on; earlier than `goodUntilMs` when it was distrusted. */
  keptUntilMs: number;
}

export function certificateCache(options: CacheOptions): CertificateSource {
  const { clock, hosts, relaxed, fetch = fetchDocument } = options;
  // In the order of their last use, so that the first key is the one to give up.
  const entries = new Map<string, Entry>();
  const underWay = new Map<string, Promise<CertificateAnswer>>();

  function remember(text: string, answer: CertificateAnswer, keptMs: number): CertificateAnswer {
    const now = clock.monotonic();
    entries.delete(text);
    entries.set(text, { answer, askedAtMs: now, goodUntilMs: now + keptMs, keptUntilMs: now + keptMs });
    const [oldest] = entries.keys();
    if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
    return answer;
  }

  async function load(text: string, url: URL): Promise<CertificateAnswer> {
    const { guard, timeoutMs } = options;
    const fetched = await fetch(url, { clock, guard, timeoutMs });
    if (fetched.kind === 'found') {
      return remember(
        text,
        { kind: 'found', document: { bytes: fetched.bytes } },
        keptMsOf(fetched.cacheControl),
      );
    }
    return keepGood(text) ?? remember(text, fetched, FAILURE_KEPT_MS);
  }

  /**
   * Anybody can make a certificate distrusted, with a forged signature under its address. While its server does not answer, what it
   * gave before is good as long as it said.
   */
  function keepGood(text: string): CertificateAnswer | null {
    const before = entries.get(text);
    const now = clock.monotonic();
    if (before?.answer.kind !== 'found' || now >= before.goodUntilMs) return null;
    before.askedAtMs = now;
    before.keptUntilMs = Math.min(before.goodUntilMs, now + FAILURE_KEPT_MS);
    return before.answer;
  }

  return {
    certificateAt(text) {
      const known = entries.get(text);
      if (known !== undefined && clock.monotonic() < known.keptUntilMs) {
        entries.delete(text);
        entries.set(text, known);
        return known.answer;
      }
      const waitingFor = underWay.get(text);
      if (waitingFor !== undefined) return waitingFor;
      const url = readCertificateUrl(text, relaxed);
      if (!url.ok) return { kind: 'refused', fault: 'bad_info_url', detail: url.refusal.detail };
      if (hosts.length > 0 && !hosts.includes(url.value.hostname)) {
        const detail = `host \`${url.value.hostname}\` of the certificate is not one of attestation.certificateHosts`;
        return { kind: 'refused', fault: 'bad_info_url', detail };
      }
      if (underWay.size >= FETCHES_MAX) {
        const detail = `${FETCHES_MAX} certificates are being fetched already`;
        return { kind: 'refused', fault: 'certificate_unavailable', detail };
      }
      const loading = load(text, url.value).finally(() => underWay.delete(text));
      underWay.set(text, loading);
      return loading;
    },
    distrust(text) {
      const known = entries.get(text);
      if (known !== undefined)
        known.keptUntilMs = Math.min(known.keptUntilMs, known.askedAtMs + FAILURE_KEPT_MS);
    },
  };
}

/** How long an answer with this Cache-Control is kept. */
export function keptMsOf(cacheControl: string): number {
  if (/\bno-(?:store|cache)\b/.test(cacheControl)) return KEPT_MS_MIN;
  const seconds =
    /\bs-maxage\s*=\s*"?(\d{1,10})/.exec(cacheControl)?.[1] ??
    /\bmax-age\s*=\s*"?(\d{1,10})/.exec(cacheControl)?.[1];
  if (seconds === undefined) return KEPT_MS_DEFAULT;
  return Math.min(KEPT_MS_MAX, Math.max(KEPT_MS_MIN, Number(seconds) * 1_000));
}

/** One signed POST of a JSON document: `Breakwater-Signature` as in `event-signature.ts`. Redirects are not followed. */
import type { SignedTarget } from '../../config/signed-target.ts';
import { eventHmac, SIGNATURE_HEADER, signatureValue } from '../../domain/event-signature.ts';

export type SignedDocument = Readonly<Record<string, unknown>>;

/** Rejects unless the receiver answers 2xx within the target's time. The signature bears the time of this attempt. */
export async function signedPost(
  { url, secret, timeoutMs }: SignedTarget,
  document: SignedDocument,
  nowMs: () => number,
): Promise<void> {
  const body = JSON.stringify(document);
  const seconds = Math.floor(nowMs() / 1_000);
  const signature = signatureValue(seconds, eventHmac(secret, seconds).update(body).digest('hex'));
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
}

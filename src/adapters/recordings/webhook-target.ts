/**
 * A signed POST for each file. The body is the metadata as JSON with a link to the file, or one line of that JSON and behind its line
 * feed the file as it is kept. The signature covers the whole body as it is sent (see `event-signature.ts`).
 */
import type { PushSetting } from '../../config/recordings.ts';
import { eventHmac, SIGNATURE_HEADER, signatureValue } from '../../domain/event-signature.ts';
import type { Delivery, RecordingTarget } from '../../ports/recording-targets.ts';
import { refusal, sendBytes } from './send-bytes.ts';

export function webhookTarget(
  setting: Extract<PushSetting, { kind: 'webhook' }>,
  nowMs: () => number,
): RecordingTarget {
  const { name, url, secret, sends, linkBase, timeoutMs } = setting;

  function headOf({ key, callId, metadata, kept }: Delivery): Buffer {
    const event = { event: 'recording', key, recording: metadata };
    if (sends === 'file') return Buffer.from(`${JSON.stringify(event)}\n`);
    const path = `/v1/recordings/${callId}?track=${kept.track}`;
    return Buffer.from(JSON.stringify({ ...event, link: `${linkBase?.replace(/\/+$/, '') ?? ''}${path}` }));
  }

  return {
    name,
    // The file is read once more for its signature.
    withinMs: 2 * timeoutMs,
    async deliver(delivery) {
      const { key, kept, open } = delivery;
      const head = headOf(delivery);
      async function* body(): AsyncGenerator<Uint8Array> {
        yield head;
        if (sends === 'file') yield* open();
      }
      const seconds = Math.floor(nowMs() / 1_000);
      const hmac = eventHmac(secret, seconds);
      for await (const piece of body()) hmac.update(piece);
      const answer = await sendBytes({
        method: 'POST',
        url,
        headers: {
          'content-type': sends === 'file' ? 'application/vnd.breakwater.recording' : 'application/json',
          'idempotency-key': key,
          [SIGNATURE_HEADER]: signatureValue(seconds, hmac.digest('hex')),
        },
        bytes: head.length + (sends === 'file' ? kept.containerBytes : 0),
        body: body(),
        withinMs: timeoutMs,
        privateNetworks: setting.privateNetworks ?? [],
      });
      if (answer.status < 200 || answer.status > 299) throw refusal(answer);
      return `answered ${answer.status}`;
    },
  };
}

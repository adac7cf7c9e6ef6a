/**
 * An S3-compatible store: each file under a name that is the same for every repetition, its metadata beside it as JSON.
 * Requests are signed over the SHA-256 of the body, so a store that checks it takes no other bytes.
 */
import type { PushSetting } from '../../config/recordings.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { Delivery, RecordingTarget } from '../../ports/recording-targets.ts';
import { signS3 } from './s3-signature.ts';
import { once, refusal, sendBytes, type Sending } from './send-bytes.ts';

const EMPTY_SHA256 = sha256Hex('');

export function s3Target(
  setting: Extract<PushSetting, { kind: 's3' }>,
  nowMs: () => number,
): RecordingTarget {
  const { name, url, bucket, prefix, largestBytes, timeoutMs } = setting;
  const addressOf = (object: string): string =>
    [url.replace(/\/+$/, ''), bucket, ...`${prefix}${object}`.split('/').map(encodeURIComponent)].join('/');

  async function send(
    object: string,
    request: Pick<Sending, 'method' | 'bytes' | 'body'> & { readonly sha256: string },
    headers: Readonly<Record<string, string>>,
  ) {
    const { method, sha256, bytes, body } = request;
    const signed = await signS3({ method, url: addressOf(object), headers, sha256 }, setting, nowMs());
    const sending = { method, ...signed, bytes, body, asksFirst: method === 'PUT' };
    const answer = await sendBytes({
      ...{ ...sending, withinMs: timeoutMs },
      privateNetworks: setting.privateNetworks ?? [],
    });
    if (answer.status !== 200) throw refusal(answer);
    return answer;
  }

  return {
    name,
    // The file, a look at what the store has of it, the metadata.
    withinMs: 3 * timeoutMs,
    async deliver({ key, metadata, kept, open }: Delivery) {
      const { containerSha256: sha256, containerBytes: bytes } = kept;
      if (bytes > largestBytes) {
        throw new Error(
          `${bytes} bytes are more than the ${largestBytes} that \`${name}\` takes in one request`,
        );
      }
      const object = `${key}.${kept.keyId === null ? 'wav' : 'bwrc'}`;
      const told = {
        'content-type': 'application/octet-stream',
        'x-amz-meta-sha256': kept.sha256,
        'x-amz-meta-container-sha256': kept.containerSha256,
        ...(kept.keyId === null ? {} : { 'x-amz-meta-key-id': kept.keyId }),
      };
      const { headers } = await send(object, { method: 'PUT', sha256, bytes, body: open() }, told);
      const nothing = { sha256: EMPTY_SHA256, bytes: 0, body: once(new Uint8Array()) };
      const stored = await send(object, { method: 'HEAD', ...nothing }, {});
      if (stored.headers['content-length'] !== String(bytes)) {
        throw new Error(`the store has ${String(stored.headers['content-length'])} bytes of ${bytes}`);
      }
      const json = Buffer.from(JSON.stringify(metadata));
      const beside = { sha256: sha256Hex(json), bytes: json.length, body: once(json) };
      await send(`${key}.json`, { method: 'PUT', ...beside }, { 'content-type': 'application/json' });
      return `${bucket}/${prefix}${object} etag ${String(headers['etag'])}`;
    },
  };
}

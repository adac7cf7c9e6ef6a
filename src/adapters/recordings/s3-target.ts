/**
 * An S3-compatible store: each file under a name that is the same for every repetition, its metadata beside it as JSON.
 * Requests are signed (AWS Signature Version 4) over the SHA-256 of the body, so a store that checks it takes no other bytes.
 */
import { AwsV4Signer } from 'aws4fetch';
import type { PushSetting } from '../../config/recordings.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import type { Delivery, RecordingTarget } from '../../ports/recording-targets.ts';
import { once, refusal, sendBytes, type Sending } from './send-bytes.ts';

const EMPTY_SHA256 = sha256Hex('');

export function s3Target(
  setting: Extract<PushSetting, { kind: 's3' }>,
  nowMs: () => number,
): RecordingTarget {
  const { name, url, bucket, prefix, region, accessKeyId, secret, timeoutMs } = setting;
  const addressOf = (object: string): string =>
    [url.replace(/\/+$/, ''), bucket, ...`${prefix}${object}`.split('/').map(encodeURIComponent)].join('/');

  async function send(
    object: string,
    request: Pick<Sending, 'method' | 'bytes' | 'body'> & { readonly sha256: string },
    headers: Readonly<Record<string, string>>,
  ) {
    const { method, sha256, bytes, body } = request;
    const signer = new AwsV4Signer({
      method,
      url: addressOf(object),
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      accessKeyId,
      secretAccessKey: secret,
      service: 's3',
      region,
      // 20261121T170000Z
      datetime: new Date(nowMs()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    const signed = await signer.sign();
    const sending = {
      method,
      url: signed.url.href,
      headers: Object.fromEntries(signed.headers),
      bytes,
      body,
    };
    const answer = await sendBytes({ ...sending, withinMs: timeoutMs });
    if (answer.status !== 200) throw refusal(answer);
    return answer;
  }

  return {
    name,
    // The file, a look at what the store has of it, the metadata.
    withinMs: 3 * timeoutMs,
    async deliver({ key, metadata, kept, open }: Delivery) {
      const object = `${key}.${kept.keyId === null ? 'wav' : 'bwrc'}`;
      const told = {
        'content-type': 'application/octet-stream',
        'x-amz-meta-sha256': kept.sha256,
        'x-amz-meta-container-sha256': kept.containerSha256,
        ...(kept.keyId === null ? {} : { 'x-amz-meta-key-id': kept.keyId }),
      };
      const { containerSha256: sha256, containerBytes: bytes } = kept;
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

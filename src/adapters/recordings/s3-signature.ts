/** AWS Signature Version 4 of one request to an S3-compatible store, over the SHA-256 of its body. */
import { AwsV4Signer } from 'aws4fetch';

export interface S3Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the body, lower-case hexadecimal. */
  readonly sha256: string;
}

export interface S3Account {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly region: string;
}

/** The address and the headers as they are to be sent. `nowMs`: the true time of day; a store refuses one that is minutes off. */
export async function signS3(
  { method, url, headers, sha256 }: S3Request,
  { accessKeyId, secret, region }: S3Account,
  nowMs: number,
): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> {
  const signer = new AwsV4Signer({
    method,
    url,
    headers: { ...headers, 'x-amz-content-sha256': sha256 },
    accessKeyId,
    secretAccessKey: secret,
    service: 's3',
    region,
    // 20261121T170000Z
    datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  });
  const signed = await signer.sign();
  return { url: signed.url.href, headers: Object.fromEntries(signed.headers) };
}

/** AWS Signature Version 4 by the letter of its specification, with nothing of the sender's code. */
import { createHmac } from 'node:crypto';
import { sha256Hex } from '../../src/domain/hash-chain.ts';

export interface JudgedRequest {
  readonly method?: string | undefined;
  /** Path, without a query. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export function judgeV4(request: JudgedRequest, body: Uint8Array | string, secret: string): string {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      String(request.headers['authorization'] ?? ''),
    );
  const [, , date = '', region = '', names = '', signature] = match ?? [];
  const told = request.headers['x-amz-content-sha256'];
  if (told !== sha256Hex(body)) return 'other body';
  const canonical = [
    request.method,
    request.url,
    '',
    ...names.split(';').map((name) => `${name}:${String(request.headers[name])}`),
    '',
    names,
    told,
  ].join('\n');
  const at = String(request.headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', at, `${date}/${region}/s3/aws4_request`, sha256Hex(canonical)].join(
    '\n',
  );
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), 's3'), 'aws4_request');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.split(';').includes(name)))
    return 'loose';
  return hmac(key, toSign).toString('hex') === signature ? 'valid' : 'wrong';
}

/**
 * Our signatures and the judge of our tests, both against the examples that AWS prints: Amazon S3 API Reference, "Signature Calculations
 * for the Authorization Header: Transferring Payload in a Single Chunk" (AWS Signature Version 4), with the keys made up there.
 */
import { describe, expect, test } from 'vitest';
import { signS3 } from '../../../src/adapters/recordings/s3-signature.ts';
import { sha256Hex } from '../../../src/domain/hash-chain.ts';
import { judgeV4 } from '../../support/judge-v4.ts';

const ACCOUNT = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const HOST = 'examplebucket.s3.amazonaws.com';
const AT = Date.UTC(2013, 4, 24);
const SCOPE = `AWS4-HMAC-SHA256 Credential=${ACCOUNT.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
const PUT_HEADERS = {
  date: 'Fri, 24 May 2013 00:00:00 GMT',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
};
const PUT_BODY = 'Welcome to Amazon S3.';
const PUT_SIGNATURE = '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd';

test.each([
  ['PUT Object', 'PUT', '/test$file.text', PUT_HEADERS, PUT_BODY, PUT_SIGNATURE],
  [
    'GET Bucket Lifecycle',
    'GET',
    '/?lifecycle',
    {},
    '',
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'GET Bucket (List Objects)',
    'GET',
    '/?max-keys=2&prefix=J',
    {},
    '',
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
])('we sign the example %s as AWS does', async (_name, method, path, headers, body, signature) => {
  const request = { method, url: `https://${HOST}${path}`, headers, sha256: sha256Hex(body) };
  const signed = await signS3(request, ACCOUNT, AT);
  expect(signed.headers['x-amz-date']).toBe('20130524T000000Z');
  expect(signed.headers['authorization']).toContain(`Signature=${signature}`);
});

describe('the judge of our tests', () => {
  const examples = {
    'PUT Object': {
      method: 'PUT',
      url: '/test%24file.text',
      body: PUT_BODY,
      headers: PUT_HEADERS,
      names: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      signature: PUT_SIGNATURE,
    },
    'GET Object': {
      method: 'GET',
      url: '/test.txt',
      body: '',
      headers: { range: 'bytes=0-9' },
      names: 'host;range;x-amz-content-sha256;x-amz-date',
      signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  } as const;
  const judged = (
    name: keyof typeof examples,
    more: { readonly url?: string; readonly body?: string } = {},
  ) => {
    const { method, url, body, headers, names, signature } = examples[name];
    const authorization = `${SCOPE},SignedHeaders=${names},Signature=${signature}`;
    const sent = {
      ...headers,
      authorization,
      host: HOST,
      'x-amz-date': '20130524T000000Z',
      'x-amz-content-sha256': sha256Hex(body),
    };
    return judgeV4({ method, url: more.url ?? url, headers: sent }, more.body ?? body, ACCOUNT.secret);
  };

  test.each(['PUT Object', 'GET Object'] as const)(
    'takes the example %s, and nothing else for it',
    (name) => {
      expect(judged(name)).toBe('valid');
      expect(judged(name, { url: '/other' })).toBe('wrong');
      expect(judged(name, { body: 'other words' })).toBe('other body');
    },
  );
});

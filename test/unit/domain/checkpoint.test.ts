/** A checkpoint says one thing and whoever holds the public key knows who said it; anything else in its place is told. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../../src/domain/canonical-json.ts';
import {
  type Checkpoint,
  checkpointKeyId,
  checkpointSigner,
  readCheckpoint,
} from '../../../src/domain/checkpoint.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { instant } from '../../../src/domain/time.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys: ReadonlyMap<string, KeyObject> = new Map([[checkpointKeyId(publicKey), publicKey]]);
const HEAD: Checkpoint = {
  writer: 'east-1' as WriterId,
  seq: 42,
  hash: 'ab'.repeat(32),
  at: instant(Date.parse('2026-11-23T18:00:00.250Z')),
};
const signed = checkpointSigner(privateKey)(HEAD);
const line = JSON.stringify(signed);

test('what was signed is read back', () => {
  expect(readCheckpoint(line, keys)).toEqual({ ok: true, value: HEAD });
});

test('its text is open: a stranger verifies it with Ed25519 over canonical JSON', () => {
  expect(signed).toMatchObject({
    form: 'breakwater/checkpoint/1',
    key: checkpointKeyId(createPublicKey(privateKey)),
    writer: 'east-1',
    seq: 42,
    at: '2026-11-23T18:00:00.250Z',
  });
  const { signature, ...said } = signed;
  expect(sign(null, Buffer.from(canonicalJson(said)), privateKey).toString('base64')).toBe(signature);
});

test.each([
  ['seq', 43],
  ['seq', '42'],
  ['hash', 'ac'.repeat(32)],
  ['writer', 'west-1'],
  ['at', '2026-11-23T18:00:00.251Z'],
  ['signature', Buffer.alloc(64).toString('base64')],
  ['signature', 'no base64 of 64 bytes'],
  ['signature', null],
  ['more', 'said'],
  ['more', '\ud800'],
])('another `%s` (%j) is not what was signed', (member, value) => {
  const changed = JSON.stringify({ ...signed, [member]: value });
  expect(readCheckpoint(changed, keys)).toEqual({
    ok: false,
    problem: 'has a signature that does not hold',
  });
});

test.each([
  ['[]', 'is no object of JSON'],
  ['null', 'is no object of JSON'],
  ['{', 'is no object of JSON'],
  ['{}', '`form` is not `breakwater/checkpoint/1`'],
])('%s', (text, problem) => {
  expect(readCheckpoint(text, keys)).toEqual({ ok: false, problem });
});

test('a key that was not given has signed nothing, whatever it calls itself', () => {
  const other = generateKeyPairSync('ed25519');
  const foreign = checkpointSigner(other.privateKey)(HEAD);
  expect(readCheckpoint(JSON.stringify(foreign), keys)).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^was signed by key `[0-9a-f]{16}`, which was not given$/) as string,
  });
  const disguised = JSON.stringify({ ...foreign, key: signed.key });
  expect(readCheckpoint(disguised, keys)).toMatchObject({ ok: false });
});

test('of several keys the one that is named is asked', () => {
  const older = generateKeyPairSync('ed25519');
  const both = new Map([...keys, [checkpointKeyId(older.publicKey), older.publicKey]]);
  const old = checkpointSigner(older.privateKey)({ ...HEAD, seq: 7 });
  expect(readCheckpoint(JSON.stringify(old), both)).toMatchObject({ ok: true, value: { seq: 7 } });
  expect(readCheckpoint(line, both)).toMatchObject({ ok: true, value: { seq: 42 } });
});

test.each([
  ['seq', 0, /^`seq` is not/],
  ['seq', 1.5, /^`seq` is not/],
  ['hash', 'AB'.repeat(32), /^`hash` is not/],
  ['writer', 'a b', /./],
  ['at', 'yesterday', /./],
])('signed or not, `%s` %j makes no checkpoint', (member, value, problem) => {
  const { form, key, writer, seq, hash, at } = signed;
  const said = { form, key, writer, seq, hash, at, [member]: value };
  const signature = sign(null, Buffer.from(canonicalJson(said)), privateKey).toString('base64');
  expect(readCheckpoint(JSON.stringify({ ...said, signature }), keys)).toMatchObject({
    ok: false,
    problem: expect.stringMatching(problem) as string,
  });
});

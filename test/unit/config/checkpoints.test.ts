/** Whoever names a place for checkpoints without a key, or a key without a place, would believe in proofs that nobody keeps. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { world, type World } from './world.ts';

const pem = (kind: 'ed25519' | 'x25519'): string => {
  const { privateKey } = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};

function withCheckpoints(yaml: string): World {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `checkpoints:\n${yaml}\nrecordings:\n`);
  return made;
}

test('left out: nothing is signed', () => {
  expect(world().load()).toMatchObject({ ok: true, config: { checkpoints: null } });
});

test('a key and a file', () => {
  const made = withCheckpoints('  keyFile: keys/ledger.pem\n  file: kept/heads.jsonl\n  everyMinutes: 1');
  const key = pem('ed25519');
  made.write('keys/ledger.pem', key);
  expect(made.load()).toMatchObject({
    ok: true,
    config: {
      checkpoints: { key, file: join(made.base, 'kept/heads.jsonl'), target: null, everyMinutes: 1 },
    },
  });
});

test('a key and a webhook with its secret', () => {
  const made = withCheckpoints("  keyFile: keys/ledger.pem\n  url: 'https://vault.example.com/heads'");
  made.write('keys/ledger.pem', pem('ed25519'));
  expect(made.problems()).toEqual([expect.stringMatching(/checkpoints\.secretFile: holds no secret/)]);
  expect(made.load({ BREAKWATER_CHECKPOINT_SECRET: 's'.repeat(32) })).toMatchObject({
    ok: true,
    config: { checkpoints: { file: null, target: { secret: 's'.repeat(32), timeoutMs: 5_000 } } },
  });
});

test.each([
  ['  file: kept/heads.jsonl', /checkpoints\.keyFile: is missing/],
  ['  keyFile: keys/ledger.pem', /checkpoints\.file: is missing/],
  ['  keyFile: keys/other.pem\n  file: heads', /checkpoints\.keyFile: holds no such key/],
  ['  keyFile: keys/none.pem\n  file: heads', /checkpoints\.keyFile: cannot be read/],
])('%j', (yaml, problem) => {
  const made = withCheckpoints(yaml);
  made.write('keys/ledger.pem', pem('ed25519'));
  made.write('keys/other.pem', pem('x25519'));
  expect(made.problems()).toEqual([expect.stringMatching(problem)]);
});

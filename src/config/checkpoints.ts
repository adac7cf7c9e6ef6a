/** Signed checkpoints of the ledger: `checkpoints` of `breakwater.yaml`. */
import { createPrivateKey } from 'node:crypto';
import { resolve } from 'node:path';
import type { Report } from './check-settings.ts';
import { readPem } from './pem.ts';
import { group, integer, nullableText } from './schema-parts.ts';
import type { Settings } from './settings.ts';
import { readSignedTarget, type SecretSource, type SignedTarget } from './signed-target.ts';

export const CHECKPOINT_SECRET_VARIABLE = 'BREAKWATER_CHECKPOINT_SECRET';

export const CHECKPOINTS_SCHEMA = group({
  keyFile: nullableText({
    means:
      'key that `breakwater ledger keys` made, which heads of the ledger are signed with; null: none are',
    expected: 'a path, or null',
  }),
  file: nullableText({
    means: 'file they are appended to, where whoever owns the store has no hand; null: none',
    expected: 'a path, or null',
  }),
  url: nullableText({
    means: 'takes each as a signed POST; null: nowhere',
    expected: 'an https address, or http on a loopback address, or null',
    address: true,
  }),
  secretFile: nullableText({
    means: `file with the secret the POST is signed with; null: ${CHECKPOINT_SECRET_VARIABLE}`,
  }),
  timeoutSeconds: integer(1, 60, { means: 'a POST that takes longer has failed; the next one covers it' }, 5),
  everyMinutes: integer(1, 1_440, { means: 'minutes between two checkpoints' }, 5),
});

/** As it was set, and what was read for it. With a private key: never shown, never part of the policy. `file` is absolute. */
export type CheckpointSetting = CheckpointsYaml & {
  /** PEM. */
  readonly key: string;
  /** Null: no webhook. */
  readonly target: SignedTarget | null;
};

type CheckpointsYaml = Settings['checkpoints'];

/** Null: nothing is signed. */
export function readCheckpoints(
  settings: CheckpointsYaml,
  given: SecretSource,
  report: Report,
): CheckpointSetting | null {
  const { keyFile, file, url } = settings;
  const place = { path: 'checkpoints', secretVariable: CHECKPOINT_SECRET_VARIABLE };
  const target = readSignedTarget(settings, place, given, report);
  if (keyFile === null) {
    if (file !== null || url !== null) {
      report('checkpoints.keyFile', 'is missing', keyFile, 'the key that checkpoints are signed with');
    }
    return null;
  }
  if (file === null && url === null) {
    report('checkpoints.file', 'is missing', file, 'a file or a url that takes the checkpoints');
  }
  const key = readPem('checkpoints.keyFile', keyFile, given.base, report);
  if (key === null) return null;
  if (!isEd25519(key)) {
    report('checkpoints.keyFile', 'holds no such key', keyFile, 'a key of `breakwater ledger keys`');
    return null;
  }
  return { ...settings, key, file: file === null ? null : resolve(given.base, file), target };
}

function isEd25519(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}

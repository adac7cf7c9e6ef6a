/** Shape of `recordings` in `breakwater.yaml`: keys, folder, targets. */
import { flag, group, integer, listOf, nullableText, oneOf, text } from './schema-parts.ts';

/** Amazon S3 User Guide, "Uploading objects": up to 5 GB in a single PUT. More than 80 hours of one track. */
const S3_PUT_MEGABYTES_MAX = 5_000;

const PUSH_SCHEMA = group({
  name: text({ means: 'name of the target in the ledger and in figures' }, undefined, 64),
  kind: oneOf(['webhook', 's3'], { means: 'a signed POST, or an S3-compatible store' }),
  url: text({
    means: 'where it listens; of s3 the address without the bucket',
    expected: 'an https address, or http on a loopback address',
    address: true,
  }),
  secretFile: nullableText({
    means: 'file with the secret (webhook) or secret key (s3); null: BREAKWATER_PUSH_SECRET_ and the name',
  }),
  sends: oneOf(
    ['link', 'file'],
    { means: 'webhook: where to fetch the file, or the encrypted file' },
    'link',
  ),
  linkBase: nullableText({
    means: 'webhook: address under which the receiver reaches this sidecar; null: the link is a path',
    expected: 'an https address, or null',
    address: true,
  }),
  accessKeyId: nullableText({ means: 's3: id of the access key' }, 128),
  bucket: nullableText({ means: 's3: bucket, which must be there' }, 63),
  region: text({ means: 's3: region the signature names' }, 'us-east-1', 64),
  prefix: text({ means: 's3: what every object name begins with' }, 'recordings/', 200),
  largestMegabytes: integer(
    1,
    S3_PUT_MEGABYTES_MAX,
    {
      means:
        's3: a larger file is not begun; no store takes more in one request, and nothing is sent in parts',
    },
    S3_PUT_MEGABYTES_MAX,
  ),
  timeoutSeconds: integer(1, 3_600, { means: 'a delivery that takes longer has failed' }, 60),
});

export const RECORDINGS_SCHEMA = group({
  encryption: oneOf(
    ['key', 'off'],
    { means: 'key: AES-256-GCM at rest; off: plain files stay where the exchange writes them' },
    'key',
  ),
  keys: listOf(
    group({
      id: text({ means: 'name of the key; stands in every file under it' }, undefined, 64),
      file: nullableText({ means: 'file with 32 bytes in hexadecimal or base64, mode 0600' }),
      command: listOf(text({ means: 'a word of the command' }), {
        means: 'program and words of a key service that prints the key; no shell',
      }),
    }),
    { means: 'master keys; the first encrypts, the others open older files' },
  ),
  keyCommandSeconds: integer(1, 60, { means: 'a key service has failed after this long' }, 10),
  directory: text({ means: 'folder of the encrypted files' }, 'data/recordings'),
  sweepSeconds: integer(
    1,
    3_600,
    { means: 'files that were left over, and recordings past their time, are looked for this often' },
    60,
  ),
  deleteAfterRetention: flag({ means: 'recordings past their time are deleted, unless they are held' }, true),
  pushes: listOf(PUSH_SCHEMA, { means: 'targets that are owed every file of every recording' }),
});

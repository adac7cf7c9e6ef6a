/** Signed checkpoints that were kept outside the store: the hashes that they say must still stand. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { KnownHashes } from '../../control/verify/segment.ts';
import { type Checkpoint, checkpointKeyId, readCheckpoint } from '../../domain/checkpoint.ts';
import type { Hash } from '../../domain/hash-chain.ts';
import { CommandFailed, EXIT } from '../io.ts';
import { plain } from '../text.ts';
import { linesOf } from './file-segments.ts';

export interface KeptCheckpoints {
  readonly count: number;
  readonly known: KnownHashes;
  /** Lines that a crash left half written, as sentences: they say nothing, as if they were not there. */
  readonly torn: readonly string[];
}

/** Ends the command for a file that cannot be read, a line that no given key has signed, or two checkpoints that contradict each other. */
export async function readKeptCheckpoints(
  paths: readonly string[],
  keyPaths: readonly string[],
): Promise<KeptCheckpoints> {
  const keys = new Map<string, KeyObject>();
  for (const path of keyPaths) {
    const key = await readPublicKey(path);
    keys.set(checkpointKeyId(key), key);
  }
  const known: Record<string, Record<string, Hash>> = {};
  const torn: string[] = [];
  let count = 0;
  for (const path of paths) {
    for await (const { writer, seq, hash } of checkpointsIn(path, keys, (told) => torn.push(told))) {
      const hashes = (known[writer] ??= {});
      const other = hashes[seq];
      if (other !== undefined && other !== hash) {
        const problem = `\`${path}\` says that ${hash} stands at seq ${seq} of writer ${plain(writer)}`;
        throw new CommandFailed(EXIT.notOk, `${problem}; another checkpoint says ${other}`);
      }
      hashes[seq] = hash;
      count += 1;
    }
  }
  return { count, known, torn };
}

/** Hashes of all of them, by what was given for each (`--heads`); they have to agree. */
export function allKnown(given: Readonly<Record<string, KnownHashes>>): KnownHashes {
  const known: Record<string, Record<string, Hash>> = {};
  for (const [writer, hashes] of Object.values(given).flatMap((each) => Object.entries(each))) {
    const merged = (known[writer] ??= {});
    for (const [seq, hash] of Object.entries(hashes)) {
      if (merged[seq] !== undefined && merged[seq] !== hash) {
        const problem = `${Object.keys(given).join(' and ')} contradict each other at seq ${seq}`;
        throw new CommandFailed(EXIT.notOk, `${problem} of writer ${plain(writer)}`);
      }
      merged[seq] = hash;
    }
  }
  return known;
}

async function readPublicKey(path: string): Promise<KeyObject> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable('--public-key', path, error);
  });
  const expected = 'expected the `.pub` file of `breakwater ledger keys`';
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below.
  }
  throw new CommandFailed(EXIT.usage, `--public-key \`${path}\`: ${expected}`);
}

async function* checkpointsIn(
  path: string,
  keys: ReadonlyMap<string, KeyObject>,
  onTorn: (told: string) => void,
): AsyncGenerator<Checkpoint> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable('--checkpoints', path, error);
  });
  if (found.isDirectory()) {
    throw new CommandFailed(EXIT.fault, `--checkpoints \`${path}\` is a directory, expected a file`);
  }
  let lineNumber = 0;
  let isEmpty = true;
  for await (const lines of linesOf({ path, from: 0, to: found.size })) {
    for (const line of lines) {
      lineNumber += 1;
      if (line.trim() === '') continue;
      if (isTorn(line)) {
        onTorn(`\`${path}\` line ${lineNumber} is half a checkpoint: passed over`);
        continue;
      }
      isEmpty = false;
      const read = readCheckpoint(line, keys);
      if (!read.ok) {
        throw new CommandFailed(EXIT.notOk, `\`${path}\` line ${lineNumber} ${plain(read.problem)}`);
      }
      yield read.value;
    }
  }
  if (isEmpty) throw new CommandFailed(EXIT.notOk, `\`${path}\` holds no checkpoint`);
}

/** The beginning of a checkpoint and no more. Whoever can write such a line could as well have taken it out. */
function isTorn(line: string): boolean {
  if (!line.startsWith('{') || line.trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(line);
    return false;
  } catch {
    return true;
  }
}

const unreadable = (option: string, path: string, error: unknown): CommandFailed =>
  new CommandFailed(
    EXIT.fault,
    `${option} \`${path}\` cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`,
  );

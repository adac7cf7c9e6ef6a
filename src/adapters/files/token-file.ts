/**
 * The file of bearer tokens that `breakwater token` writes and a running sidecar follows: hashes only, never a token. A file that cannot be
 * read, or that others may write to, holds no token at all: nobody is let in by what nobody vouches for.
 */
import {
  closeSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type AccessToken, parseTokenFile, writtenTokenFile } from '../../domain/access-token.ts';

export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
}

/** How often a running sidecar looks whether the file has changed: a revoked token is good for no longer. */
const LOOK_EACH_MS = 500;
const WRITABLE_BY_OTHERS = 0o022;

/** Empty when there is no file yet; throws `TokenFileError` naming what is wrong with it. */
export function readTokenFile(path: string): readonly AccessToken[] {
  let text: string;
  try {
    if ((statSync(path).mode & WRITABLE_BY_OTHERS) !== 0) {
      throw new TokenFileError(`token file \`${path}\` may be written by others; expected mode 0600`);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    if (error instanceof TokenFileError) throw error;
    throw new TokenFileError(
      `token file \`${path}\` cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`,
    );
  }
  const parsed = parseTokenFile(text);
  if (!parsed.ok) throw new TokenFileError(`token file \`${path}\`: ${parsed.problem}`);
  return parsed.value;
}

/** All of it or nothing, readable by its owner alone, who stays the same. `change` gets what stands there; two changes at once are refused. */
export function changeTokenFile(
  path: string,
  change: (tokens: readonly AccessToken[]) => readonly AccessToken[],
): void {
  const draft = `${path}.new`;
  let file: number;
  try {
    file = openSync(draft, 'wx', 0o600);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST'
        ? `another change is under way, or was cut off: if none is, remove \`${draft}\``
        : `\`${draft}\` cannot be written: ${code}`;
    throw new TokenFileError(why);
  }
  try {
    try {
      writeSync(file, writtenTokenFile(change(readTokenFile(path))));
      keepOwner(file, path);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  }
}

/**
 * The sidecar reads the file under its own user: written anew by root it would admit nobody. It belongs to whom the old file belongs to, or
 * to the owner of its folder where there is none yet; whoever cannot give it away may make the first one, and none in its owner's place.
 */
function keepOwner(file: number, path: string): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const { uid, gid } = before ?? statSync(dirname(path));
  if (fstatSync(file).uid === uid) return;
  try {
    fchownSync(file, uid, gid);
  } catch {
    if (before === undefined) return;
    throw new TokenFileError(
      `token file \`${path}\` belongs to the user with id \`${uid}\` and cannot be written for them; expected that user (\`sudo -u\`), or root`,
    );
  }
}

/** What the file holds, looked at again when it has changed. Never throws; `onProblem` is told once of each trouble. */
export function followTokenFile(
  path: string,
  given: { readonly monotonicMs: () => number; readonly onProblem: (problem: string) => void },
): () => readonly AccessToken[] {
  let tokens: readonly AccessToken[] = [];
  let seen: string | null = null;
  let told: string | null = null;
  let lookedAtMs = -Infinity;
  return () => {
    const nowMs = given.monotonicMs();
    if (nowMs - lookedAtMs < LOOK_EACH_MS) return tokens;
    lookedAtMs = nowMs;
    const mark = markOf(path);
    if (mark === seen) return tokens;
    try {
      tokens = readTokenFile(path);
      told = null;
      seen = mark;
    } catch (error) {
      tokens = [];
      seen = null; // looked at again until it can be read
      const problem = error instanceof Error ? error.message : String(error);
      if (problem !== told) given.onProblem(problem);
      told = problem;
    }
    return tokens;
  };
}

/** Each change is a new file, so inode and time tell it. */
function markOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found === undefined
    ? 'none'
    : [found.ino, found.mtimeNs, found.ctimeNs, found.size, found.mode].join(' ');
}

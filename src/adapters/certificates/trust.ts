/**
 * Roots and revocation lists of this operator, from files. Revocation lists change while a sidecar runs: they are read again when the file
 * has changed; one that does not read leaves the former in force, which then runs out by itself.
 */
import { readFileSync, statSync } from 'node:fs';
import { readCertificates, type StiCertificate } from '../../passport/certificate.ts';
import { LIST_BYTES_MAX, readRevocationList, type RevocationList } from '../../passport/revocation-list.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';

export interface Trust {
  readonly roots: readonly StiCertificate[];
  /** Those in force now. */
  revocationLists(): readonly RevocationList[];
}

export interface TrustFiles {
  /** Null: no root, so nothing verifies. */
  readonly rootsFile: string | null;
  readonly revocationListFiles: readonly string[];
}

const ROOTS_BYTES_MAX = 1_048_576;

/** Refuses to go on with a file that cannot be used; the message names file and flaw. */
export class TrustFileError extends Error {
  readonly code = 'trust_file_unusable';
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;

export function openTrust(files: TrustFiles, clock: Clock, log: Log): Trust {
  const roots = files.rootsFile === null ? [] : readRoots(files.rootsFile);
  const lists = files.revocationListFiles.map((path) => openList(path, roots, clock, log));
  return { roots, revocationLists: () => lists.map((list) => list()) };
}

function readRoots(path: string): readonly StiCertificate[] {
  const roots = certificatesIn(path, readBounded(path, ROOTS_BYTES_MAX));
  const [wrong] = roots.filter(({ isAuthority }) => !isAuthority);
  if (roots.length === 0) throw new TrustFileError(`roots file \`${path}\` holds no certificate in PEM`);
  if (wrong !== undefined) {
    throw new TrustFileError(
      `roots file \`${path}\` holds \`${wrong.subject}\`, which is not of an authority`,
    );
  }
  return roots;
}

/** Each on its own, since the roots of a country are more than the certificates of one call. */
function certificatesIn(path: string, bytes: Uint8Array): readonly StiCertificate[] {
  const bodies = Buffer.from(bytes).toString('latin1').match(PEM_CERTIFICATE) ?? [];
  return bodies.flatMap((body) => {
    const read = readCertificates(Buffer.from(body, 'latin1'));
    if (!read.ok) throw new TrustFileError(`file \`${path}\`: ${read.problem}`);
    return read.value;
  });
}

function readBounded(path: string, most: number): Buffer {
  try {
    const { size } = statSync(path);
    if (size > most) throw new TrustFileError(`file \`${path}\` has ${size} bytes; expected at most ${most}`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof TrustFileError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new TrustFileError(`file \`${path}\` cannot be read (${code ?? String(error)})`);
  }
}

/** Certificates beside the list in its file may sign it: a policy administrator is no root. */
function readList(path: string, roots: readonly StiCertificate[]): RevocationList {
  const bytes = readBounded(path, LIST_BYTES_MAX);
  const read = readRevocationList(bytes, [...roots, ...certificatesIn(path, bytes)]);
  if (!read.ok) throw new TrustFileError(`file \`${path}\`: ${read.problem}`);
  return read.value;
}

function openList(
  path: string,
  roots: readonly StiCertificate[],
  clock: Clock,
  log: Log,
): () => RevocationList {
  let stamp = stampOf(path);
  let list = readList(path, roots);
  let lookedAt = clock.monotonic();
  return () => {
    if (clock.monotonic() - lookedAt < MINUTE_MS) return list;
    lookedAt = clock.monotonic();
    const found = stampOf(path);
    if (found === stamp) return list;
    stamp = found;
    try {
      list = readList(path, roots);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        { reason },
        'a revocation list was not taken; the former one stays in force until it runs out',
      );
    }
    return list;
  };
}

function stampOf(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path);
    return `${mtimeMs} ${size}`;
  } catch {
    return 'missing';
  }
}

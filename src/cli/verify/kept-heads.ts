/** Heads that somebody has kept elsewhere: what an earlier `ledger verify --json` printed. They must still stand. */
import { readFile } from 'node:fs/promises';
import type { KnownHashes } from '../../control/verify/segment.ts';
import { CommandFailed, EXIT } from '../io.ts';

const EXPECTED = 'expected what `ledger verify --json` printed of a sound ledger';

/** Ends the command for a file that cannot be read or holds something else. */
export async function readKeptHeads(path: string): Promise<KnownHashes> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new CommandFailed(EXIT.fault, `--heads \`${path}\` cannot be read: ${code}`);
  });
  const heads = headsIn(text);
  if (heads === undefined) throw new CommandFailed(EXIT.usage, `--heads \`${path}\`: ${EXPECTED}`);
  return Object.fromEntries(heads);
}

/** Undefined unless every head has its sequence number and its hash, and there is one at least. */
function headsIn(text: string): readonly (readonly [string, Readonly<Record<string, string>>])[] | undefined {
  let printed: unknown;
  try {
    printed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { heads } = (printed ?? {}) as { readonly heads?: unknown };
  if (typeof heads !== 'object' || heads === null) return undefined;
  const read = Object.entries(heads as Readonly<Record<string, unknown>>).flatMap(([writer, head]) => {
    const { seq, hash } = (head ?? {}) as { readonly seq?: unknown; readonly hash?: unknown };
    if (!Number.isSafeInteger(seq) || Number(seq) < 1) return [];
    if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return [];
    return [[writer, { [String(seq)]: hash }] as const];
  });
  return read.length > 0 && read.length === Object.keys(heads).length ? read : undefined;
}

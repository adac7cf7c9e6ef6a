/** Heads that somebody has kept elsewhere: what an earlier `ledger verify --json` printed, or the file beside an archived month. */
import { readFile } from 'node:fs/promises';
import type { KnownHashes } from '../../control/verify/segment.ts';
import type { WriterHead } from '../../control/verify-ledger.ts';
import { CommandFailed, EXIT } from '../io.ts';

const EXPECTED =
  'expected what `ledger verify --json` printed of a sound ledger, or what `ledger archive` wrote';

/** As hashes that must still stand. Ends the command as `readHeads` does. */
export const readKeptHeads = async (path: string): Promise<KnownHashes> =>
  hashesOf(await readHeads('--heads', path));

export const hashesOf = (heads: Readonly<Record<string, WriterHead>>): KnownHashes =>
  Object.fromEntries(
    Object.entries(heads).map(([writer, { seq, hash }]) => [writer, { [String(seq)]: hash }]),
  );

/** By writer. `option`: whose argument the path is. Ends the command for a file that cannot be read or holds something else. */
export async function readHeads(option: string, path: string): Promise<Readonly<Record<string, WriterHead>>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new CommandFailed(EXIT.fault, `${option} \`${path}\` cannot be read: ${code}`);
  });
  const heads = headsIn(text);
  if (heads === undefined) throw new CommandFailed(EXIT.usage, `${option} \`${path}\`: ${EXPECTED}`);
  return Object.fromEntries(heads);
}

/** Undefined unless every head has its sequence number and its hash, and there is one at least. */
function headsIn(text: string): readonly (readonly [string, WriterHead])[] | undefined {
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
    return [[writer, { seq: Number(seq), hash }] as const];
  });
  return read.length > 0 && read.length === Object.keys(heads).length ? read : undefined;
}

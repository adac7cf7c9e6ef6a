/** Is a month in the archive what was archived: its file by its hash, its chains by themselves, its heads by what stands beside it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ArchivedMonth } from '../../adapters/files/month-archive.ts';
import type { KnownHashes } from '../../control/verify/segment.ts';
import { CommandFailed, EXIT } from '../io.ts';
import { verifyFiles } from './verify-files.ts';

/** Ends the command (`notOk`) when it is not. `before`: the archived month before it, undefined for the first. */
export async function verifyArchivedMonth(
  directory: string,
  month: ArchivedMonth,
  before: ArchivedMonth | undefined,
  known: KnownHashes,
): Promise<void> {
  const path = join(directory, month.file);
  const differs = (detail: string): CommandFailed =>
    new CommandFailed(EXIT.notOk, `the archive of ${month.month} is not what was archived: ${detail}`);
  const sha256 = await sha256Of(path).catch((error: unknown) => {
    throw new CommandFailed(
      EXIT.fault,
      `\`${path}\` cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
    );
  });
  if (sha256 !== month.sha256) throw differs(`\`${path}\` hashes to ${sha256}, expected ${month.sha256}`);
  const found = await verifyFiles([path], { from: before?.heads ?? {}, known });
  if (!found.ok) throw differs(`${found.fault} at entry ${found.id}: ${found.detail}`);
  if (found.entries !== month.entries) {
    throw differs(`it has ${found.entries} entries, expected ${month.entries}`);
  }
  for (const writer of new Set([...Object.keys(found.heads), ...Object.keys(month.heads)])) {
    const [stands, said] = [found.heads[writer], month.heads[writer]];
    if (stands?.seq !== said?.seq || stands?.hash !== said?.hash)
      throw differs(`its chain of writer ${writer} does not end where the file beside it says`);
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

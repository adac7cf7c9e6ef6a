/** `evidence NUMBER` asks the sidecar for a dossier; `evidence verify FILE` checks one with nothing but the file. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Dossier } from '../../control/evidence/dossier.ts';
import { verifyDossier } from '../../control/evidence/verify-dossier.ts';
import { dossierPage } from '../../http/views/dossier-page.ts';
import { connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { dossierText } from '../show-dossier.ts';
import { many, plain } from '../text.ts';

export interface EvidenceArgs extends Connection {
  readonly number: string;
  readonly html?: string | undefined;
  readonly after?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function evidence(args: EvidenceArgs, io: Io): Promise<ExitCode> {
  const after = args.after === undefined ? '' : `&after=${encodeURIComponent(args.after)}`;
  const path = `/v1/evidence/${encodeURIComponent(args.number)}?format=json${after}`;
  const dossier = await connectTo(args, io).get<Dossier>(path);
  if (args.html !== undefined) await write(args.html, dossierPage(dossier));
  if (args.json === true) printJson(io, dossier);
  else if (args.html === undefined) io.out(dossierText(dossier));
  else io.out(`${plain(args.html)}: ${plain(dossier.statement)}`);
  // A chain that does not hold is the first thing to know about a dossier.
  return dossier.proof.chains.sound === false ? EXIT.notOk : EXIT.ok;
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new CommandFailed(EXIT.fault, `\`${path}\` cannot be written: ${codeOf(error)}`);
  }
}

export interface EvidenceVerifyArgs {
  readonly file: string;
  readonly json?: boolean | undefined;
}

export async function evidenceVerify({ file, json }: EvidenceVerifyArgs, io: Io): Promise<ExitCode> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(EXIT.fault, `\`${file}\` cannot be read: ${codeOf(error)}`);
  }
  const found = verifyDossier(parse(text, file));
  if (json === true) printJson(io, found);
  else if (found.ok) {
    io.out(
      `sound: ${many(found.hashes, 'hash', 'hashes')} of ${many(found.entries, 'entry', 'entries')} about ${plain(found.number)}`,
    );
    io.out('every word of it is read from these entries; what it does not prove is under proof.not_proven');
  } else {
    io.out(`DIFFERS at ${plain(found.where === '' ? 'the whole document' : found.where)}`);
    io.out(`  ${plain(found.detail)}`);
  }
  return found.ok ? EXIT.ok : EXIT.notOk;
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandFailed(
      EXIT.notOk,
      `\`${file}\` is not JSON: a dossier is written by \`evidence --json\``,
    );
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/**
 * Checks a dossier file with nothing but the file: every entry's hash again, the links between neighbours, and that the readable part
 * is what these entries say. Pure. What it cannot show stands in the dossier itself, under `proof.not_proven`.
 */
import { canonicalJson, type Json } from '../../domain/canonical-json.ts';
import { entryHash, sha256Hex } from '../../domain/hash-chain.ts';
import { isJsonObject, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { formatInstant } from '../../domain/time.ts';
import { readExportObject } from '../export-line.ts';
import { buildDossier, type DossierHead } from './build-dossier.ts';
import { DOSSIER_FORMAT } from './dossier.ts';

export type DossierVerification =
  | { readonly ok: true; readonly number: string; readonly entries: number; readonly hashes: number }
  | {
      readonly ok: false;
      /** Path to what differs first: `proof.entries[3].hash`, `calls[0].record.disposition.value`. */
      readonly where: string;
      /** One sentence with the values that differ. */
      readonly detail: string;
    };

const fault = (where: string, detail: string): DossierVerification => ({ ok: false, where, detail });

export function verifyDossier(document: unknown): DossierVerification {
  if (!isJsonObject(document)) return fault('', 'not a JSON object');
  if (document['format'] !== DOSSIER_FORMAT) {
    return fault('format', `\`${shown(document['format'])}\` is not \`${DOSSIER_FORMAT}\``);
  }
  const head = headOf(document);
  if (head === null) return fault('asked', 'it does not say which number was asked for, through which entry');
  const lines = objectIn(document['proof'])?.['entries'];
  if (!Array.isArray(lines)) return fault('proof.entries', 'missing');
  const entries: LedgerEntry[] = [];
  for (const [index, line] of (lines as readonly Json[]).entries()) {
    const where = `proof.entries[${index}]`;
    const entry = readExportObject(line);
    if (!entry.ok) return fault(where, entry.problem);
    const found = entryFault(entry.value, entries, head);
    if (found !== null) return fault(`${where}.${found.member}`, found.detail);
    entries.push(entry.value);
  }
  const again = JSON.parse(JSON.stringify(buildDossier(head, entries))) as JsonObject;
  const difference = firstDifference(document, again, '');
  if (difference !== null) return fault(difference.where, difference.detail);
  return {
    ok: true,
    number: head.asked.number,
    entries: entries.length,
    hashes: entries.length + textHashes(document),
  };
}

/** Only what the builder reads is checked; a changed rest of it is a difference later. */
function headOf(document: JsonObject): DossierHead | null {
  const { asked, made_by: madeBy } = document;
  const chains = objectIn(objectIn(document['proof'])?.['chains']);
  if (!isJsonObject(asked) || !isJsonObject(madeBy) || chains === null) return null;
  if (textIn(asked['number']) === null || typeof asked['through_id'] !== 'number') return null;
  const heads = { ...chains, writers: objectsIn(chains['writers']) };
  return { asked, made_by: madeBy, chains: heads } as unknown as DossierHead;
}

interface EntryFault {
  readonly member: string;
  readonly detail: string;
}

function entryFault(
  entry: LedgerEntry,
  before: readonly LedgerEntry[],
  { asked, chains }: DossierHead,
): EntryFault | null {
  const { id, writer, seq, kind, bodyText, prevHash } = entry;
  const at = formatInstant(entry.at);
  const hash = entryHash({ writer, seq, at, kind, body: bodyText, prevHash });
  if (hash !== entry.hash) {
    return { member: 'hash', detail: `its content hashes to ${hash}; ${entry.hash} is given` };
  }
  if (canonicalJson(entry.body) !== bodyText) {
    return { member: 'body', detail: 'its text is not in canonical form' };
  }
  if (id <= (before.at(-1)?.id ?? 0)) return { member: 'id', detail: `${id} is out of order` };
  if (id > asked.through_id) {
    return { member: 'id', detail: `${id} is later than asked.through_id ${asked.through_id}` };
  }
  const last = before.findLast((each) => each.writer === writer);
  if (last !== undefined && seq <= last.seq) return { member: 'seq', detail: `${seq} follows ${last.seq}` };
  if (last?.seq === seq - 1 && last.hash !== prevHash) {
    return { member: 'prev_hash', detail: `${prevHash} is given; the entry before it has ${last.hash}` };
  }
  return headFault(entry, chains);
}

/** A chain that was checked reaches at least as far as its entries, and ends with the one that is its last. */
function headFault({ writer, seq, hash }: LedgerEntry, chains: DossierHead['chains']): EntryFault | null {
  if (chains.sound !== true) return null;
  const head = chains.writers.find((each) => each.writer === writer);
  if (head === undefined) return { member: 'writer', detail: `no chain of \`${writer}\` was checked` };
  if (head.entries < seq)
    return { member: 'seq', detail: `the chain of \`${writer}\` ends at ${head.entries}` };
  return head.entries === seq && head.head_hash !== hash
    ? { member: 'hash', detail: `the chain of \`${writer}\` ends with ${head.head_hash}` }
    : null;
}

function textHashes(document: JsonObject): number {
  let count = 0;
  for (const consent of objectsIn(document['consents'])) {
    const text = textIn(objectIn(consent['elements'])?.['disclosure_text']);
    if (text !== null && sha256Hex(text) === consent['disclosure_sha256']) count += 1;
  }
  return count;
}

interface Difference {
  readonly where: string;
  readonly detail: string;
}

function firstDifference(given: Json | undefined, made: Json | undefined, where: string): Difference | null {
  if (Array.isArray(given) && Array.isArray(made)) {
    const [left, right] = [given as readonly Json[], made as readonly Json[]];
    if (left.length !== right.length) {
      return { where, detail: `${left.length} are given, the entries make ${right.length}` };
    }
    return first(left.map((item, index) => () => firstDifference(item, right[index], `${where}[${index}]`)));
  }
  if (isJsonObject(given) && isJsonObject(made)) {
    const names = [...new Set([...Object.keys(made), ...Object.keys(given)])];
    return first(
      names.map(
        (name) => () => firstDifference(given[name], made[name], where === '' ? name : `${where}.${name}`),
      ),
    );
  }
  return given === made
    ? null
    : { where, detail: `\`${shown(given)}\` is given, the entries make \`${shown(made)}\`` };
}

function first(looks: readonly (() => Difference | null)[]): Difference | null {
  for (const look of looks) {
    const found = look();
    if (found !== null) return found;
  }
  return null;
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/**
 * One ledger entry as one line of an export (NDJSON). The body travels as the very text that was hashed, so that a stranger can
 * verify the chain without trusting anybody's JSON writer.
 */
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { parseWriterId } from '../domain/ids.ts';
import { ENTRY_KINDS, type JsonObject, type LedgerEntry } from '../domain/ledger-entry.ts';
import { formatInstant, parseInstant } from '../domain/time.ts';

export const exportLine = (entry: LedgerEntry): string => JSON.stringify(exportObject(entry));

/** The line before it is a line; a dossier carries entries in this form too. */
export function exportObject(entry: LedgerEntry): JsonObject {
  const { id, writer, seq, kind, bodyText, prevHash, hash } = entry;
  return { id, writer, seq, at: formatInstant(entry.at), kind, body: bodyText, prev_hash: prevHash, hash };
}

/** Shape only: whether the hashes hold is for `verifyLedger`. */
export function readExportLine(line: string): Parsed<LedgerEntry> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return problem('not JSON');
  }
  return readExportObject(value);
}

/** As `readExportLine`, of what has been parsed already. */
export function readExportObject(value: unknown): Parsed<LedgerEntry> {
  if (!isObject(value)) return problem('not a JSON object');
  const { id, writer, seq, at, kind, body, prev_hash: prevHash, hash } = value;
  const writerId = parseWriterId(String(writer));
  const kindRead = ENTRY_KINDS.find((each) => each === kind);
  const atRead = parseInstant(String(at));
  if (!isCount(id)) return problem('`id` is not a positive whole number');
  if (!isCount(seq)) return problem('`seq` is not a positive whole number');
  if (!writerId.ok) return problem(writerId.problem);
  if (kindRead === undefined) return problem(`kind \`${String(kind).slice(0, 40)}\` is unknown`);
  if (!atRead.ok) return problem(atRead.problem);
  if (formatInstant(atRead.value) !== at) return problem(`at \`${String(at)}\` is not UTC with milliseconds`);
  if (!isHash(prevHash) || !isHash(hash))
    return problem('`prev_hash` or `hash` is not 64 hexadecimal digits');
  if (typeof body !== 'string') return problem('`body` is not the text that was hashed');
  let bodyRead: unknown;
  try {
    bodyRead = JSON.parse(body);
  } catch {
    return problem('`body` does not hold JSON');
  }
  if (!isObject(bodyRead)) return problem('`body` does not hold a JSON object');
  return parsed({
    id,
    writer: writerId.value,
    seq,
    at: atRead.value,
    kind: kindRead,
    body: bodyRead as JsonObject,
    bodyText: body,
    prevHash,
    hash,
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/**
 * `opt-out import`, `consent import` and `reassigned import`: a CSV file of any length into the running sidecar, in bounded batches. A batch
 * is counted when the sidecar has it on disk; a file that was cut off, or a sidecar that died, is repaired by running the command again.
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { csvReader, type CsvProblem, type CsvRecord } from '../../adapters/files/csv-reader.ts';
import { parsePersonNumber } from '../../domain/phone-number.ts';
import { REASSIGNED_COLUMNS, reassignedColumn, UNHEADED_COLUMNS } from '../../domain/reassigned-fields.ts';
import { CONSENT_COLUMNS, type Fields } from '../../domain/request-fields.ts';
import { OPT_OUT_COLUMNS } from '../../domain/wish-fields.ts';
import { type Client, connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { openRejectedReport, type RejectedReport } from '../rejected-report.ts';
import { many, plain } from '../text.ts';

export interface ImportArgs extends Connection {
  readonly file: string;
  readonly seller: string;
  readonly rejectedTo?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface WishImportArgs extends ImportArgs {
  readonly channel?: string | undefined;
}

export interface ReassignedImportArgs extends ImportArgs {
  readonly queriedAt?: string | undefined;
  readonly since?: string | undefined;
}

/** Kept for the answer; all are counted, and `--rejected-to` writes all. */
const REJECTED_KEPT = 20;
const ROWS_OF_BATCH = 500;
/** Below what the sidecar takes at once, as JSON. */
const CHARACTERS_OF_BATCH = 400_000;
const PROGRESS_EVERY_MS = 1_000;

interface Kind {
  readonly path: string;
  readonly columns: Readonly<Record<string, { readonly required: boolean }>>;
  readonly what: string;
  /** Columns that may be said once for the whole file, and must be said there or here. */
  readonly saidOnce?: readonly string[];
  /** The column that a heading stands for. */
  readonly columnOf: (heading: string) => string;
  /** Columns of a file whose first line is a record. */
  readonly unheaded?: readonly string[];
  /** What cannot be kept of a line is a rejected line here; of a wish the sidecar replaces it and says so in the entry. */
  readonly refusesUnstorable: boolean;
}

const ownHeading = (heading: string): string => heading.trim().toLowerCase();

const OPT_OUTS: Kind = {
  path: '/v1/opt-outs/import',
  columns: OPT_OUT_COLUMNS,
  what: 'opt-out',
  columnOf: ownHeading,
  refusesUnstorable: false,
};
const CONSENTS: Kind = {
  path: '/v1/consents/import',
  columns: CONSENT_COLUMNS,
  what: 'consent',
  columnOf: ownHeading,
  refusesUnstorable: true,
};

const REASSIGNED: Kind = {
  path: '/v1/reassigned-checks/import',
  columns: REASSIGNED_COLUMNS,
  what: 'answer',
  saidOnce: ['queried_at', 'since'],
  columnOf: reassignedColumn,
  unheaded: UNHEADED_COLUMNS,
  refusesUnstorable: true,
};

interface RejectedRow {
  readonly line: number;
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

interface ImportedJson {
  readonly written: number;
  readonly standing: number;
  readonly adjusted: number;
  readonly rejected: readonly (Omit<RejectedRow, 'line'> & { readonly index: number })[];
}

interface Row {
  readonly line: number;
  readonly fields: Fields;
}

/** What is said once for all lines, as the batches carry it. */
type Said = Readonly<Record<string, string | undefined>>;

export const optOutImport = (args: WishImportArgs, io: Io): Promise<ExitCode> =>
  importFile(args, io, OPT_OUTS, { channel: args.channel });
export const consentImport = (args: WishImportArgs, io: Io): Promise<ExitCode> =>
  importFile(args, io, CONSENTS, { channel: args.channel });
export const reassignedImport = (args: ReassignedImportArgs, io: Io): Promise<ExitCode> =>
  importFile(args, io, REASSIGNED, { queried_at: args.queriedAt, since: args.since });

async function importFile(args: ImportArgs, io: Io, kind: Kind, said: Said): Promise<ExitCode> {
  const report = args.rejectedTo === undefined ? null : openRejectedReport(args.rejectedTo);
  const count = tally(args, io, kind, report);
  try {
    const client = connectTo(args, io);
    for await (const batch of batchesOf(args.file, kind, said, (row) => count.reject(row))) {
      await send(client, { path: kind.path, seller: args.seller, said }, batch, count);
    }
  } catch (error) {
    count.stopped();
    throw error;
  } finally {
    report?.close();
  }
  return count.tell();
}

async function send(
  client: Client,
  { path, seller, said }: { readonly path: string; readonly seller: string; readonly said: Said },
  batch: readonly Row[],
  count: ReturnType<typeof tally>,
): Promise<void> {
  const imported = await client.post<ImportedJson>(path, {
    // What is undefined is left out of the JSON.
    ...said,
    seller,
    rows: batch.map(({ fields }) => fields),
  });
  for (const { index, field, value, expected } of imported.rejected) {
    count.reject({ line: batch[index]?.line ?? 0, field, value, expected });
  }
  count.add(imported, batch.at(-1)?.line ?? 0);
}

function tally(args: ImportArgs, io: Io, { what }: Kind, report: RejectedReport | null) {
  const kept: RejectedRow[] = [];
  const file = basename(args.file);
  let [written, standing, adjusted, rejected, lines] = [0, 0, 0, 0, 0];
  let toldAt = io.nowMs();
  return {
    reject(row: RejectedRow): void {
      rejected += 1;
      const reason = `${row.field} \`${row.value}\`: expected ${row.expected}`;
      report?.write(file, { line: row.line, reason });
      if (kept.length >= REJECTED_KEPT) return;
      kept.push(row);
      io.err(`${plain(file)} line ${row.line}: rejected, ${plain(reason)}`);
    },
    add(imported: ImportedJson, line: number): void {
      written += imported.written;
      standing += imported.standing;
      adjusted += imported.adjusted;
      lines = line;
      if (io.nowMs() - toldAt < PROGRESS_EVERY_MS) return;
      toldAt = io.nowMs();
      io.err(
        `${plain(file)}: line ${lines}, ${written} written, ${standing} stood already, ${rejected} rejected`,
      );
    },
    stopped(): void {
      if (lines > 0) {
        io.err(
          `${plain(file)}: everything up to line ${lines} is recorded; run the command again for the rest`,
        );
      }
    },
    tell(): ExitCode {
      if (rejected > kept.length) {
        const more = rejected - kept.length;
        io.err(
          args.rejectedTo === undefined
            ? `${plain(file)}: ${many(more, 'more rejected line')}; --rejected-to FILE writes them all`
            : `${plain(file)}: ${many(more, 'more rejected line')}, all in ${plain(args.rejectedTo)}`,
        );
      }
      if (args.json === true) {
        printJson(io, { written, standing, adjusted, rejected_count: rejected, rejected: kept });
      } else {
        io.out(
          `${many(written, what)} written, ${standing} stood already, ${many(rejected, 'line')} rejected`,
        );
        if (adjusted > 0) {
          io.out(`${adjusted} of those written had a field cut, replaced or left out; the entries say which`);
        }
      }
      return rejected === 0 ? EXIT.ok : EXIT.notOk;
    },
  };
}

/** Rows in batches, as far as the file has been read; rejected lines are told at once. */
async function* batchesOf(
  path: string,
  kind: Kind,
  said: Said,
  reject: (row: RejectedRow) => void,
): AsyncGenerator<readonly Row[]> {
  let header: readonly string[] | null = null;
  let batch: Row[] = [];
  let characters = 0;
  for await (const read of recordsOf(path)) {
    const record = kind.refusesUnstorable ? storable(read) : read;
    if ('problem' in record) {
      if (header === null) throw new CommandFailed(EXIT.usage, `line ${record.line}: ${record.problem}`);
      reject({ line: record.line, field: 'line', value: '', expected: `CSV, but ${record.problem}` });
      continue;
    }
    const isHeader: boolean = header === null && !startsUnheaded(record.fields, kind);
    header ??= isHeader
      ? readHeader(record.fields, kind, said)
      : completeHeader(kind.unheaded ?? [], kind, said);
    if (isHeader) continue;
    if (record.fields.length !== header.length) {
      const value = many(record.fields.length, 'field');
      const expected = `${many(header.length, 'field')}, as ${header.join(', ')}`;
      reject({ line: record.line, field: 'line', value, expected });
    } else {
      const names = header;
      const fields = Object.fromEntries(record.fields.map((value, index) => [names[index] ?? '', value]));
      batch.push({ line: record.line, fields });
      characters += JSON.stringify(fields).length;
    }
    if (batch.length >= ROWS_OF_BATCH || characters >= CHARACTERS_OF_BATCH) {
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (header === null) throw new CommandFailed(EXIT.usage, `\`${plain(path)}\` is empty: expected a header`);
  if (batch.length > 0) yield batch;
}

async function* recordsOf(path: string): AsyncGenerator<CsvRecord | CsvProblem> {
  const reader = csvReader();
  const decoder = new TextDecoder();
  try {
    for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
      for (const record of reader.push(decoder.decode(bytes, { stream: true }))) yield record;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandFailed(EXIT.fault, `\`${plain(path)}\` cannot be read: ${code}`);
  }
  for (const record of [...reader.push(decoder.decode()), ...reader.finish()]) yield record;
}

/** Bytes that are not UTF-8 and NUL can stand in no entry, and one of them would have the whole batch of consents refused. */
function storable(record: CsvRecord | CsvProblem): CsvRecord | CsvProblem {
  if ('problem' in record || !record.fields.some((field) => /[\0\uFFFD]/.test(field))) return record;
  return { line: record.line, problem: 'the line holds a NUL or is not UTF-8' };
}

/** A file that begins with somebody's number has no header. */
const startsUnheaded = ([first = '']: readonly string[], { unheaded }: Kind): boolean =>
  unheaded !== undefined && parsePersonNumber(first).ok;

/** A column nobody knows may be the one that mattered: nothing is sent then. */
function readHeader(names: readonly string[], kind: Kind, said: Said): readonly string[] {
  const { columns } = kind;
  const header = names.map((name) => kind.columnOf(name));
  const known = Object.keys(columns).join(', ');
  const strange = header.find((name) => !Object.hasOwn(columns, name));
  if (strange !== undefined) {
    throw new CommandFailed(
      EXIT.usage,
      `column \`${plain(strange)}\` is not known: expected some of ${known}`,
    );
  }
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined)
    throw new CommandFailed(EXIT.usage, `column \`${twice}\` stands twice in the header`);
  return completeHeader(header, kind, said);
}

function completeHeader(
  header: readonly string[],
  { columns, saidOnce = [] }: Kind,
  said: Said,
): readonly string[] {
  for (const [name, { required }] of Object.entries(columns)) {
    if (header.includes(name) || said[name] !== undefined) continue;
    if (required) throw new CommandFailed(EXIT.usage, `column \`${name}\` is missing`);
    if (saidOnce.includes(name)) {
      const option = `--${name.replace('_', '-')}`;
      throw new CommandFailed(
        EXIT.usage,
        `column \`${name}\` is missing: say it once for all lines with ${option}`,
      );
    }
  }
  return header;
}

/**
 * `opt-out import` and `consent import`: a CSV file of any length into the running sidecar, in bounded batches. A batch is counted when the
 * sidecar has it on disk; a file that was cut off, or a sidecar that died, is repaired by running the command again.
 */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { csvReader, type CsvProblem, type CsvRecord } from '../../adapters/files/csv-reader.ts';
import { CONSENT_COLUMNS, type Fields } from '../../domain/request-fields.ts';
import { OPT_OUT_COLUMNS } from '../../domain/wish-fields.ts';
import { type Client, connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { openRejectedReport, type RejectedReport } from '../rejected-report.ts';
import { plain } from '../text.ts';

export interface ImportArgs extends Connection {
  readonly file: string;
  readonly seller: string;
  readonly channel?: string | undefined;
  readonly rejectedTo?: string | undefined;
  readonly json?: boolean | undefined;
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
  /** What cannot be kept of a line is a rejected line here; of a wish the sidecar replaces it and says so in the entry. */
  readonly refusesUnstorable: boolean;
}

const OPT_OUTS: Kind = {
  path: '/v1/opt-outs/import',
  columns: OPT_OUT_COLUMNS,
  what: 'opt-outs',
  refusesUnstorable: false,
};
const CONSENTS: Kind = {
  path: '/v1/consents/import',
  columns: CONSENT_COLUMNS,
  what: 'consents',
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

export const optOutImport = (args: ImportArgs, io: Io): Promise<ExitCode> => importFile(args, io, OPT_OUTS);
export const consentImport = (args: ImportArgs, io: Io): Promise<ExitCode> => importFile(args, io, CONSENTS);

async function importFile(args: ImportArgs, io: Io, kind: Kind): Promise<ExitCode> {
  const report = args.rejectedTo === undefined ? null : openRejectedReport(args.rejectedTo);
  const count = tally(args, io, kind, report);
  try {
    const client = connectTo(args, io);
    for await (const batch of batchesOf(args.file, kind, (row) => count.reject(row))) {
      await send(client, args, kind, batch, count);
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
  args: ImportArgs,
  kind: Kind,
  batch: readonly Row[],
  count: ReturnType<typeof tally>,
): Promise<void> {
  const imported = await client.post<ImportedJson>(kind.path, {
    seller: args.seller,
    ...(args.channel === undefined ? {} : { channel: args.channel }),
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
            ? `${plain(file)}: ${more} more rejected lines; --rejected-to FILE writes them all`
            : `${plain(file)}: ${more} more rejected lines, all in ${plain(args.rejectedTo)}`,
        );
      }
      if (args.json === true) {
        printJson(io, { written, standing, adjusted, rejected_count: rejected, rejected: kept });
      } else {
        io.out(`${written} ${what} written, ${standing} stood already, ${rejected} lines rejected`);
        if (adjusted > 0) {
          io.out(
            `${adjusted} of those written had a field cut, replaced or left out; their entries say which`,
          );
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
    } else if (header === null) {
      header = readHeader(record.fields, kind);
    } else if (record.fields.length !== header.length) {
      const value = `${record.fields.length} fields`;
      reject({
        line: record.line,
        field: 'line',
        value,
        expected: `${header.length} fields, as in the header`,
      });
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

/** A column nobody knows may be the one that mattered: nothing is sent then. */
function readHeader(names: readonly string[], { columns }: Kind): readonly string[] {
  const header = names.map((name) => name.trim().toLowerCase());
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
  const missing = Object.entries(columns).find(([name, { required }]) => required && !header.includes(name));
  if (missing !== undefined) throw new CommandFailed(EXIT.usage, `column \`${missing[0]}\` is missing`);
  return header;
}

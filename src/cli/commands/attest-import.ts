/** `attest import`: carriers' statements about caller IDs, from CSV or JSON; run again it writes nothing new. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { csvReader } from '../../adapters/files/csv-reader.ts';
import { connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, plain } from '../text.ts';

export interface AttestImportArgs extends Connection {
  readonly file: string;
  /** The carrier's statement, where the lines do not name its hash. */
  readonly document?: string | undefined;
  readonly expires?: string | undefined;
  readonly json?: boolean | undefined;
}

const COLUMNS = ['caller_id', 'trunk', 'level', 'confirmed_at', 'expires_at', 'document_sha256', 'statement'];
const ROWS_OF_BATCH = 200;

interface Row {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

interface ImportedJson {
  readonly written: number;
  readonly standing: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly field: string;
    readonly value: string;
    readonly expected: string;
  }[];
}

export async function attestImport(args: AttestImportArgs, io: Io): Promise<ExitCode> {
  const text = (await bytesOf(args.file)).toString('utf8');
  const said = {
    ...(args.document === undefined
      ? {}
      : {
          document_sha256: createHash('sha256')
            .update(await bytesOf(args.document))
            .digest('hex'),
        }),
    ...(args.expires === undefined ? {} : { expires_at: args.expires }),
  };
  const rows = /^\s*\[/.test(text) ? jsonRows(text) : csvRows(text);
  const client = connectTo(args, io);
  const sum = { written: 0, standing: 0, rejected: 0 };
  for (let from = 0; from < rows.length; from += ROWS_OF_BATCH) {
    const batch = rows.slice(from, from + ROWS_OF_BATCH);
    const answer = await client.post<ImportedJson>('/v1/attestations/import', {
      rows: batch.map(({ fields }) => ({ ...said, ...fields })),
    });
    sum.written += answer.written;
    sum.standing += answer.standing;
    sum.rejected += answer.rejected.length;
    for (const { index, field, value, expected } of answer.rejected) {
      const line = batch[index]?.line ?? 0;
      io.err(`line ${line}: rejected, ${plain(field)} \`${plain(value)}\`: expected ${plain(expected)}`);
    }
  }
  if (args.json === true) printJson(io, sum);
  else {
    const { written, standing, rejected } = sum;
    io.out(`${many(written, 'statement')} written, ${standing} stood already, ${rejected} rejected`);
  }
  return sum.rejected === 0 ? EXIT.ok : EXIT.notOk;
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new CommandFailed(EXIT.fault, `\`${plain(path)}\` cannot be read: ${code}`);
  }
}

/** A list of objects of texts. */
function jsonRows(text: string): readonly Row[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new CommandFailed(EXIT.usage, `the file is not JSON: ${String(error)}`);
  }
  return (list as readonly unknown[]).map((each, index) => {
    const isRow =
      typeof each === 'object' &&
      each !== null &&
      Object.entries(each).every(([name, value]) => COLUMNS.includes(name) && typeof value === 'string');
    if (!isRow) {
      const expected = `an object of texts with some of ${COLUMNS.join(', ')}`;
      throw new CommandFailed(EXIT.usage, `item ${index + 1}: expected ${expected}`);
    }
    return { line: index + 1, fields: withoutEmpty(each as Readonly<Record<string, string>>) };
  });
}

function csvRows(text: string): readonly Row[] {
  const reader = csvReader();
  const rows: Row[] = [];
  let header: readonly string[] | null = null;
  for (const record of [...reader.push(text), ...reader.finish()]) {
    if ('problem' in record) throw new CommandFailed(EXIT.usage, `line ${record.line}: ${record.problem}`);
    if (header === null) {
      header = record.fields.map((name) => name.trim().toLowerCase());
      const strange = header.find((name) => !COLUMNS.includes(name));
      if (strange !== undefined) {
        const expected = `some of ${COLUMNS.join(', ')}`;
        throw new CommandFailed(
          EXIT.usage,
          `column \`${plain(strange)}\` is not known: expected ${expected}`,
        );
      }
      continue;
    }
    if (record.fields.length !== header.length) {
      throw new CommandFailed(EXIT.usage, `line ${record.line}: expected ${many(header.length, 'field')}`);
    }
    const names = header;
    const fields = Object.fromEntries(record.fields.map((value, index) => [names[index] ?? '', value]));
    rows.push({ line: record.line, fields: withoutEmpty(fields) });
  }
  return rows;
}

/** So that what is said once for all lines counts where a line says nothing. */
const withoutEmpty = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));

/**
 * `privacy export`: what is kept on one number, all of it, with where it is kept: for a person who asks (Cal. Civ. Code 1798.110; GDPR
 * article 15). Reads the stores of this machine, and the archive when it is named; changes nothing.
 */
import { join } from 'node:path';
import { archivedMonths } from '../../adapters/files/month-archive.ts';
import { exportObject } from '../../control/export-line.ts';
import { textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { hasNumber } from '../../domain/number-in-text.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../domain/phone-number.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import { VERSION } from '../../domain/version.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { ledgerOf } from '../ledger-file.ts';
import type { Wiring } from '../wiring.ts';
import type { LedgerArgs } from './ledger.ts';

export interface PrivacyExportArgs extends LedgerArgs {
  readonly number: string;
  /** The folder that `ledger archive` writes; left out: archived months are not looked through. */
  readonly archive?: string | undefined;
}

type Opener = Pick<Wiring, 'openPersonData' | 'openLedger' | 'listsOn'>;

/** What nobody can read out of the stores. */
const ELSEWHERE: readonly string[] = [
  'the sound of recordings: `breakwater recording fetch` for each call under the table `recording`',
  'counters of attempts and of drops, which are made of the entries above: in Redis the keys `attempts:` and `dropped:` with seller and number, gone by themselves a week after the last call',
  'the spool of a sidecar that is cut off from the store: entries that come to the ledger with the connection; ask again when `ledger_spool` is drained',
  'what a running sidecar holds in memory of the rows above',
  'log lines: they hold no whole number',
  'backups, exports, and what dialers, carriers and targets of webhooks keep themselves',
];

export async function privacyExport(args: PrivacyExportArgs, io: Io, wiring: Opener): Promise<ExitCode> {
  const number = parsePhoneNumber(args.number);
  if (!number.ok) throw new CommandFailed(EXIT.usage, number.problem);
  const data = await wiring.openPersonData({ ...args, databaseUrl: args.database ?? null });
  try {
    const own = await fromLedger(data.entries(number.value), number.value);
    const callIds = [...callsOf(own, number.value)];
    const archived =
      args.archive === undefined ? [] : await fromArchive(args.archive, number.value, own, wiring);
    const rows = (await data.rows(number.value, callIds)).filter(
      ({ row }) =>
        hasNumber(number.value, JSON.stringify(row)) || callIds.includes(textIn(row['call_id']) ?? ''),
    );
    const tables = [...new Set(rows.map(({ table }) => table))].map((table) => ({
      source: `table ${table}`,
      rows: rows.filter((each) => each.table === table).map(({ row }) => row),
    }));
    printJson(io, {
      number: number.value,
      made_at: formatInstant(instant(io.nowMs())),
      made_by: { program: 'breakwater', version: VERSION },
      sources: [
        { source: 'ledger', entries: own.map(readable) },
        ...archived,
        ...tables,
        ...(await wiring.listsOn(args, number.value)).map((list) => ({
          source: `list ${list.name}`,
          ...list,
        })),
      ],
      not_included: [
        ...(args.archive === undefined ? ['archived months: name their folder with --archive'] : []),
        ...ELSEWHERE,
      ],
    });
    return EXIT.ok;
  } finally {
    await data.close();
  }
}

/** An entry with its body as JSON beside the text that was hashed: people read the one, `ledger verify` the other. */
const readable = (entry: LedgerEntry): JsonObject => ({ ...exportObject(entry), says: entry.body });

/** The digits of a number may stand within a longer run of others'. */
async function fromLedger(
  entries: AsyncIterable<LedgerEntry>,
  number: PhoneNumber,
): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for await (const entry of entries) found.push(entry);
  const calls = callsOf(found, number);
  return found.filter((entry) => isOn(entry, number, calls));
}

/** Calls of the number. A call of another number whose entry merely mentions this one is not the person's. */
const callsOf = (entries: readonly LedgerEntry[], number: PhoneNumber): ReadonlySet<string> =>
  new Set(
    entries.flatMap(({ body }) =>
      body['number'] === number && typeof body['callId'] === 'string' ? [body['callId']] : [],
    ),
  );

const isOn = (entry: LedgerEntry, number: PhoneNumber, calls: ReadonlySet<string>): boolean =>
  calls.has(textIn(entry.body['callId']) ?? '') || hasNumber(number, entry.bodyText);

/** Entries of archived months that the store has no more, by the file that has them. */
async function fromArchive(
  directory: string,
  number: PhoneNumber,
  own: readonly LedgerEntry[],
  wiring: Opener,
): Promise<readonly { readonly source: string; readonly entries: readonly JsonObject[] }[]> {
  const months = await archivedMonths(directory).catch((error: unknown) => {
    throw new CommandFailed(EXIT.fault, `\`${directory}\` cannot be read: ${String(error)}`);
  });
  if (months.length === 0) throw new CommandFailed(EXIT.usage, `\`${directory}\` holds no archived month`);
  const stored = new Set(own.map(({ id }) => id));
  const sources: { source: string; entries: JsonObject[] }[] = [];
  const calls = new Set(callsOf(own, number));
  for (const { file } of months) {
    const entries: JsonObject[] = [];
    const source = await ledgerOf({ configDirectory: '', env: {}, file: join(directory, file) }, wiring);
    for await (const entry of source.entries()) {
      for (const call of callsOf([entry], number)) calls.add(call);
      if (!stored.has(entry.id) && isOn(entry, number, calls)) entries.push(readable(entry));
    }
    await source.close();
    if (entries.length > 0) sources.push({ source: `archive ${file}`, entries });
  }
  return sources;
}

/**
 * `privacy erase`: what is kept on one number and no law obliges to keep goes; the person is not called again (Cal. Civ. Code 1798.105; GDPR
 * article 17). Tells what it would do, unless it is told to do it. Refused where a legal hold binds the person.
 */
import { type KeptDuty, keptDuties } from '../../domain/person-erasure.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { textIn } from '../../domain/json-parts.ts';
import { hasNumber } from '../../domain/number-in-text.ts';
import { parsePhoneNumber, type PhoneNumber } from '../../domain/phone-number.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import { ErasureRefused } from '../../ports/person-eraser.ts';
import type { KeptRow, PersonData } from '../../ports/person-data.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, table } from '../text.ts';
import type { Wiring } from '../wiring.ts';
import { requireReason } from './ledger-hold.ts';
import type { LedgerArgs } from './ledger.ts';

export interface PrivacyEraseArgs extends LedgerArgs {
  readonly number: string;
  readonly who: string;
  readonly why: string;
  /** False: nothing is changed. */
  readonly yes?: boolean | undefined;
}

/** Why rows of a table stay; of a table that is not named here some may go, and what is left is what it says of others. */
const STAYS_BECAUSE: Readonly<Record<string, string>> = {
  opt_out:
    'the number is needed to honour the request, without end: 47 CFR 64.1200(d); 16 CFR 310.4(b)(1)(iii)(A)',
  consent_revocation: 'the number is needed to honour it, without end: 47 CFR 64.1200(a)(10)',
  unclear_request: 'binds as a request not to be called until somebody has settled it',
  reassigned_check: 'forbids calls: 47 CFR 64.1200(m)',
  pending_permit: 'of a call under way: gone with its result',
  recording:
    'until its retention is over (`retention_until`), or it is refused: `breakwater recording refuse`',
  recording_push: 'owed with its recording',
  recording_unwanted: 'demands the deletion of a recording',
  seller_number: "a seller's own number",
  recording_hold: 'says that a legal hold was lifted',
  ledger_hold: 'says that a legal hold was lifted',
  erasure: 'the register of erasures',
};

const NOT_REACHED: readonly string[] = [
  'entries of the ledger: they stay with their class (above), and go when their month is pruned',
  'archived months, exports, backups: files that `privacy erase` does not open; keep them as long as the classes above and no longer',
  'entries on the disk of a sidecar that is cut off from the store (spool): they come to the ledger, and stay with their class',
  'counters of attempts and of the last drop (Redis, memory): they hold back calls, and are gone by themselves a week after the last one',
  'do-not-call lists that were imported: being on one is what keeps the number from being called',
  'the sound of recordings that must be kept, and log lines, which hold no whole number',
  'what dialers, carriers and targets of webhooks keep themselves: ask them',
];

interface Told {
  readonly sellers: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
  readonly kept: readonly KeptDuty[];
  readonly stays: readonly { readonly table: string; readonly rows: number; readonly because: string }[];
}

export async function privacyErase(
  args: PrivacyEraseArgs,
  io: Io,
  wiring: Pick<Wiring, 'openPersonData' | 'openEraser' | 'loadRetention'>,
): Promise<ExitCode> {
  const number = parsePhoneNumber(args.number);
  if (!number.ok) throw new CommandFailed(EXIT.usage, number.problem);
  requireReason(args);
  const { classes } = wiring.loadRetention(args);
  const place = { ...args, databaseUrl: args.database ?? null };
  const eraser = await wiring.openEraser(place);
  try {
    const plan = await eraser.plan(number.value);
    if (plan.holds.length > 0) {
      throw new CommandFailed(
        EXIT.notOk,
        `${number.value} is not erased: legal hold: ${plan.holds.join(', ')}`,
        'nothing was changed; `breakwater ledger hold lift` or the lift of a recording hold ends it',
      );
    }
    const data = await wiring.openPersonData(place);
    const found = await lookThrough(data, number.value).finally(() => data.close());
    const now = instant(io.nowMs());
    const told = {
      ...plan,
      kept: keptDuties(found.entries, classes, now),
      stays: staying(found.rows, plan.rows),
    };
    if (args.yes !== true) {
      tell(args, number.value, told, null, io);
      return EXIT.ok;
    }
    const done = await eraser.erase({ number: number.value, who: args.who, why: args.why, kept: told.kept });
    tell(args, number.value, { ...told, sellers: done.sellers, rows: done.rows }, done.entry.id, io);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ErasureRefused)) throw error;
    throw new CommandFailed(
      EXIT.notOk,
      `${number.value} is not erased: ${error.message}`,
      'nothing was changed',
    );
  } finally {
    await eraser.close();
  }
}

/** Entries that are of the number or of its calls, and rows of tables that have it. */
async function lookThrough(
  data: PersonData,
  number: PhoneNumber,
): Promise<{ readonly entries: readonly LedgerEntry[]; readonly rows: readonly KeptRow[] }> {
  const entries: LedgerEntry[] = [];
  const calls = new Set<string>();
  for await (const entry of data.entries(number)) {
    const { number: of, callId } = entry.body;
    if (of === number && typeof callId === 'string') calls.add(callId);
    entries.push(entry);
  }
  const isOf = ({ body, bodyText }: LedgerEntry): boolean =>
    (typeof body['callId'] === 'string' && calls.has(body['callId'])) || hasNumber(number, bodyText);
  const rows = (await data.rows(number, [...calls])).filter(
    ({ row }) => hasNumber(number, JSON.stringify(row)) || calls.has(textIn(row['call_id']) ?? ''),
  );
  return { entries: entries.filter(isOf), rows };
}

function staying(rows: readonly KeptRow[], erased: Readonly<Record<string, number>>): Told['stays'] {
  const counts = new Map<string, number>();
  for (const { table: name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].flatMap(([name, count]) => {
    const left = count - (erased[name] ?? 0);
    const because = STAYS_BECAUSE[name] ?? 'merely mentions the number';
    return left > 0 ? [{ table: name, rows: left, because }] : [];
  });
}

function tell(args: PrivacyEraseArgs, number: PhoneNumber, told: Told, entryId: number | null, io: Io): void {
  const kept = told.kept.map(({ until, ...duty }) => ({
    ...duty,
    until: until === null ? null : formatInstant(until),
  }));
  if (args.json === true) {
    printJson(io, {
      ...{ number, erased: entryId !== null, entry: entryId, opt_outs: told.sellers, rows: told.rows },
      ...{ kept_entries: kept, kept_rows: told.stays, not_reached: NOT_REACHED },
    });
    return;
  }
  const did = entryId !== null;
  const sellers = told.sellers.length === 0 ? 'no seller is known' : told.sellers.join(', ');
  io.out(`${did ? 'not called again by' : 'will not be called again by'}: ${sellers}`);
  const rows = Object.entries(told.rows).map(([name, count]) => `${many(count, 'row')} of ${name}`);
  io.out(`${did ? 'erased' : 'would be erased'}: ${rows.length === 0 ? 'nothing' : rows.join(', ')}`);
  if (kept.length > 0)
    io.out(
      table(
        ['ENTRIES KEPT', 'CLASS', 'UNTIL', 'BECAUSE'],
        kept.map((each) => [
          ...[each.entries, each.class],
          ...[each.until?.slice(0, 10) ?? 'for ever', each.citation],
        ]),
      ),
    );
  if (told.stays.length > 0)
    io.out(
      table(
        ['ROWS KEPT', 'TABLE', 'BECAUSE'],
        told.stays.map((each) => [each.rows, each.table, each.because]),
      ),
    );
  for (const each of NOT_REACHED) io.out(`not reached: ${each}`);
  io.out(did ? `entry ${String(entryId)}` : 'nothing was changed: `--yes` does it');
}

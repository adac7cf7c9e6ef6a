/**
 * `ledger prune`: entries past their class go out of months that are archived, when the archive has been verified, the store's month is what
 * was archived, and no hold binds it. Tells what it would do, unless it is told to do it.
 */
import { type ArchivedMonth, archivedMonths, ArchiveUnreadable } from '../../adapters/files/month-archive.ts';
import { type SortedMonth, sortMonth } from '../../control/retention/sort-month.ts';
import type { KnownHashes } from '../../control/verify/segment.ts';
import {
  kindsPastClass,
  monthCountsFrom,
  nextPastClass,
  pastClassAt,
  type RetentionClass,
} from '../../domain/ledger-retention.ts';
import { type ErasedClass, type Erasure, erasedClasses, isErasable } from '../../domain/person-erasure.ts';
import { type PrunedMonth, prunedMonths } from '../../domain/pruned-month.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import { type LedgerKeeper, type LedgerPart, PruningRefused } from '../../ports/ledger-keeper.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { table } from '../text.ts';
import { verifyArchivedMonth } from '../verify/archived-month.ts';
import { readKeptCheckpoints } from '../verify/kept-checkpoints.ts';
import type { Wiring } from '../wiring.ts';
import { requireReason, withKeeper } from './ledger-hold.ts';
import type { LedgerArgs } from './ledger.ts';

export interface LedgerPruneArgs extends LedgerArgs {
  /** The folder that `ledger archive` writes. */
  readonly archive: string;
  readonly checkpoints?: readonly string[] | undefined;
  readonly publicKey?: readonly string[] | undefined;
  /** False: nothing is changed. */
  readonly prune?: boolean | undefined;
  readonly who?: string | undefined;
  readonly why?: string | undefined;
}

/** `due`: would be pruned. `young`: nothing of it is past its class. `held`, `not_archived`: past it, and kept all the same. */
type State = 'young' | 'not_archived' | 'held' | 'due' | 'pruned';

interface Told {
  readonly month: string;
  readonly state: State;
  readonly removed: number | null;
  readonly kept: number | null;
  /** When more of it will be past its class; null: never, as things are. */
  readonly next: string | null;
  readonly why: string;
}

/** What every month is looked at with. */
interface Look {
  readonly args: LedgerPruneArgs;
  readonly keeper: LedgerKeeper;
  readonly classes: readonly RetentionClass[];
  readonly retentionSha256: string;
  readonly archived: readonly ArchivedMonth[];
  readonly known: KnownHashes;
  readonly pruned: readonly PrunedMonth[];
  readonly erasures: readonly Erasure[];
  readonly now: Instant;
}

export async function ledgerPrune(
  args: LedgerPruneArgs,
  io: Io,
  wiring: Pick<Wiring, 'openKeeper' | 'loadRetention'>,
): Promise<ExitCode> {
  const { checkpoints, publicKey } = args;
  if ((checkpoints === undefined) !== (publicKey === undefined)) {
    throw new CommandFailed(EXIT.usage, '--checkpoints and --public-key belong together');
  }
  if (args.prune === true) requireReason({ who: args.who ?? '', why: args.why ?? '' });
  const retention = wiring.loadRetention(args);
  const archived = await readArchive(args.archive);
  const known =
    checkpoints === undefined ? {} : (await readKeptCheckpoints(checkpoints, publicKey ?? [])).known;
  return withKeeper(args, wiring, async (keeper) => {
    // A clock that is years fast must not prune what the other knows to be young.
    const now = instant(Math.min(io.nowMs(), await keeper.now()));
    const pruned = prunedMonths(await keeper.entriesOfKind('ledger_pruned'), now);
    const { classes, sha256: retentionSha256 } = retention;
    const erasures = await keeper.erasures();
    const look = { args, keeper, classes, retentionSha256, archived, known, pruned, erasures, now };
    const told: Told[] = [];
    for (const part of await keeper.parts()) {
      const month = await lookAt(part, look);
      if (month !== null) told.push(month);
    }
    if (args.json === true) printJson(io, { pruned: args.prune === true, months: told });
    else tell(told, args.prune === true, io);
    return EXIT.ok;
  });
}

async function lookAt(part: LedgerPart, look: Look): Promise<Told | null> {
  const { args, keeper, classes, archived, pruned, erasures, now } = look;
  const { month } = part;
  if (part.ends > now) return null;
  const newest = await keeper.newestStamp(part);
  if (newest === null) return null;
  const from = monthCountsFrom(part.ends, newest);
  const past = kindsPastClass(classes, from, now);
  const erased = erasedClasses(classes, erasures, from, now);
  const next = nextPastClass(classes, from, now);
  const tell = (state: State, why: string, counts: readonly [number, number] | null = null): Told => ({
    ...{ month, state, removed: counts?.[0] ?? null, kept: counts?.[1] ?? null },
    ...{ next: next === null ? null : formatInstant(next), why },
  });
  if (past.size === 0 && erased.length === 0) return tell('young', 'nothing is past its class');
  const index = archived.findIndex((each) => each.month === month);
  const file = archived[index];
  if (file === undefined) return tell('not_archived', `\`${args.archive}\` has no ledger-${month}.json`);
  const held = await keeper.holdsOn(part);
  if (held.length > 0) return tell('held', `legal hold: ${held.join(', ')}`);
  const before = archived[index - 1];
  await verifyArchivedMonth(args.archive, file, before, look.known);
  const sorted = await sortMonth(keeper.entriesOf(part), {
    ...{ past, from: before?.heads ?? {}, until: file.heads },
    isErasable: (entry) => isErasable(entry, erased),
    pruned: pruned.find((each) => each.month === month) ?? null,
  });
  if (!sorted.ok) throw new CommandFailed(EXIT.notOk, `${month} is not pruned: ${sorted.problem}`);
  const removed = Object.values(sorted.month.removed).reduce((sum, count) => sum + count, 0);
  const counts = [removed, sorted.month.keptIds.length] as const;
  if (removed === 0) return tell('young', 'nothing more is past its class', counts);
  if (args.prune !== true) return tell('due', 'archived and verified', counts);
  const entryId = await prune(part, file, sorted.month, { ...look, from, erased });
  return tell('pruned', `entry ${entryId}`, counts);
}

async function prune(
  part: LedgerPart,
  file: ArchivedMonth,
  { keptIds, keptSha256, removed }: SortedMonth,
  {
    args,
    keeper,
    classes,
    retentionSha256,
    now,
    from,
    erased,
  }: Look & { readonly from: Instant; readonly erased: readonly ErasedClass[] },
): Promise<number> {
  const over = classes.flatMap((each) => {
    const until = pastClassAt(each, from);
    return until === null || until > now
      ? []
      : [{ name: each.name, years: each.years, until: formatInstant(until) }];
  });
  const asked = erased
    .filter(({ kinds }) => kinds.some((kind) => removed[kind] !== undefined))
    .map(({ name, years, until }) => ({ name, years, until: formatInstant(until) }));
  const body = {
    ...{ month: part.month, fromId: part.fromId, untilId: part.untilId, entries: file.entries },
    ...{ removed, kept: keptIds.length, keptSha256 },
    heads: Object.fromEntries(Object.entries(file.heads).map(([writer, head]) => [writer, { ...head }])),
    archive: { file: file.file, sha256: file.sha256 },
    ...{ classes: [...over, ...asked], retentionSha256, who: args.who ?? '', why: args.why ?? '' },
  };
  try {
    return (await keeper.prune({ part, keptIds, body, heads: file.heads })).id;
  } catch (error) {
    if (!(error instanceof PruningRefused)) throw error;
    throw new CommandFailed(
      EXIT.notOk,
      `${part.month} is not pruned: ${error.message}`,
      'nothing of it was changed',
    );
  }
}

async function readArchive(directory: string): Promise<readonly ArchivedMonth[]> {
  return archivedMonths(directory).catch((error: unknown) => {
    if (error instanceof ArchiveUnreadable) throw new CommandFailed(EXIT.notOk, error.message);
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailed(EXIT.fault, `\`${directory}\` cannot be read: ${code ?? String(error)}`);
  });
}

function tell(told: readonly Told[], isDone: boolean, io: Io): void {
  if (told.length === 0) {
    io.out('no month is over');
    return;
  }
  const rows = told.map(({ month, state, removed, kept, next, why }) => [
    ...[month, state, removed ?? '-', kept ?? '-'],
    ...[next?.slice(0, 10) ?? '-', why],
  ]);
  io.out(table(['MONTH', 'STATE', 'REMOVED', 'KEPT', 'NEXT', 'WHY'], rows));
  if (!isDone && told.some(({ state }) => state === 'due'))
    io.out('nothing was changed: `--prune --who NAME --why REASON` does it');
}

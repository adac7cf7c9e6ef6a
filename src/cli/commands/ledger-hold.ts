/** `ledger hold set|lift|show`: each is an entry of the ledger with who and why before it counts. */
import { randomUUID } from 'node:crypto';
import { holdLiftedDraft, holdSetDraft } from '../../control/retention/ledger-holds.ts';
import { type LedgerHoldScope, parseHoldValue } from '../../domain/ledger-hold.ts';
import { formatInstant, instant } from '../../domain/time.ts';
import type { LedgerKeeper } from '../../ports/ledger-keeper.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';
import type { Wiring } from '../wiring.ts';
import type { LedgerArgs } from './ledger.ts';

export interface LedgerHoldSetArgs extends LedgerArgs {
  readonly scope: LedgerHoldScope;
  readonly value?: string | undefined;
  readonly who: string;
  readonly why: string;
}

export interface LedgerHoldLiftArgs extends LedgerArgs {
  readonly id: string;
  readonly who: string;
  readonly why: string;
}

type Opener = Pick<Wiring, 'openKeeper'>;

export async function ledgerHoldSet(args: LedgerHoldSetArgs, io: Io, wiring: Opener): Promise<ExitCode> {
  const { scope, who, why } = args;
  const value = parseHoldValue(scope, args.value);
  if (!value.ok) throw new CommandFailed(EXIT.usage, `--value: ${value.problem}`);
  requireReason(args);
  return withKeeper(args, wiring, async (keeper) => {
    const holdId = randomUUID();
    const setAt = instant(io.nowMs());
    const { entry } = await keeper.append(
      holdSetDraft({ holdId, scope, value: value.value, who, why, setAt }),
    );
    if (args.json === true) printJson(io, { hold_id: holdId, entry: entry.id });
    else io.out(`hold ${holdId} on ${[scope, value.value].join(' ').trim()}`);
    return EXIT.ok;
  });
}

export async function ledgerHoldLift(args: LedgerHoldLiftArgs, io: Io, wiring: Opener): Promise<ExitCode> {
  const { id: holdId, who, why } = args;
  requireReason(args);
  return withKeeper(args, wiring, async (keeper) => {
    const hold = (await keeper.holds()).find((each) => each.holdId === holdId);
    if (hold?.liftedAt !== null) {
      throw new CommandFailed(EXIT.usage, `\`${plain(holdId)}\` is no hold that is set and not lifted`);
    }
    const liftedAt = instant(io.nowMs());
    const { entry } = await keeper.append(holdLiftedDraft(hold, { who, why, liftedAt }));
    if (args.json === true) printJson(io, { hold_id: holdId, entry: entry.id });
    else io.out(`end of hold ${holdId}`);
    return EXIT.ok;
  });
}

export async function ledgerHoldShow(args: LedgerArgs, io: Io, wiring: Opener): Promise<ExitCode> {
  return withKeeper(args, wiring, async (keeper) => {
    const holds = (await keeper.holds()).map((hold) => ({
      ...{ hold_id: hold.holdId, scope: hold.scope, value: hold.value, who: hold.who, why: hold.why },
      set_at: formatInstant(hold.setAt),
      lifted_at: hold.liftedAt === null ? null : formatInstant(hold.liftedAt),
    }));
    if (args.json === true) printJson(io, { holds });
    else if (holds.length === 0) io.out('no legal hold was ever set on the ledger');
    else {
      const rows = holds.map((each) => Object.values(each).map((value) => plain(value ?? '-')));
      io.out(table(['HOLD', 'SCOPE', 'VALUE', 'WHO', 'WHY', 'SET', 'LIFTED'], rows));
    }
    return EXIT.ok;
  });
}

/** An entry that says nothing of who and why proves nothing. */
export function requireReason({ who, why }: { readonly who: string; readonly why: string }): void {
  for (const [option, text] of Object.entries({ '--who': who, '--why': why })) {
    if (text.trim() === '' || text.length > 1_000 || text.includes('\0'))
      throw new CommandFailed(
        EXIT.usage,
        `${option} \`${plain(text.slice(0, 40))}\`: expected 1 to 1,000 characters`,
      );
  }
}

export async function withKeeper(
  args: LedgerArgs,
  wiring: Opener,
  work: (keeper: LedgerKeeper) => Promise<ExitCode>,
): Promise<ExitCode> {
  const keeper = await wiring.openKeeper({ ...args, databaseUrl: args.database ?? null });
  try {
    return await work(keeper);
  } finally {
    await keeper.close();
  }
}

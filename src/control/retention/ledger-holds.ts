/** Legal holds on the ledger, from whatever door: each is an entry with who and why before it counts. */
import type { JsonObject, LedgerDraft } from '../../domain/ledger-entry.ts';
import { type LedgerHold, type LedgerHoldScope, parseHoldValue } from '../../domain/ledger-hold.ts';
import { formatInstant, type Instant } from '../../domain/time.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { InputProblem } from '../input-problem.ts';
import type { Station } from '../sidecar.ts';

export interface LedgerHolds {
  /** `InputProblem` for a value that the scope cannot have: such a hold would bind nothing. */
  set(hold: {
    readonly scope: LedgerHoldScope;
    /** Left out for `all`. */
    readonly value: string | undefined;
    readonly who: string;
    readonly why: string;
  }): Promise<{ readonly holdId: string; readonly receipt: LedgerReceipt }>;
  /** `InputProblem` for a hold that is not there or was lifted. */
  lift(lift: { readonly holdId: string; readonly who: string; readonly why: string }): Promise<LedgerReceipt>;
  /** Newest first, lifted ones too. */
  list(limit: number): Promise<readonly LedgerHold[]>;
}

const EXPECTED: Readonly<Record<LedgerHoldScope, string>> = {
  all: 'no value: the hold binds everything',
  number: 'a telephone number with its country code, such as +13035550123',
  campaign: 'a campaign id of letters, digits, . _ or -',
};

export function createLedgerHolds({
  clock,
  ledger,
  records,
  newCallId,
}: Pick<Station, 'clock' | 'ledger' | 'records' | 'newCallId'>): LedgerHolds {
  return {
    async set({ scope, value: given, who, why }) {
      const value = parseHoldValue(scope, given);
      if (!value.ok) throw new InputProblem('value', given ?? '', EXPECTED[scope]);
      const holdId = newCallId();
      // One that waits on a spool binds nothing yet: whoever sets it must hear that the store is away.
      await records.ledgerHold(holdId);
      const draft = holdSetDraft({ holdId, scope, value: value.value, who, why, setAt: clock.now() });
      return { holdId, receipt: await ledger.append(draft) };
    },
    async lift({ holdId, who, why }) {
      const hold = await records.ledgerHold(holdId);
      if (hold?.liftedAt !== null)
        throw new InputProblem('hold_id', holdId, 'a hold that is set and not lifted');
      return ledger.append(holdLiftedDraft(hold, { who, why, liftedAt: clock.now() }));
    },
    list: (limit) => records.ledgerHolds(limit),
  };
}

export function holdSetDraft({ setAt, ...hold }: Omit<LedgerHold, 'liftedAt'>): LedgerDraft {
  const body = { ...hold, ...naming(hold), setAt: formatInstant(setAt) };
  return { kind: 'ledger_hold_set', dedupeKey: hold.holdId, body };
}

export function holdLiftedDraft(
  { holdId, scope, value }: LedgerHold,
  { who, why, liftedAt }: { readonly who: string; readonly why: string; readonly liftedAt: Instant },
): LedgerDraft {
  const body = {
    holdId,
    scope,
    value,
    who,
    why,
    liftedAt: formatInstant(liftedAt),
    ...naming({ scope, value }),
  };
  return { kind: 'ledger_hold_lifted', dedupeKey: holdId, body };
}

/** So that look-ups by number and campaign find the hold too. */
const naming = ({ scope, value }: Pick<LedgerHold, 'scope' | 'value'>): JsonObject => ({
  ...(scope === 'number' ? { number: value } : {}),
  ...(scope === 'campaign' ? { campaignId: value } : {}),
});

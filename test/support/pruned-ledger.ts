/** A ledger of which the month that everything stands in was pruned years later: what its decisions and results were is gone. */
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { ledgerMonthOf, ledgerMonthRange } from '../../src/domain/ledger-month.ts';
import { keptLine } from '../../src/domain/pruned-month.ts';
import { addYears, formatInstant, instant } from '../../src/domain/time.ts';

const GONE: readonly string[] = ['decision', 'call_result', 'call_progress'];

/** Five years after the month that ids from `base` on stand in. `whole`: before it was pruned, and with the entry that says so. */
export function prunedLedger(
  entries: readonly LedgerEntry[],
  base: number,
): { readonly left: readonly LedgerEntry[]; readonly whole: readonly LedgerEntry[] } {
  const moved = entries.map((entry) => entryOf(entry, base + entry.id));
  const kept = moved.filter(({ kind }) => !GONE.includes(kind));
  const heads = Object.fromEntries(moved.map(({ writer, seq, hash }) => [writer, { seq, hash }]));
  const { fromId, untilId, ends } = ledgerMonthRange(moved[0]?.id ?? 0);
  const over = addYears(ends, 5);
  const bodyText = canonicalJson({
    ...{ month: ledgerMonthOf(fromId), fromId, untilId, entries: moved.length, heads },
    ...{ removed: { decision: moved.length - kept.length }, kept: kept.length },
    ...{ keptSha256: sha256Hex(kept.map(keptLine).join('')), who: 'jo', why: 'past its class' },
    classes: [{ name: 'five_years', years: 5, until: formatInstant(over) }],
    archive: { file: `ledger-${ledgerMonthOf(fromId)}.jsonl`, sha256: sha256Hex('archive') },
  });
  const link = nextLink(EMPTY_CHAIN, 'keeper' as WriterId, {
    ...{ kind: 'ledger_pruned', bodyText, at: instant(over + 1) },
  });
  const pruning = entryOf(link, untilId + 1);
  return { left: [...kept, pruning], whole: [...moved, pruning] };
}

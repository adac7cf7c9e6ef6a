/**
 * People's wishes into the ledger, from every door. INVARIANT (repeat-only-while-it-binds): a wish whose key stands already is a repeat
 * only while what was recorded then still binds. Between the two the person may have consented again, or the years a request is kept may
 * be over; what is said after that is a new wish, whatever id its door gives it (47 CFR 64.1200(a)(10), (d)(3)).
 */
import type { SellerId } from '../../domain/ids.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { addMs, DAY_MS, formatInstant } from '../../domain/time.ts';
import type { Wish } from '../../domain/wish-fields.ts';
import type { RequestOnRecord } from '../../ports/door-records.ts';
import { type LedgerReceipt, LedgerUnavailable } from '../../ports/ledger.ts';
import { newestTextConsent } from '../messages/text-history.ts';
import type { Sidecar } from '../sidecar.ts';
import type { WishDraft } from './opt-out-entry.ts';

type Store = Pick<Sidecar, 'ledger' | 'records' | 'clock' | 'policy'>;

/** Shorter than any calendar year, so that a request is never taken to bind longer than it does. */
const YEAR_MS = 365 * DAY_MS;

export interface KeyedWish {
  /** `requestedAt`: as it was said; now, where it was not said. */
  readonly wish: Pick<Wish, 'number' | 'sellerId' | 'requestedAt'>;
  readonly draft: WishDraft;
}

export async function appendWish(store: Store, wish: KeyedWish): Promise<LedgerReceipt> {
  const [receipt] = await appendWishes(store, [wish]);
  if (receipt === undefined) throw new Error('a wish was appended and has no receipt');
  return receipt;
}

/** Receipts in the order of `wishes`, all durable. Rejects when one of them could not be written; they may be sent again. */
export async function appendWishes(
  store: Store,
  wishes: readonly KeyedWish[],
): Promise<readonly LedgerReceipt[]> {
  const first = await all(wishes.map(({ draft }) => store.ledger.append(draft)));
  const stood = wishes.filter((_, index) => first[index]?.kind === 'duplicate');
  if (stood.length === 0) return first;
  const onRecord = await recordsOf(store, stood).catch((error: unknown) => {
    if (error instanceof LedgerUnavailable) return null;
    throw error;
  });
  const second = await all(
    wishes.map(async ({ wish, draft }, index): Promise<LedgerReceipt | undefined> => {
      const receipt = first[index];
      if (receipt?.kind !== 'duplicate') return receipt;
      // Whether it still binds cannot be looked up while the ledger is away: then it is a wish of its own, which is never too many.
      if (onRecord === null) {
        const dedupeKey = `${draft.dedupeKey}:after:unknown:${formatInstant(wish.requestedAt)}`;
        return store.ledger.append({ ...draft, dedupeKey });
      }
      const record = onRecord(wish);
      return isRepeat(store, { wish, draft }, record)
        ? receipt
        : store.ledger.append({ ...draft, dedupeKey: `${draft.dedupeKey}:after:${stateOf(record)}` });
    }),
  );
  return second.flatMap((receipt) => receipt ?? []);
}

/** Waits for all of them: one that failed fails the batch. */
async function all<T>(appends: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(appends);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

async function recordsOf(
  { records, ledger }: Store,
  wishes: readonly KeyedWish[],
): Promise<(wish: KeyedWish['wish']) => RequestOnRecord | null> {
  const numbersOf = new Map<SellerId, PhoneNumber[]>();
  for (const { wish } of wishes) {
    numbersOf.set(wish.sellerId, [...(numbersOf.get(wish.sellerId) ?? []), wish.number]);
  }
  const found = new Map<SellerId, ReadonlyMap<PhoneNumber, RequestOnRecord>>();
  for (const [sellerId, numbers] of numbersOf) {
    const requests = new Map(await records.requestsOf(sellerId, numbers));
    // A consent to texts alone is one too: what is said after it is said anew.
    for (const [number, request] of requests) {
      const consent = await newestTextConsent(ledger, { number, sellerId });
      const { consentGivenAt } = request;
      if (consent !== null && (consentGivenAt === null || consent.givenAt > consentGivenAt))
        requests.set(number, { ...request, consentGivenAt: consent.givenAt });
    }
    found.set(sellerId, requests);
  }
  return ({ sellerId, number }) => found.get(sellerId)?.get(number) ?? null;
}

/** Whatever overrides are in force now: one that comes later must not lift the older request alone. */
function isRepeat({ policy }: Store, { wish, draft }: KeyedWish, record: RequestOnRecord | null): boolean {
  const boundAt = draft.kind === 'opt_out' ? record?.requestedAt : record?.revokedAt;
  if (record === null || boundAt === undefined || boundAt === null) return false;
  // Said before what is on record, so it is not said anew.
  if (wish.requestedAt <= boundAt) return true;
  const { consentGivenAt } = record;
  // As a consent lifts a wish only when no clock's error can have put it behind, so a wish is the old one only when none can have put it before.
  if (consentGivenAt !== null && consentGivenAt > boundAt)
    return addMs(wish.requestedAt, policy.clockGuardMs) < consentGivenAt;
  // A revocation is for ever; a request is kept for years.
  const keptMs = policy.law.federal.internalRetentionYears.value * YEAR_MS;
  return draft.kind === 'consent_revoked' || wish.requestedAt < boundAt + keptMs;
}

/** The same wish twice at once is one entry. */
const stateOf = (record: RequestOnRecord | null): string =>
  record === null
    ? 'nothing'
    : [record.requestedAt, record.revokedAt, record.consentGivenAt]
        .map((at) => (at === null ? 'none' : formatInstant(at)))
        .join(':');

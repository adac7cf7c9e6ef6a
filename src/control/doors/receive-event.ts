/** An event of a foreign system whose signature the door has checked, as the record it means. */
import type { Json } from '../../domain/canonical-json.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import { type FieldsRead, readConsent } from '../../domain/request-fields.ts';
import { readEvent, type WebhookMapping } from '../../domain/webhook-event.ts';
import { readOptOut, readRevocation, type Wish } from '../../domain/wish-fields.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { InputProblem } from '../input-problem.ts';
import { textConsentDraft } from '../messages/text-entries.ts';
import { consentDraft } from '../record-entries.ts';
import type { Sidecar } from '../sidecar.ts';
import { appendWish } from './append-wishes.ts';
import { knownSeller } from './known-sellers.ts';
import { optOutDraft, revocationDraft } from './opt-out-entry.ts';

type Store = Pick<Sidecar, 'ledger' | 'records' | 'clock' | 'campaigns' | 'retired' | 'policy'>;

/** Once for each event id and number while its wish binds: a sender that tries again is told that it stands. */
export async function receiveEvent(
  store: Store,
  document: Json,
  mapping: WebhookMapping,
): Promise<LedgerReceipt> {
  const event = must(readEvent(document, mapping), mapping);
  const sellerId = await knownSeller(store, event.seller, mapping.sellerPointer ?? 'seller');
  const channel = `webhook ${mapping.source}`;
  const context = { sellerId, channel, now: store.clock.now() };
  if (event.means === 'consent' || event.means === 'text_consent') {
    const record = must(readConsent(event.fields, context), mapping);
    return store.ledger.append(event.means === 'consent' ? consentDraft(record) : textConsentDraft(record));
  }
  const read = event.means === 'opt_out' ? readOptOut : readRevocation;
  const request = withAdjusted(must(read(event.fields, context), mapping), event.adjusted);
  const delivery = event.id ?? store.clock.now();
  const key = `webhook:${sha256Hex(JSON.stringify([mapping.source, delivery, sellerId, request.number]))}`;
  const draft =
    event.means === 'opt_out'
      ? optOutDraft(request, key, event.id === null ? {} : { eventId: event.id })
      : revocationDraft(request, key);
  return appendWish(store, { wish: request, draft });
}

const withAdjusted = (wish: Wish, more: readonly string[]): Wish => ({
  ...wish,
  adjusted: [...wish.adjusted, ...more],
});

/** A problem names the place in the event, not only our column. */
function must<T>(read: FieldsRead<T>, { fields }: WebhookMapping): T {
  if (read.ok) return read.value;
  const pointer = fields.find(({ column }) => column === read.field)?.pointer;
  throw new InputProblem(pointer ?? read.field, read.value.slice(0, 80), read.expected);
}

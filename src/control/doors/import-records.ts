/** A bounded batch of lines into the ledger. INVARIANT (counted-is-durable): a line is counted only when its entry is on disk. */
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { ConsentEntry } from '../../domain/consent.ts';
import {
  type FieldsContext,
  type FieldsRead,
  type Fields,
  readConsent,
  readOptOut,
} from '../../domain/request-fields.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { consentDraft } from '../record-entries.ts';
import type { Sidecar } from '../sidecar.ts';
import { knownSeller } from './known-sellers.ts';
import { optOutDraft } from './opt-out-entry.ts';
import type { ImportBatch, Imported } from './people-doors.ts';

type Store = Pick<Sidecar, 'ledger' | 'clock' | 'campaigns' | 'retired'>;

/** Reads every row, appends the usable ones together, and waits for all of them: one that failed fails the batch. */
async function importRows<T>(
  store: Store,
  batch: ImportBatch,
  read: (fields: Fields, context: FieldsContext) => FieldsRead<T>,
  append: (value: T) => Promise<LedgerReceipt>,
  /** What is wrong with a record whose key stood already; null when it is the same. */
  conflict: (value: T, receipt: LedgerReceipt) => string | null,
): Promise<Imported> {
  knownSeller(store, batch.sellerId);
  const context = { sellerId: batch.sellerId, channel: batch.channel, now: store.clock.now() };
  const rejected: Imported['rejected'][number][] = [];
  let written = 0;
  let standing = 0;
  const settled = await Promise.allSettled(
    batch.rows.map(async (fields, index) => {
      const answer = read(fields, context);
      if (!answer.ok) {
        const { field, value, expected } = answer;
        rejected.push({ index, field, value: value.slice(0, 80), expected });
        return;
      }
      const receipt = await append(answer.value);
      const problem = receipt.kind === 'written' ? null : conflict(answer.value, receipt);
      if (problem !== null)
        rejected.push({ index, field: 'consent_id', value: problem, expected: 'an id of its own' });
      else if (receipt.kind === 'written') written += 1;
      else standing += 1;
    }),
  );
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { written, standing, rejected: rejected.sort((a, b) => a.index - b.index) };
}

export const importOptOuts = (store: Store, batch: ImportBatch): Promise<Imported> =>
  importRows(
    store,
    batch,
    readOptOut,
    (request) => store.ledger.append(optOutDraft(request, `file:${request.key}`)),
    () => null,
  );

export const importConsents = (store: Store, batch: ImportBatch): Promise<Imported> =>
  importRows(store, batch, readConsent, (record) => store.ledger.append(consentDraft(record)), otherRecord);

/** Members that the older entry does not have say nothing. */
function otherRecord(record: ConsentEntry, { entry }: LedgerReceipt): string | null {
  const { body } = consentDraft(record);
  const same = Object.entries(entry.body).every(
    ([name, value]) => canonicalJson(value) === canonicalJson(body[name] ?? null),
  );
  return same ? null : record.consentId;
}

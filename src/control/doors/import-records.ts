/** A bounded batch of lines into the ledger. INVARIANT (counted-is-durable): a line is counted only when its entry is on disk. */
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { LedgerDraft } from '../../domain/ledger-entry.ts';
import { readReassigned } from '../../domain/reassigned-fields.ts';
import {
  type Fields,
  type FieldsContext,
  type FieldsRead,
  readConsent,
} from '../../domain/request-fields.ts';
import { formatInstant } from '../../domain/time.ts';
import { readOptOut, type WishFields } from '../../domain/wish-fields.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { InputProblem } from '../input-problem.ts';
import { consentDraft, reassignedDraft } from '../record-entries.ts';
import type { Sidecar } from '../sidecar.ts';
import { appendWishes } from './append-wishes.ts';
import { knownSeller } from './known-sellers.ts';
import { optOutDraft } from './opt-out-entry.ts';
import type { ImportBatch, Imported, ReassignedBatch } from './people-doors.ts';

type Store = Pick<Sidecar, 'ledger' | 'records' | 'clock' | 'campaigns' | 'retired' | 'policy'>;
type Rejected = Imported['rejected'][number];

interface ReadRow<T> {
  readonly index: number;
  readonly value: T;
}

/** What can be used of the batch, and what cannot. */
function readRows<Row, T>(
  rows: readonly Row[],
  read: (fields: Row) => FieldsRead<T>,
): { readonly usable: readonly ReadRow<T>[]; readonly rejected: readonly Rejected[] } {
  const usable: ReadRow<T>[] = [];
  const rejected: Rejected[] = [];
  rows.forEach((fields, index) => {
    const answer = read(fields);
    if (answer.ok) usable.push({ index, value: answer.value });
    else {
      const { field, value, expected } = answer;
      rejected.push({ index, field, value: value.slice(0, 80), expected });
    }
  });
  return { usable, rejected };
}

/** Waits for all of them: one that failed fails the batch, which is sent again. */
async function all<T>(appends: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(appends);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

async function contextOf(store: Store, { sellerId, channel }: ImportBatch<unknown>): Promise<FieldsContext> {
  await knownSeller(store, sellerId);
  return { sellerId, channel, now: store.clock.now() };
}

/** A row that stands already is a repeat while its request binds; one without a date is said at the time of its import. */
export async function importOptOuts(store: Store, batch: ImportBatch<WishFields>): Promise<Imported> {
  const context = await contextOf(store, batch);
  const { usable, rejected } = readRows(batch.rows, (fields) => readOptOut(fields, context));
  const receipts = await appendWishes(
    store,
    usable.map(({ value }) => {
      const wish = { ...value, adjusted: [...(batch.adjusted ?? []), ...value.adjusted] };
      return { wish, draft: optOutDraft(wish, `file:${value.key}`) };
    }),
  );
  const written = receipts.filter(({ kind }) => kind === 'written');
  return {
    written: written.length,
    standing: usable.length - written.length,
    adjusted: written.filter(({ entry }) => entry.body['adjusted'] !== undefined).length,
    rejected,
  };
}

export async function importConsents(store: Store, batch: ImportBatch<Fields>): Promise<Imported> {
  const context = await contextOf(store, batch);
  return importRecords(store, 'consent_id', batch.rows, (fields) => {
    const read = readConsent(fields, context);
    return read.ok ? { ok: true, value: consentDraft(read.value) } : read;
  });
}

export async function importReassigned(store: Store, batch: ReassignedBatch): Promise<Imported> {
  const { rows, ...said } = batch;
  await knownSeller(store, said.sellerId);
  const context = { ...said, now: store.clock.now() };
  if (said.queriedAt !== null && said.queriedAt > context.now) {
    throw new InputProblem('queried_at', formatInstant(said.queriedAt), 'an instant that has passed');
  }
  return importRecords(store, 'check_id', rows, (fields) => {
    const read = readReassigned(fields, context);
    return read.ok ? { ok: true, value: reassignedDraft(read.value) } : read;
  });
}

/** A record whose id (`idField`) stands with another content is rejected: it must not pass for a repeat. */
async function importRecords(
  { ledger }: Store,
  idField: string,
  rows: readonly Fields[],
  read: (fields: Fields) => FieldsRead<LedgerDraft>,
): Promise<Imported> {
  const { usable, rejected } = readRows(rows, read);
  const receipts = await all(usable.map(({ value }) => ledger.append(value)));
  const conflicts = usable.flatMap(({ index, value }, place): readonly Rejected[] => {
    const receipt = receipts[place];
    return receipt?.kind === 'duplicate' && isOtherRecord(value, receipt)
      ? [{ index, field: idField, value: value.dedupeKey ?? '', expected: 'an id of its own' }]
      : [];
  });
  const written = receipts.filter(({ kind }) => kind === 'written').length;
  return {
    written,
    standing: usable.length - written - conflicts.length,
    adjusted: 0,
    rejected: [...rejected, ...conflicts].sort((a, b) => a.index - b.index),
  };
}

/** Members that the older entry does not have say nothing. */
function isOtherRecord({ body }: LedgerDraft, { entry }: LedgerReceipt): boolean {
  return Object.entries(entry.body).some(
    ([name, value]) => canonicalJson(value) !== canonicalJson(body[name] ?? null),
  );
}

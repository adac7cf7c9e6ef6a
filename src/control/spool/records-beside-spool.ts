/**
 * The records, from the store as long as it is whole, and from the copy while it is away or something waits on the disk. Of what the copy
 * does not hold nobody knows then.
 */
import type { ComplianceRecords } from '../../ports/fact-sources.ts';
import { recordsMark } from '../../ports/fact-sources.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
import type { MonotonicMs } from '../../domain/time.ts';
import type { RecordsCopy } from './records-copy.ts';

/** `awaySince`: null while the store is whole. */
export function recordsBesideSpool(
  store: ComplianceRecords,
  copy: Pick<RecordsCopy, 'asOf'>,
  awaySince: () => MonotonicMs | null,
): ComplianceRecords {
  async function from<T>(read: (records: ComplianceRecords) => Promise<T>): Promise<T> {
    const since = awaySince();
    if (since === null) return read(store);
    const answer = copy.asOf(since);
    if (!answer.usable) throw new LedgerUnavailable(answer.problem);
    return read(answer.records);
  }
  async function fromStore<T>(read: (records: ComplianceRecords) => Promise<T>): Promise<T> {
    if (awaySince() !== null) throw new LedgerUnavailable('the ledger is away');
    return read(store);
  }
  /** Another mark than any of the store: what was read there is read again here, and the other way round. */
  const marked = (mark: string) => (awaySince() === null ? recordsMark(mark) : recordsMark(`copy ${mark}`));
  return {
    async standing(question) {
      const found = await from((records) => records.standing(question));
      return { ...found, mark: marked(found.mark) };
    },
    mark: async () => marked(await from((records) => records.mark())),
    overrides: (sellerId) => from((records) => records.overrides(sellerId)),
    attestations: () => from((records) => records.attestations()),
    pausedCampaigns: () => from((records) => records.pausedCampaigns()),
    emergencies: () => from((records) => records.emergencies()),
    unclearRequests: (limit) => from((records) => records.unclearRequests(limit)),
    requestsOf: (sellerId, numbers) => from((records) => records.requestsOf(sellerId, numbers)),
    consentsTo: (page) => fromStore((records) => records.consentsTo(page)),
    pendingPermits: (which) => fromStore((records) => records.pendingPermits(which)),
    unclearRequestById: (requestId) => fromStore((records) => records.unclearRequestById(requestId)),
    sellersAt: (number) => fromStore((records) => records.sellersAt(number)),
    ledgerHolds: (limit) => fromStore((records) => records.ledgerHolds(limit)),
    ledgerHold: (holdId) => fromStore((records) => records.ledgerHold(holdId)),
    sellersEver: () => fromStore((records) => records.sellersEver()),
  };
}

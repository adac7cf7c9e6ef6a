/**
 * Opt-outs that a person has asked for and the ledger does not have yet. They veto from the moment of the key, not from the
 * moment the ledger is back: INVARIANT (opt-out-binds-at-once).
 */
import type { SellerId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { InternalRequest } from '../domain/facts.ts';
import { type ComplianceRecords, type RecordsMark, recordsMark } from '../ports/fact-sources.ts';

export interface WaitingOptOuts {
  /** Binds until the answered function is called, which is when the ledger has it. */
  add(number: PhoneNumber, sellerId: SellerId, request: InternalRequest): () => void;
  /** The same records, with what waits laid over them. */
  over(records: ComplianceRecords): ComplianceRecords;
}

export function createWaitingOptOuts(): WaitingOptOuts {
  const waiting = new Map<string, InternalRequest>();
  /** Of what waits. A part of the mark: what waits changes the answers without a change of the records. */
  let changes = 0;
  const marked = (mark: RecordsMark, change: number): RecordsMark => recordsMark(`${change} ${mark}`);
  const keyOf = (number: PhoneNumber, sellerId: SellerId): string => `${number} ${sellerId}`;
  return {
    add(number, sellerId, request) {
      const key = keyOf(number, sellerId);
      waiting.set(key, request);
      changes += 1;
      return () => {
        if (waiting.get(key) === request) waiting.delete(key);
        changes += 1;
      };
    },
    over: (records) => ({
      // Not a spread: an adapter may be an object whose members live on its prototype.
      overrides: (sellerId) => records.overrides(sellerId),
      unclearRequests: (limit) => records.unclearRequests(limit),
      unclearRequestById: (requestId) => records.unclearRequestById(requestId),
      emergencies: () => records.emergencies(),
      sellersAt: (number) => records.sellersAt(number),
      ledgerHolds: (limit) => records.ledgerHolds(limit),
      ledgerHold: (holdId) => records.ledgerHold(holdId),
      sellersEver: () => records.sellersEver(),
      requestsOf: (sellerId, numbers) => records.requestsOf(sellerId, numbers),
      consentsTo: (page) => records.consentsTo(page),
      attestations: () => records.attestations(),
      pausedCampaigns: () => records.pausedCampaigns(),
      pendingPermits: (which) => records.pendingPermits(which),
      async mark(told) {
        return marked(await records.mark(told), changes);
      },
      async standing(question) {
        // Asked before the store: what waits now may be in the store, and no longer here, when the answer comes.
        const request = waiting.get(keyOf(question.number, question.sellerId));
        const change = changes;
        const standing = await records.standing(question);
        const mark = marked(standing.mark, change);
        return { ...standing, mark, ...(request === undefined ? {} : { internalRequest: request }) };
      },
    }),
  };
}

/**
 * Opt-outs that a person has asked for and the ledger does not have yet. They veto from the moment of the key, not from the
 * moment the ledger is back: INVARIANT (opt-out-binds-at-once).
 */
import type { SellerId } from '../domain/ids.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { InternalRequest } from '../domain/facts.ts';
import type { ComplianceRecords } from '../ports/fact-sources.ts';

export interface WaitingOptOuts {
  /** Binds until the answered function is called, which is when the ledger has it. */
  add(number: PhoneNumber, sellerId: SellerId, request: InternalRequest): () => void;
  /** The same records, with what waits laid over them. */
  over(records: ComplianceRecords): ComplianceRecords;
}

export function createWaitingOptOuts(): WaitingOptOuts {
  const waiting = new Map<string, InternalRequest>();
  const keyOf = (number: PhoneNumber, sellerId: SellerId): string => `${number} ${sellerId}`;
  return {
    add(number, sellerId, request) {
      const key = keyOf(number, sellerId);
      waiting.set(key, request);
      return () => {
        if (waiting.get(key) === request) waiting.delete(key);
      };
    },
    over: (records) => ({
      // Not a spread: an adapter may be an object whose members live on its prototype.
      consent: (number, sellerId) => records.consent(number, sellerId),
      relationship: (number, sellerId) => records.relationship(number, sellerId),
      reassigned: (number, sellerId) => records.reassigned(number, sellerId),
      overrides: (sellerId) => records.overrides(sellerId),
      unclearRequest: (number, sellerId) => records.unclearRequest(number, sellerId),
      unclearRequests: (limit) => records.unclearRequests(limit),
      unclearRequestById: (requestId) => records.unclearRequestById(requestId),
      emergencies: () => records.emergencies(),
      attestation: (callerId) => records.attestation(callerId),
      pausedCampaigns: () => records.pausedCampaigns(),
      pendingPermits: () => records.pendingPermits(),
      internalRequest: async (number, sellerId) =>
        waiting.get(keyOf(number, sellerId)) ?? records.internalRequest(number, sellerId),
    }),
  };
}

/** The further doors' records projected from entries in memory: the reference for migrations/000005.sql and 000006.sql. */
import {
  bindingOf,
  emergencyKey,
  emergencyOf,
  endedBy,
  type RecordedEmergency,
} from '../../domain/emergency.ts';
import type {
  EmergencyDeclaredBody,
  EmergencyEndedBody,
  UnclearRequestBody,
  UnclearRequestSettledBody,
} from '../../domain/entry-bodies.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { sellerNumbersIn } from '../../domain/seller-numbers.ts';
import { type UnclearRequest, unclearRequestOf } from '../../domain/unclear-request.ts';
import type { DoorRecords, RequestOnRecord } from '../../ports/door-records.ts';

export interface MemoryDoorRecords {
  project(entry: LedgerEntry): void;
  /** The oldest of this person that nobody has settled. */
  unsettled(number: PhoneNumber, sellerId: SellerId): UnclearRequest | null;
  /** By place and first day. */
  emergencies(): readonly RecordedEmergency[];
  /** `read` fails while the store is down. */
  reads(
    read: <T>(answer: () => T) => Promise<T>,
    requestOf: (number: PhoneNumber, sellerId: SellerId) => RequestOnRecord | null,
  ): DoorRecords;
}

export function memoryDoorRecords(): MemoryDoorRecords {
  const requests = new Map<string, UnclearRequest>();
  const settled = new Set<string>();
  const sellers = new Set<SellerId>();
  const sellersAt = new Map<string, Set<SellerId>>();
  const emergencies = new Map<string, RecordedEmergency>();
  const open = (): readonly UnclearRequest[] =>
    [...requests.values()].filter(({ requestId }) => !settled.has(requestId));
  const byPlace = (): readonly RecordedEmergency[] =>
    [...emergencies.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, emergency]) => emergency);
  return {
    unsettled: (number, sellerId) =>
      open().find((each) => each.number === number && each.sellerId === sellerId) ?? null,
    emergencies: byPlace,
    project({ kind, body: given }) {
      const body: unknown = given;
      if (kind === 'unclear_request') {
        const request = unclearRequestOf(body as UnclearRequestBody);
        if (!requests.has(request.requestId)) requests.set(request.requestId, request);
      } else if (kind === 'unclear_request_settled') {
        settled.add((body as UnclearRequestSettledBody).requestId);
      } else if (kind === 'campaign_loaded') {
        for (const { number, sellerId } of sellerNumbersIn(given)) {
          sellers.add(sellerId);
          sellersAt.set(number, (sellersAt.get(number) ?? new Set()).add(sellerId));
        }
      } else if (kind === 'emergency_declared') {
        const emergency = emergencyOf(body as EmergencyDeclaredBody);
        const key = emergencyKey(emergency);
        emergencies.set(key, bindingOf(emergencies.get(key), emergency));
      } else if (kind === 'emergency_ended') {
        for (const [key, each] of emergencies)
          emergencies.set(key, endedBy(each, body as EmergencyEndedBody));
      }
    },
    reads: (read, requestOf) => ({
      unclearRequests: (limit) => read(() => open().slice(0, limit)),
      unclearRequestById: (requestId) =>
        read(() => {
          const request = requests.get(requestId);
          return request === undefined ? null : { request, settled: settled.has(requestId) };
        }),
      emergencies: () => read(byPlace),
      sellersAt: (number) => read(() => [...(sellersAt.get(number) ?? [])].sort()),
      sellersEver: () => read(() => [...sellers].sort()),
      requestsOf: (sellerId, numbers) =>
        read(() => {
          const found = numbers.map((number) => [number, requestOf(number, sellerId)] as const);
          return new Map(found.flatMap(([number, request]) => (request === null ? [] : [[number, request]])));
        }),
    }),
  };
}

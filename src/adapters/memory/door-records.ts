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
import { textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { LedgerHold, LedgerHoldScope } from '../../domain/ledger-hold.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import { sellerNumbersIn } from '../../domain/seller-numbers.ts';
import { instant } from '../../domain/time.ts';
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
  const holds = new Map<string, LedgerHold>();
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
      } else if (kind === 'ledger_hold_set') {
        const hold = ledgerHoldOf(given);
        if (!holds.has(hold.holdId)) holds.set(hold.holdId, hold);
      } else if (kind === 'ledger_hold_lifted') {
        const hold = holds.get(textIn(given['holdId']) ?? '');
        const liftedAt = instant(Date.parse(textIn(given['liftedAt']) ?? ''));
        if (hold?.liftedAt === null) holds.set(hold.holdId, { ...hold, liftedAt });
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
      ledgerHolds: (limit) => read(() => [...holds.values()].reverse().slice(0, limit)),
      ledgerHold: (holdId) => read(() => holds.get(holdId) ?? null),
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

function ledgerHoldOf(body: JsonObject): LedgerHold {
  const text = (name: string): string => textIn(body[name]) ?? '';
  return {
    ...{ holdId: text('holdId'), scope: text('scope') as LedgerHoldScope, value: text('value') },
    ...{ who: text('who'), why: text('why'), setAt: instant(Date.parse(text('setAt'))), liftedAt: null },
  };
}

/** The further doors' records projected from entries in memory: the reference for migrations/000010.sql. */
import { emergencyKey, emergencyOf, endedBy, type RecordedEmergency } from '../../domain/emergency.ts';
import type {
  EmergencyDeclaredBody,
  EmergencyEndedBody,
  UnclearRequestBody,
  UnclearRequestSettledBody,
} from '../../domain/entry-bodies.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import { type UnclearRequest, unclearRequestOf } from '../../domain/unclear-request.ts';
import type { DoorRecords } from '../../ports/door-records.ts';

export interface MemoryDoorRecords {
  project(entry: LedgerEntry): void;
  /** `read` fails while the store is down. */
  reads(read: <T>(answer: () => T) => Promise<T>): DoorRecords;
}

export function memoryDoorRecords(): MemoryDoorRecords {
  const requests = new Map<string, UnclearRequest>();
  const settled = new Set<string>();
  const emergencies = new Map<string, RecordedEmergency>();
  const open = (): readonly UnclearRequest[] =>
    [...requests.values()].filter(({ requestId }) => !settled.has(requestId));
  return {
    project({ kind, body: given }) {
      const body: unknown = given;
      if (kind === 'unclear_request') {
        const request = unclearRequestOf(body as UnclearRequestBody);
        if (!requests.has(request.requestId)) requests.set(request.requestId, request);
      } else if (kind === 'unclear_request_settled') {
        settled.add((body as UnclearRequestSettledBody).requestId);
      } else if (kind === 'emergency_declared') {
        const emergency = emergencyOf(body as EmergencyDeclaredBody);
        emergencies.set(emergencyKey(emergency), emergency);
      } else if (kind === 'emergency_ended') {
        for (const [key, each] of emergencies)
          emergencies.set(key, endedBy(each, body as EmergencyEndedBody));
      }
    },
    reads: (read) => ({
      unclearRequest: (number, sellerId) =>
        read(() => open().find((each) => each.number === number && each.sellerId === sellerId) ?? null),
      unclearRequests: (limit) => read(() => open().slice(0, limit)),
      unclearRequestById: (requestId) =>
        read(() => {
          const request = requests.get(requestId);
          return request === undefined ? null : { request, settled: settled.has(requestId) };
        }),
      emergencies: () =>
        read(() =>
          [...emergencies.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, emergency]) => emergency),
        ),
    }),
  };
}

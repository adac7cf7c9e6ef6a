/** Records of the doors besides opt-outs and consents; the same promises as `ComplianceRecords`. */
import type { RecordedEmergency } from '../domain/emergency.ts';
import type { UnclearRequest } from '../domain/unclear-request.ts';

export interface DoorRecords {
  /** Oldest first, at most `limit`, that nobody has settled. */
  unclearRequests(limit: number): Promise<readonly UnclearRequest[]>;
  /** Null when there is none of this id. */
  unclearRequestById(
    requestId: string,
  ): Promise<{ readonly request: UnclearRequest; readonly settled: boolean } | null>;
  /** Every one ever declared, as it stands now, by place and first day. */
  emergencies(): Promise<readonly RecordedEmergency[]>;
}

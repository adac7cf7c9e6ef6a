/** An attestation record as its ledger entry has it, back as the record. */
import type { AttestationRecord } from './attestation.ts';
import type { AttestationRecordedBody } from './entry-bodies.ts';
import type { PhoneNumber } from './phone-number.ts';
import { instant } from './time.ts';

export const attestationOf = (body: AttestationRecordedBody): AttestationRecord => ({
  callerId: body.callerId as PhoneNumber,
  ...(body.trunk === undefined ? {} : { trunk: body.trunk }),
  level: body.level,
  way: body.way,
  confirmedAt: instant(Date.parse(body.confirmedAt)),
  expiresAt: instant(Date.parse(body.expiresAt)),
  proof: body.proof,
  ...(body.before === undefined ? {} : { before: body.before }),
});

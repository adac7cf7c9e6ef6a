/**
 * A state of emergency in which a place bars sales calls, declared while sidecars run. It stands beside the rows of `operator.yaml` and can
 * only add to them. Dates are those of the place, both included.
 */
import type { EmergencyDeclaredBody, EmergencyEndedBody } from './entry-bodies.ts';
import type { DeclaredEmergency, JurisdictionCode } from './law.ts';
import type { LocalDate } from './time.ts';

/** As it stands: the declaration, with the earlier of its own last day and the day somebody ended it. */
export interface RecordedEmergency extends DeclaredEmergency {
  readonly who: string;
}

export const emergencyOf = (body: EmergencyDeclaredBody): RecordedEmergency => ({
  jurisdiction: body.state,
  from: body.from as LocalDate,
  until: body.until as LocalDate | null,
  source: body.source,
  who: body.who,
});

/** An end shortens, it never lengthens, and it is about what has begun by then: one that begins later was declared for another reason. */
export const endedBy = (
  emergency: RecordedEmergency,
  { state, until }: EmergencyEndedBody,
): RecordedEmergency =>
  emergency.jurisdiction === state &&
  emergency.from <= until &&
  (emergency.until === null || emergency.until > until)
    ? { ...emergency, until: until as LocalDate }
    : emergency;

/** Of two declarations of one place and first day the one with the later last day binds, open the latest; of equals the one said last. */
export const bindingOf = (
  stood: RecordedEmergency | undefined,
  declared: RecordedEmergency,
): RecordedEmergency =>
  stood === undefined || declared.until === null || (stood.until !== null && declared.until >= stood.until)
    ? declared
    : stood;

/** Of one place and first day there is one. */
export const emergencyKey = ({
  jurisdiction,
  from,
}: {
  readonly jurisdiction: JurisdictionCode;
  readonly from: string;
}): string => `${jurisdiction} ${from}`;

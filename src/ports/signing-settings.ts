/** What the exchange is set to sign calls with. */
import type { RecordedLevel } from '../domain/attestation.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';

export interface ConfiguredSigning {
  /** `none`: calls from this caller ID leave this trunk unsigned. */
  readonly level: RecordedLevel;
  /** The setting that says so. */
  readonly because: string;
  /** Whether the exchange signs on this trunk at all, whatever it does for this caller ID; else a carrier behind it may. */
  readonly trunkSigns: boolean;
}

export interface SigningSettings {
  /** As the exchange has it loaded now. Rejects when it cannot be asked in time, or has no such trunk. */
  of(trunk: string, callerId: PhoneNumber): Promise<ConfiguredSigning>;
}

/** What bringing recordings to rest works with. */
import type { RecordingRecords } from '../../ports/recording-records.ts';
import type { RecordingTarget } from '../../ports/recording-targets.ts';
import type { RecordingVault } from '../../ports/recording-vault.ts';
import type { Station } from '../sidecar.ts';

export interface Archive {
  readonly station: Pick<Station, 'clock' | 'ledger' | 'log' | 'recordings' | 'records' | 'inForce'>;
  readonly records: RecordingRecords;
  readonly vault: RecordingVault;
  readonly targets: readonly RecordingTarget[];
}

/** Where signed checkpoints of the ledger are kept, out of reach of whoever owns the store. */
import type { SignedCheckpoint } from '../domain/checkpoint.ts';

/** At most one of each. */
export const CHECKPOINT_OUTLET_KINDS = ['file', 'webhook'] as const;
export type CheckpointOutletKind = (typeof CHECKPOINT_OUTLET_KINDS)[number];

export interface CheckpointOutlet {
  readonly kind: CheckpointOutletKind;
  /** For the log. */
  readonly name: string;
  /** Resolves only when the checkpoint is kept. One attempt: a later checkpoint covers one that was not kept. */
  put(checkpoint: SignedCheckpoint): Promise<void>;
}

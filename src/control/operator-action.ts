/** What somebody asked of the sidecar by a door that is not a dialer's; the entries of what was done follow it. */
import type { LedgerDraft } from '../domain/ledger-entry.ts';

export interface OperatorAction {
  /** Holder of the token; `loopback` where none is configured. */
  readonly who: string;
  readonly method: string;
  /** As in the description of the interface, `/v1/campaigns/:id/pause`. */
  readonly route: string;
  /** Of which campaign, agent or call, when the path says so. */
  readonly subject: string | null;
  /** Network address it came from. */
  readonly address: string;
}

export const actionDraft = (action: OperatorAction): LedgerDraft => ({
  kind: 'operator_action',
  body: { ...action },
});

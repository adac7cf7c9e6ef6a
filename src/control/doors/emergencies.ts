/** States of emergency as ledger entries: in force for the next decision of every sidecar, never looser than the rules. */
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { formatInstant } from '../../domain/time.ts';
import { InputProblem } from '../input-problem.ts';
import type { Sidecar } from '../sidecar.ts';
import type { EmergencyDeclaration, PeopleDoors } from './people-doors.ts';

type Store = Pick<Sidecar, 'ledger' | 'clock' | 'policy'>;

/** Without a dedupe key: what was ended and is declared again must be in force again. */
export async function declareEmergency(store: Store, declared: EmergencyDeclaration): Promise<LedgerReceipt> {
  checkState(store, declared.state);
  const { from, until } = declared;
  if (until !== null && until < from) throw new InputProblem('until', until, `a date from ${from} on`);
  return store.ledger.append({
    kind: 'emergency_declared',
    body: { ...declared, recordedAt: formatInstant(store.clock.now()) },
  });
}

export async function endEmergency(
  store: Store,
  end: Parameters<PeopleDoors['endEmergency']>[0],
): Promise<LedgerReceipt> {
  checkState(store, end.state);
  return store.ledger.append({
    kind: 'emergency_ended',
    body: { ...end, recordedAt: formatInstant(store.clock.now()) },
  });
}

/** Any place of the law: an operator may always be stricter than a place whose law has no such ban. */
function checkState({ policy }: Store, state: string): void {
  const known = Object.keys(policy.law.jurisdictions);
  if (!known.includes(state)) throw new InputProblem('state', state, `one of ${known.join(', ')}`);
}

/** Shapes of the entry bodies that operations are shown by; `entry-bodies.ts` checks them before anything is written. */
import type { Fields } from './entry-bodies.ts';
import type { EntryKind } from './ledger-entry.ts';

/** Of `incident_opened`: what was found. */
export interface IncidentOpenedBody {
  readonly incidentId: string;
  readonly finding: string;
  /** RFC 3339. */
  readonly foundAt: string;
  readonly who: string;
  /** RFC 3339. */
  readonly openedAt: string;
}

/** Of `incident_closed`: why it was so, what was done, how it is known to be over. */
export interface IncidentClosedBody {
  readonly incidentId: string;
  readonly cause: string;
  readonly correction: string;
  readonly verification: string;
  readonly who: string;
  /** RFC 3339. */
  readonly closedAt: string;
}

export const OPERATION_BODIES: Partial<Record<EntryKind, Fields>> = {
  self_test: {
    runId: 'text',
    number: 'text',
    expects: 'text',
    answer: 'text',
    failures: 'list',
    testedAt: 'instant',
  },
  incident_opened: {
    incidentId: 'text',
    finding: 'text',
    foundAt: 'instant',
    who: 'text',
    openedAt: 'instant',
  },
  incident_closed: {
    incidentId: 'text',
    cause: 'text',
    correction: 'text',
    verification: 'text',
    who: 'text',
    closedAt: 'instant',
  },
};

export const OPERATION_BODIES_WITHOUT_NUL: readonly EntryKind[] = ['incident_opened', 'incident_closed'];

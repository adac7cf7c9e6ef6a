/** Something that went wrong and what became of it: finding, cause, correction, verification. Read from its two entries. */
import { textIn } from './json-parts.ts';
import type { LedgerEntry } from './ledger-entry.ts';

export interface Incident {
  readonly incidentId: string;
  readonly finding: string;
  /** RFC 3339, as every instant here. */
  readonly foundAt: string;
  readonly openedBy: string;
  readonly openedAt: string;
  /** Null: it is open. */
  readonly closing: IncidentClosing | null;
}

export interface IncidentClosing {
  readonly cause: string;
  readonly correction: string;
  readonly verification: string;
  readonly closedBy: string;
  readonly closedAt: string;
}

/** With one more entry, in the order of the ledger; a closing of what was never opened here changes nothing. */
export function withIncident(
  incidents: ReadonlyMap<string, Incident>,
  { kind, body }: Pick<LedgerEntry, 'kind' | 'body'>,
): ReadonlyMap<string, Incident> {
  const text = (member: string): string => textIn(body[member]) ?? '';
  const incidentId = text('incidentId');
  const found = incidents.get(incidentId);
  if (kind === 'incident_opened' && found === undefined) {
    const opened = { finding: text('finding'), foundAt: text('foundAt') };
    const by = { openedBy: text('who'), openedAt: text('openedAt') };
    const incident = { incidentId, ...opened, ...by, closing: null };
    return new Map<string, Incident>([...incidents, [incidentId, incident]]);
  }
  if (kind === 'incident_closed' && found?.closing === null) {
    const said = { cause: text('cause'), correction: text('correction'), verification: text('verification') };
    const closing = { ...said, closedBy: text('who'), closedAt: text('closedAt') };
    return new Map<string, Incident>([...incidents, [incidentId, { ...found, closing }]]);
  }
  return incidents;
}

/**
 * The record of incidents: what was found is an entry when it is found, and what it came from, what was done and how it is known to be
 * over is another. Nothing is changed afterwards: what proves wrong later is an incident of its own.
 */
import { canonicalJson } from '../domain/canonical-json.ts';
import { type Incident, withIncident } from '../domain/incident.ts';
import { textIn } from '../domain/json-parts.ts';
import type { LedgerDraft, LedgerEntry } from '../domain/ledger-entry.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import type { LedgerReceipt } from '../ports/ledger.ts';
import { InputProblem } from './input-problem.ts';
import type { Station } from './sidecar.ts';

export interface IncidentFinding {
  readonly incidentId: string;
  readonly finding: string;
  readonly foundAt: Instant;
  readonly who: string;
}

export interface IncidentEnd {
  readonly incidentId: string;
  readonly cause: string;
  readonly correction: string;
  readonly verification: string;
  readonly who: string;
}

export interface Incidents {
  /** The same finding under the same id is recorded once; another one under it is an `InputProblem`, as an instant ahead of our clock. */
  open(finding: IncidentFinding): Promise<LedgerReceipt>;
  /** The same words again change nothing; an id that is not open is an `InputProblem`. */
  close(end: IncidentEnd): Promise<LedgerReceipt>;
  /** In the order of their opening. */
  list(): Promise<readonly Incident[]>;
}

/** Entries of one read. */
const PAGE = 1_000;

export function createIncidents({ clock, ledger }: Pick<Station, 'clock' | 'ledger'>): Incidents {
  async function read(): Promise<ReadonlyMap<string, Incident>> {
    let found: ReadonlyMap<string, Incident> = new Map();
    for (let afterId = 0; ;) {
      const page = await ledger.read({ afterId, kinds: ['incident_opened', 'incident_closed'], limit: PAGE });
      for (const entry of page) found = withIncident(found, entry);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return found;
      afterId = last.id;
    }
  }

  /** Who enters it may do so at two sidecars at once: the ledger lets one in, and the other is held against it. */
  async function once(draft: LedgerDraft, stamp: string): Promise<LedgerReceipt> {
    const receipt = await ledger.append(draft);
    if (receipt.kind === 'written' || saysTheSame(receipt.entry, draft, stamp)) return receipt;
    throw new InputProblem(
      'incident_id',
      textIn(draft.body['incidentId']) ?? '',
      draft.kind === 'incident_opened'
        ? 'another id: under this one something else was found'
        : 'an open incident: this one was closed with other words',
    );
  }

  return {
    async open({ incidentId, finding, foundAt, who }) {
      const now = clock.now();
      if (foundAt > now)
        throw new InputProblem('found_at', formatInstant(foundAt), 'an instant that has passed');
      const at = { foundAt: formatInstant(foundAt), openedAt: formatInstant(now) };
      const body = { incidentId, finding, who, ...at };
      return once({ kind: 'incident_opened', dedupeKey: incidentId, body }, 'openedAt');
    },
    async close({ incidentId, ...said }) {
      const incidents = await read();
      if (!incidents.has(incidentId)) {
        const open = [...incidents.values()].filter(({ closing }) => closing === null);
        const expected =
          open.length === 0
            ? 'an open incident, and there is none'
            : `an open incident: ${open
                .slice(0, 10)
                .map((each) => each.incidentId)
                .join(', ')}`;
        throw new InputProblem('incident_id', incidentId, expected);
      }
      const body = { incidentId, ...said, closedAt: formatInstant(clock.now()) };
      return once({ kind: 'incident_closed', dedupeKey: incidentId, body }, 'closedAt');
    },
    list: async () => [...(await read()).values()],
  };
}

/** But for the instant at which it was entered. */
function saysTheSame(stands: LedgerEntry, { body }: LedgerDraft, stamp: string): boolean {
  return canonicalJson({ ...stands.body, [stamp]: null }) === canonicalJson({ ...body, [stamp]: null });
}

/** What the reassigned-numbers database must be asked about, page by page over the consents to one seller: however many, few at a time. */
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type { DueQuery } from '../../domain/reassigned.ts';
import { dueQuery } from '../../rules/index.ts';
import type { Sidecar } from '../sidecar.ts';
import { knownSeller } from './known-sellers.ts';
import type { DuePage, DueQueries } from './people-doors.ts';

/** Read at once: a decision that waits for the same process waits for no more of them. */
const CONSENTS_READ = 500;
/** Of one page: an answer comes within its deadline also where nothing is due. */
const CONSENTS_MAX = 20_000;

export async function dueQueries(
  store: Pick<Sidecar, 'records' | 'policy' | 'clock' | 'campaigns' | 'retired'>,
  { sellerId, after, at, limit }: DuePage,
): Promise<DueQueries> {
  await knownSeller(store, sellerId);
  const judgedAt = at ?? store.clock.now();
  const queries: DueQuery[] = [];
  let last: PhoneNumber | null = after;
  for (let read = 0; read < CONSENTS_MAX; read += CONSENTS_READ) {
    const consents = await store.records.consentsTo({ sellerId, after: last, limit: CONSENTS_READ });
    for (const consent of consents) {
      if (queries.length === limit) return { queries, next: last };
      const query = dueQuery(consent, judgedAt, store.policy);
      if (query !== null) queries.push(query);
      last = consent.number;
    }
    if (consents.length < CONSENTS_READ) return { queries, next: null };
  }
  return { queries, next: last };
}

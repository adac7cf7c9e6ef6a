/**
 * Two questions about people that no single entry answers: was anybody called who had asked not to be, and was anybody recorded who had
 * to be told first and was not. Read from the ledger alone, whatever the rules said at the time.
 */
import { numberIn, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { cutRows } from './kept-rows.ts';
import type { MonthFigures } from './month-figures.ts';

export type PeopleFigures = Pick<MonthFigures, 'afterRequest' | 'recordings'>;

export interface PeopleFold {
  /** As `CallFold.take`. */
  take(entry: LedgerEntry, inMonth: boolean): void;
  figures(): PeopleFigures;
}

export function createPeopleFold(): PeopleFold {
  /** Seller and number of each request that was ever recorded; true: a consent was recorded after it. Grows with them, not with calls. */
  const asked = new Map<string, boolean>();
  /** Permits to them; true: with such a consent. */
  const called = new Map<string, boolean>();
  /** Calls that demand a disclosure before recording, until their result says that nobody talked. */
  const mustDisclose = new Set<string>();
  let stored = 0;
  let disclosed = 0;
  let refused = 0;
  const undisclosed: string[] = [];

  function permitted(body: JsonObject, callId: string): void {
    const consented = asked.get(keyOf(body));
    if (consented !== undefined) called.set(callId, consented);
    const obligations = objectsIn(objectIn(body['decision'])?.['obligations']);
    if (obligations.some(({ kind }) => kind === 'disclose_recording')) mustDisclose.add(callId);
  }

  function ended(body: JsonObject, callId: string): void {
    // Taken back before a phone rang, as when the request came while the call was decided.
    if (body['placed'] === false) called.delete(callId);
    if (body['placed'] === false || body['outcome'] !== 'connected') mustDisclose.delete(callId);
  }

  function recorded(body: JsonObject, callId: string): void {
    stored += 1;
    const gapMs = numberIn(body['gapMs']);
    if (gapMs !== null && gapMs >= 0) disclosed += 1;
    else if (mustDisclose.has(callId) || gapMs !== null) undisclosed.push(callId);
    mustDisclose.delete(callId);
  }

  return {
    take({ kind, body }, inMonth) {
      if (kind === 'opt_out') asked.set(keyOf(body), false);
      if (kind === 'consent_recorded' && asked.has(keyOf(body))) asked.set(keyOf(body), true);
      const callId = textIn(body['callId']);
      if (!inMonth || callId === null) return;
      if (kind === 'inbound_call' && textIn(body['disclosureBasis']) !== null) mustDisclose.add(callId);
      if (kind === 'decision' && body['verdict'] === 'permit') permitted(body, callId);
      if (kind === 'call_result') ended(body, callId);
      if (kind === 'recording_stored') recorded(body, callId);
      if (kind === 'recording_refused') refused += 1;
    },
    figures: () => ({
      afterRequest: {
        consented: [...called.values()].filter((consented) => consented).length,
        without: cutRows([...called].flatMap(([callId, consented]) => (consented ? [] : [callId]))),
      },
      recordings: { stored, disclosed, refused, undisclosed: cutRows(undisclosed) },
    }),
  };
}

const keyOf = ({ sellerId, number }: JsonObject): string =>
  `${textIn(sellerId) ?? ''} ${textIn(number) ?? ''}`;

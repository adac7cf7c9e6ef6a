/**
 * What a dialer's log says became of a call, as a report of the dialer: for calls of which nobody else tells.
 * INVARIANT (drop-until-proven): a log is written by programs that may have lost sight of the call. Its word makes a drop at any time; it
 * makes anything else only of a call that this sidecar has permitted and listened to from then on, and not against what was heard of it.
 */
import type { CallId } from '../domain/ids.ts';
import { type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import { type Instant, instant, parseInstant } from '../domain/time.ts';
import type { LoggedCall } from '../ports/dialer-log.ts';
import type { DialerResults, Heard } from './dialer-results.ts';
import type { Operations } from './operations.ts';
import type { Station } from './sidecar.ts';

/** Clocks of dialers stand in seconds, and between the dialer's row and our decision stand its queue and its manager. */
const BEFORE_MS = 5_000;
const AFTER_MS = 30_000;

/** `unknown`: no call of ours, or more than one that it may mean; `not_believed`: it is left to its lease. */
export type LogWordAnswer =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'recorded' | 'repeated' | 'not_believed'; readonly callId: CallId };

/** Of a `LoggedCall`, by our clock. */
export interface LoggedWord extends Pick<LoggedCall, 'name' | 'number' | 'leadId'> {
  readonly dialedAt: Instant;
  readonly outcome: NonNullable<LoggedCall['outcome']>;
}

export interface LogWordParts {
  readonly station: Pick<Station, 'ledger'>;
  readonly results: Pick<DialerResults, 'heardOf'>;
  readonly reportResult: Operations['reportResult'];
}

export function dialerLogWords({ station, results, reportResult }: LogWordParts) {
  const { ledger } = station;

  /** The lead's one decision of that moment, vetoes too: of two nobody knows which is meant. */
  async function decisionOf({ number, leadId, dialedAt }: LoggedWord): Promise<LedgerEntry | null> {
    const since = instant(dialedAt - BEFORE_MS);
    const entries = await ledger.read({ number, kinds: ['decision'], since, limit: 50 });
    const meant = entries.filter((entry) => {
      const decidedAt = decidedAtOf(entry);
      return decidedAt !== null && decidedAt <= dialedAt + AFTER_MS && leadOf(entry) === leadId;
    });
    const [only] = meant;
    return meant.length === 1 && only !== undefined ? only : null;
  }

  return async function tellFromLog(word: LoggedWord): Promise<LogWordAnswer> {
    const { outcome } = word;
    const entry = await decisionOf(word);
    if (entry === null || entry.body['verdict'] !== 'permit' || placedByOf(entry) !== 'dialer')
      return { kind: 'unknown' };
    const callId = textOf(entry, 'callId') as CallId;
    const [told] = await ledger.read({ callId, kinds: ['call_result'], limit: 1 });
    if (told !== undefined) return { kind: 'repeated', callId };
    // The other sidecar reads the same log, and its exchange may show more of it.
    if (entry.writer !== ledger.writer && outcome !== 'dropped') return { kind: 'unknown' };
    const heard = results.heardOf(callId, decidedAtOf(entry) ?? instant(0));
    if (!isBelieved(outcome, heard)) return { kind: 'not_believed', callId };
    const answer = await reportResult({
      ...{ callId, campaignId: null, outcome, hangupCause: null, sipStatus: null },
      source: 'dialer_log',
    });
    return { kind: answer === 'unscreened' ? 'recorded' : answer, callId };
  };
}

function isBelieved(outcome: LoggedWord['outcome'], heard: Heard): boolean {
  switch (outcome) {
    case 'dropped':
      return true;
    case 'connected':
      // Of a call that nobody answered it would be a live answer too many: a lower drop rate.
      return heard === 'answered';
    case 'machine':
      return heard !== 'not_all';
    case 'no_answer':
    case 'busy':
    case 'failed':
      return heard === 'unanswered';
    case 'hung_up':
      // How soon the person hung up no log tells in milliseconds.
      return false;
    default:
      return outcome satisfies never;
  }
}

function decidedAtOf(entry: LedgerEntry): Instant | null {
  const read = parseInstant(textOf(entry, 'decidedAt'));
  return read.ok ? read.value : null;
}

const requestOf = (entry: LedgerEntry): Readonly<Record<string, unknown>> =>
  (entry.body['request'] ?? {}) as Readonly<Record<string, unknown>>;

const leadOf = (entry: LedgerEntry): unknown =>
  ((requestOf(entry)['lead'] ?? {}) as Readonly<Record<string, unknown>>)['leadId'];

const placedByOf = (entry: LedgerEntry): unknown => requestOf(entry)['placedBy'];

/**
 * Writes down what networks say against a caller ID: once for each call that was refused with such a word, and once a day for a pattern
 * of calls that end as if they had been. INVARIANT (one-signal-per-call): the ledger refuses a second `blocking_signal` of a call.
 */
import { type BlockingSignal, readBlocking, type Refusal } from '../domain/blocking.ts';
import type { SilentPattern } from '../domain/caller-health.ts';
import { numberIn, textIn } from '../domain/json-parts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import { parsePhoneNumber } from '../domain/phone-number.ts';
import { routeKey, trunkOf } from '../domain/trunk.ts';
import type { CampaignId } from '../domain/ids.ts';
import type { Timer } from '../ports/clock.ts';
import type { SeenRefusal } from '../ports/signalling-tap.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import type { CallerBoard, CallerRoute } from './caller-board.ts';
import { persist } from './persist.ts';
import type { Station } from './sidecar.ts';

export interface BlockingWatch {
  /** What is told of the final response to a call, piece by piece; before its result or a moment after. */
  refused(callId: string, refusal: Refusal): void;
  hearExchange(event: TelephonyEvent): void;
  /** The mirror of the exchange's signalling has seen the response. */
  mirrored(response: SeenRefusal): void;
  /** What is known of the response to a call. */
  known(callId: string): Refusal | null;
  /** After the board has heard it. */
  hear(entry: LedgerEntry): void;
  /** Writes down at once what waits for its headers. */
  stop(): void;
}

/** Headers and result of one call come by two ways; so long one waits for the other. */
const HEADERS_WAIT_MS = 2_000;
const REFUSALS_KEPT = 5_000;
const SIGNS = ['at_once', 'silent'] as const;

export function createBlockingWatch(
  station: Pick<Station, 'clock' | 'ledger' | 'log' | 'inForce'>,
  board: CallerBoard,
): BlockingWatch {
  const { clock, ledger } = station;
  const refusals = new Map<string, Refusal>();
  /** Results whose headers may still come. */
  const waiting = new Map<Timer, () => void>();

  /** By Call-ID: the mirror is faster than what the exchange tells, mostly. */
  const mirrored = new Map<string, SeenRefusal>();
  const callOfSip = new Map<string, string>();

  function refused(callId: string, told: Refusal): void {
    const before = refusals.get(callId);
    refusals.set(callId, {
      sipStatus: told.sipStatus,
      phrase: told.phrase ?? before?.phrase ?? null,
      reasons: told.reasons.length > 0 ? told.reasons : (before?.reasons ?? []),
      callInfo: told.callInfo.length > 0 ? told.callInfo : (before?.callInfo ?? []),
    });
    keepNewest(refusals);
  }

  async function routeOf(callId: string): Promise<CallerRoute | null> {
    const remembered = board.routeOf(callId);
    if (remembered !== null) return remembered;
    const [decision] = await ledger.read({ callId, kinds: ['decision'], limit: 1 });
    const callerId = parsePhoneNumber(textIn(decision?.body['callerId']) ?? '');
    if (!callerId.ok) return null;
    const campaignId = (textIn(decision?.body['campaignId']) ?? '') as CampaignId;
    const campaign = station.inForce().campaigns.get(campaignId);
    return { callerId: callerId.value, trunk: campaign === undefined ? null : trunkOf(campaign.endpoint) };
  }

  async function record(callId: string, campaignId: string | null, told: Refusal): Promise<void> {
    const signal = readBlocking(told);
    if (signal === null) return;
    const route = await persist(station, { what: 'caller ID', callId }, () => routeOf(callId));
    if (route === null) return;
    await persist(station, { what: 'blocking signal', callId }, () =>
      ledger.append(signalDraft(route, signal, { callId, campaignId, ...told })),
    );
  }

  function heardResult({ body }: LedgerEntry): void {
    const callId = textIn(body['callId']);
    if (callId === null) return;
    // A dialer's own call has no status in its result: its dialplan tells of the refusal before.
    const sipStatus = refusals.get(callId)?.sipStatus ?? numberIn(body['sipStatus']);
    if (sipStatus === null || sipStatus < 600) return;
    const campaignId = textIn(body['campaignId']);
    const look = (): void => {
      const bare: Refusal = { sipStatus, phrase: null, reasons: [], callInfo: [] };
      void record(callId, campaignId, refusals.get(callId) ?? bare);
      refusals.delete(callId);
    };
    const told = refusals.get(callId);
    const isWhole = told !== undefined && told.reasons.length + told.callInfo.length > 0;
    if (isWhole) {
      look();
      return;
    }
    const timer = clock.after(HEADERS_WAIT_MS, () => {
      waiting.delete(timer);
      look();
    });
    waiting.set(timer, look);
  }

  function lookForPattern(callId: string): void {
    const route = board.routeOf(callId);
    if (route === null) return;
    for (const sign of SIGNS) {
      const pattern = board.patternOf(route, sign);
      if (pattern === null) continue;
      const key = `${routeKey(route.callerId, route.trunk)} ${sign} ${new Date(clock.now()).toISOString().slice(0, 10)}`;
      void persist(station, { what: 'blocking pattern', callId }, () =>
        ledger.append({ kind: 'blocking_signal', dedupeKey: key, body: patternBody(route, pattern, callId) }),
      );
    }
  }

  return {
    refused,
    hearExchange(event) {
      if (event.kind !== 'refused') return;
      const { callId, sipStatus, phrase, sipCallId } = event;
      refused(callId, { sipStatus, phrase, reasons: [], callInfo: [] });
      if (sipCallId === null || sipCallId === '') return;
      callOfSip.set(sipCallId, callId);
      keepNewest(callOfSip);
      const seen = mirrored.get(sipCallId);
      if (seen !== undefined) refused(callId, { ...seen, phrase });
    },
    mirrored(response) {
      mirrored.set(response.sipCallId, response);
      keepNewest(mirrored);
      const callId = callOfSip.get(response.sipCallId);
      if (callId !== undefined) refused(callId, { ...response, phrase: null });
    },
    known: (callId) => refusals.get(callId) ?? null,
    hear(entry) {
      // Another sidecar writes down what its own calls met with.
      if (entry.writer !== ledger.writer) return;
      if (entry.kind === 'call_result') heardResult(entry);
      const callId = entry.kind === 'call_progress' ? textIn(entry.body['callId']) : null;
      if (callId !== null) lookForPattern(callId);
    },
    stop() {
      for (const [timer, look] of waiting) {
        timer.cancel();
        look();
      }
      waiting.clear();
    },
  };
}

function keepNewest(map: Map<string, unknown>): void {
  const [oldest] = map.size > REFUSALS_KEPT ? map.keys() : [];
  if (oldest !== undefined) map.delete(oldest);
}

/** Also of a canary: its campaign is null. */
export const signalDraft = (
  { callerId, trunk }: CallerRoute,
  { kind, header, redressUrl }: BlockingSignal,
  call: { readonly callId: string; readonly campaignId: string | null } & Pick<
    Refusal,
    'sipStatus' | 'phrase'
  >,
) =>
  ({
    kind: 'blocking_signal',
    dedupeKey: call.callId,
    body: {
      callId: call.callId,
      ...(call.campaignId === null ? {} : { campaignId: call.campaignId }),
      callerId,
      trunk,
      signal: kind,
      sipStatus: call.sipStatus,
      phrase: call.phrase,
      header,
      redressUrl,
    },
  }) as const;

const patternBody = ({ callerId, trunk }: CallerRoute, pattern: SilentPattern, callId: string) => ({
  callId,
  callerId,
  trunk,
  signal: pattern.sign,
  header: null,
  pattern: { ...pattern },
});

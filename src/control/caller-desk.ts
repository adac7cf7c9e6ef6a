/** All that is known and done about caller IDs besides single decisions, under one roof: health, canaries, proofs of callers. */
import type { CanarySettings } from '../domain/canary.ts';
import type { CallerIdRest } from '../domain/caller-health.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Fact } from '../domain/facts.ts';
import type { LedgerEntry } from '../domain/ledger-entry.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { SeenRefusal } from '../ports/signalling-tap.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import { createCallerBoard } from './caller-board.ts';
import { type CallerIdStatus, callerIdStatuses, chosenCallerId, restOf } from './caller-ids.ts';
import { type CallerProofs, createCallerProofs } from './caller-proofs.ts';
import { type CanaryDesk, createCanaryDesk } from './canary-desk.ts';
import type { Station } from './sidecar.ts';
import { createBlockingWatch } from './watch-blocking.ts';

export interface CallerDesk {
  /** As `Duty.callerIdRest`. */
  callerIdRest(campaign: Campaign, callerId: PhoneNumber): Fact<CallerIdRest | null> | undefined;
  /** For a call that names none; null where the campaign has none. */
  choose(campaign: Campaign): Promise<PhoneNumber | null>;
  statuses(): Promise<readonly CallerIdStatus[]>;
  runCanaries: CanaryDesk['run'];
  readonly proofs: CallerProofs;
  hear(event: TelephonyEvent): void;
  /** The mirror of the exchange's signalling has seen a network refuse a call. */
  mirrored(response: SeenRefusal): void;
  hearEntry(entry: LedgerEntry): void;
  /** Reads what has not been read; rejects when the ledger does not answer. */
  restore(): Promise<void>;
  stop(): void;
}

export const NO_CANARIES: CanarySettings = {
  numbers: [],
  everyHours: 12,
  retryMinutes: 30,
  minutesBetween: 5,
  callsPerDayMax: 1,
  arrivesWithinSeconds: 30,
  words: [],
};

export function createCallerDesk(
  station: Station,
  canary: CanarySettings | undefined,
  mayPlace: () => boolean,
): CallerDesk {
  const settings = canary ?? NO_CANARIES;
  const board = createCallerBoard(station);
  const blocking = createBlockingWatch(station, board);
  const canaries = createCanaryDesk(
    station,
    () => settings,
    mayPlace,
    (callId) => blocking.known(callId),
  );
  if (settings.numbers.length > 0) canaries.start();
  return {
    callerIdRest: (campaign, callerId) => restOf(board, campaign, callerId),
    choose: (campaign) => chosenCallerId(station, board, campaign),
    statuses: () => callerIdStatuses(station, board, canaries),
    runCanaries: (which) => canaries.run(which),
    proofs: createCallerProofs(station, canaries, blocking),
    hear(event) {
      blocking.hearExchange(event);
      canaries.hear(event);
    },
    mirrored: (response) => blocking.mirrored(response),
    hearEntry(entry) {
      board.hear(entry);
      blocking.hear(entry);
      canaries.hearEntry(entry);
    },
    restore: () => board.restore(),
    stop() {
      canaries.stop();
      blocking.stop();
    },
  };
}

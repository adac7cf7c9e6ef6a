/**
 * Person or answering machine? The settings of the detectors, their verdicts with what they stand on, and how long they may take.
 * Undecided is human: only `machine` changes what a call does, and nothing here may be looser than without a detector.
 */

import type { MeasuredWindow } from './connect-times.ts';
import { BELIEVED_AFTER_MS } from './ear.ts';

export const DETECTORS = ['own', 'asterisk'] as const;
/** `own`: pure, from when talk begins and ends; `asterisk`: `AMD()` of the exchange before we get the call. */
export type Detector = (typeof DETECTORS)[number];

/** `message`: what was recorded for machines is said behind the machine's greeting. */
export const ON_MACHINE = ['hang_up', 'message'] as const;
export type OnMachine = (typeof ON_MACHINE)[number];

/** Arguments of Asterisk's `AMD()`, in milliseconds unless named otherwise; those not named here are as Asterisk has them. */
export interface AmdThresholds {
  /** Silence before the first word: nobody spoke. Asterisk calls that a machine, we do not. */
  readonly initialSilenceMs: number;
  /** Talk longer than this is a machine's greeting. */
  readonly greetingMs: number;
  /** Silence behind a shorter greeting: a person. */
  readonly afterGreetingSilenceMs: number;
  /** Then it is undecided. For whoever has fallen silent meanwhile this is silence. */
  readonly totalAnalysisMs: number;
  /** Then it is undecided: a person who has said more words in the time is a person still. */
  readonly wordsMax: number;
}

/** Of a campaign whose calls are looked at; a campaign without it takes every answer for a person. */
export interface MachineDetection {
  readonly by: Detector;
  readonly onMachine: OnMachine;
  /** Talk without a pause that lasts longer is a machine's greeting; `asterisk`: behind the verdict of `AMD()`, before it is hung up on. */
  readonly longestHumanTalkMs: number;
  /** Behind a machine's greeting the message waits so long for the tone; `message` only. */
  readonly toneWithinMs: number;
  /** A machine's greeting is taken as ended so long after the verdict; `message` only. */
  readonly longestMachineGreetingMs: number;
  readonly amd: AmdThresholds;
  /** The calls by which predictive dialing is judged, as they went. */
  readonly measured: MeasuredWindow;
}

export const VERDICTS = ['human', 'machine', 'undecided'] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * What decided. machine: `long_talk`, `amd_machine`. human: the talk ended sooner (`short_talk`), a key (`key`), `amd_human`.
 * Undecided: nobody spoke, noise, sound without end, the greeting was missed, the call left us before it was known, or AMD() could
 * not tell or had heard silence or noise alone, or one sentence (`amd_not_sure`).
 */
export type VerdictRule =
  | 'long_talk'
  | 'short_talk'
  | 'key'
  | 'no_speech'
  | 'noise'
  | 'longest'
  | 'missed'
  | 'left'
  | 'amd_machine'
  | 'amd_human'
  | 'amd_not_sure';

/** Why somebody taken for a machine was a person after all. */
export type HumanSign = 'key' | 'talk';

/** As `AMD()` left it: `MACHINE` and `LONGGREETING-1500-1500`. */
export interface AmdReport {
  readonly status: string;
  readonly cause: string;
}

/**
 * AMD()'s word in ours. INVARIANT (silence-is-no-machine): `INITIALSILENCE` is silence alone, and silence never makes a machine;
 * neither does sound without a gap (`MAXWORDLENGTH`: a noise), nor a sentence (`MAXWORDS`: "Hello, this is John speaking"), nor
 * any word that we do not know.
 */
export function verdictOfAmd({ status, cause }: AmdReport): { verdict: Verdict; rule: VerdictRule } {
  if (status === 'HUMAN') return { verdict: 'human', rule: 'amd_human' };
  if (status === 'MACHINE' && /^LONGGREETING\b/.test(cause)) {
    return { verdict: 'machine', rule: 'amd_machine' };
  }
  return { verdict: 'undecided', rule: 'amd_not_sure' };
}

/**
 * As the dialplan hands it to `AMD()`; `noiseThreshold` is a mean sample magnitude. Ordinary noise would be talk to it, and whoever
 * stands in it a machine: what is not louder than noise is silence.
 */
export const amdArguments = (amd: AmdThresholds, noiseThreshold: number): string =>
  [
    amd.initialSilenceMs,
    amd.greetingMs,
    amd.afterGreetingSilenceMs,
    amd.totalAnalysisMs,
    AMD_SHORTEST_WORD_MS,
    AMD_BETWEEN_WORDS_MS,
    amd.wordsMax,
    noiseThreshold,
    // A word as long as a whole greeting is no word.
    amd.greetingMs,
  ].join(',');

/** Asterisk's own values. */
const AMD_SHORTEST_WORD_MS = 120;
const AMD_BETWEEN_WORDS_MS = 50;

/** What the latency of a detector follows from; milliseconds. */
export interface DetectorTiming {
  readonly silenceMs: number;
  readonly connectWithinMs: number;
  readonly detection: MachineDetection;
}

/**
 * The longest that a person waits for the detector's answer, from the end of the greeting, or from the answer where that end is
 * unknown. Our own detector speaks with the end of the greeting at the latest: it costs what hearing that end costs anyway.
 */
export function detectorLatencyMs({ silenceMs, detection: { by, amd } }: DetectorTiming): number {
  switch (by) {
    case 'own':
      return silenceMs + BELIEVED_AFTER_MS;
    case 'asterisk':
      return Math.max(amd.afterGreetingSilenceMs, amd.initialSilenceMs, amd.totalAnalysisMs);
    default:
      return by satisfies never;
  }
}

/** The longest that a connection may take behind the end of the greeting before it is given up: half of the time to connect. */
export const connectBoundMs = (connectWithinMs: number): number => Math.floor(connectWithinMs / 2);

/** Detector and connection together; over the law's two seconds the campaign may not dial predictively (law.md section 2). */
export const decidedAndConnectedMs = (timing: DetectorTiming): number =>
  detectorLatencyMs(timing) + connectBoundMs(timing.connectWithinMs);

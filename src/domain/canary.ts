/** What a call to a number of our own proves when it comes back: the level the far end saw, the lowest where two tell two levels. */
import { ATTESTATION_LEVELS, type AttestationLevel, meetsLevel, type RecordedLevel } from './attestation.ts';
import type { CanaryPlan } from './canary-schedule.ts';

/** How a carrier's own words are read: a header it adds, or a `verstat` without a level. */
export interface CarrierWord {
  readonly text: string;
  readonly level: RecordedLevel;
}

export interface CanarySettings extends CanaryPlan {
  /** A canary that has not come back by then is missing. */
  readonly arrivesWithinSeconds: number;
  readonly words: readonly CarrierWord[];
}

/** What was proved of the caller by the Identity headers. */
export type ProvenCaller =
  | { readonly kind: 'verified'; readonly level: AttestationLevel; readonly certificateSha256: string }
  | { readonly kind: 'refused'; readonly fault: string; readonly detail: string };

/** What the dialplan found on the channel; an empty text is a header that was not there. */
export interface ArrivedCall {
  readonly callerId: string;
  readonly calledNumber: string;
  readonly identities: readonly string[];
  readonly date: string;
  readonly from: string;
  readonly asserted: string;
  /** `STIR_SHAKEN(0,verify_result)`; empty where the exchange does not verify. */
  readonly verifyResult: string;
  /** `STIR_SHAKEN(0,attestation)`. */
  readonly attestation: string;
  /** The header that the carrier echoes the level in. */
  readonly echo: string;
}

export const CANARY_SOURCES = ['identity', 'asterisk', 'verstat', 'echo'] as const;
export type CanarySource = (typeof CANARY_SOURCES)[number];

/** One witness of the level. */
export interface CanaryFinding {
  readonly source: CanarySource;
  readonly level: RecordedLevel;
  /** What it said. */
  readonly text: string;
}

/** Findings in the order of `CANARY_SOURCES`; a header that did not come says nothing. `verdict` null: nobody verified. */
export function findingsOf(
  call: ArrivedCall,
  verdict: ProvenCaller | null,
  words: readonly CarrierWord[],
): readonly CanaryFinding[] {
  const found = [ofIdentity(verdict), ofAsterisk(call), ofVerstat(call, words), ofEcho(call, words)];
  return found.filter((each) => each !== null);
}

/** The lowest; `none` where nobody says anything: what is not proved is not signed. */
export const levelSeen = (findings: readonly CanaryFinding[]): RecordedLevel =>
  findings.length === 0
    ? 'none'
    : findings.map(({ level }) => level).reduce((a, b) => (meetsLevel(a, b) ? b : a));

function ofIdentity(verdict: ProvenCaller | null): CanaryFinding | null {
  if (verdict === null) return null;
  if (verdict.kind === 'verified') {
    return { source: 'identity', level: verdict.level, text: `certificate ${verdict.certificateSha256}` };
  }
  // Many carriers take the header away and tell the result in their own words.
  return verdict.fault === 'missing_identity'
    ? null
    : { source: 'identity', level: 'none', text: `${verdict.fault}: ${verdict.detail}` };
}

/** On a mismatch the attestation still reads as the caller claimed it: the result first. */
function ofAsterisk({ verifyResult, attestation }: ArrivedCall): CanaryFinding | null {
  const result = verifyResult.toLowerCase();
  if (result === '' || result === 'missing_identity_hdr') return null;
  const level = result === 'success' ? (levelIn(attestation) ?? 'none') : 'none';
  return { source: 'asterisk', level, text: `${verifyResult} ${attestation}`.trim() };
}

/** 3GPP TS 24.229 §7.2A.20: `verstat` of P-Asserted-Identity or From; carriers append the level. The lowest where they differ. */
function ofVerstat({ asserted, from }: ArrivedCall, words: readonly CarrierWord[]): CanaryFinding | null {
  const found = [...verstatsIn(asserted), ...verstatsIn(from)].map((text): CanaryFinding => {
    const own = /^TN-Validation-Passed(?:-([ABC]))?$/i.exec(text);
    const level = own === null ? null : levelIn(own[1] ?? '');
    return { source: 'verstat', level: level ?? wordFor(text, words) ?? 'none', text };
  });
  return found.reduce<CanaryFinding | null>(
    (lowest, each) => (lowest === null || !meetsLevel(each.level, lowest.level) ? each : lowest),
    null,
  );
}

function ofEcho({ echo }: ArrivedCall, words: readonly CarrierWord[]): CanaryFinding | null {
  const text = echo.trim();
  if (text === '') return null;
  return { source: 'echo', level: wordFor(text, words) ?? levelIn(text) ?? 'none', text: text.slice(0, 200) };
}

/** Not in a display name: that is whatever the far end likes to call itself. */
function verstatsIn(header: string): readonly string[] {
  const unnamed = header.replace(/"(?:[^"\\]|\\.)*"\s*</g, '<');
  const addresses = unnamed.slice(Math.max(0, unnamed.indexOf('<')));
  return [...addresses.matchAll(/;\s*verstat\s*=\s*"?([A-Za-z0-9-]{1,64})/gi)].map(([, text = '']) => text);
}

const wordFor = (text: string, words: readonly CarrierWord[]): RecordedLevel | null =>
  words.find((word) => word.text.toLowerCase() === text.toLowerCase())?.level ?? null;

const levelIn = (text: string): AttestationLevel | null =>
  ATTESTATION_LEVELS.find((each) => each === text.trim().toUpperCase()) ?? null;

/** `refused`: on the way. `unplaced`: the exchange did not take it. `lost`: nobody was there to see it come. */
export const CANARY_OUTCOMES = ['arrived', 'missing', 'refused', 'unplaced', 'lost'] as const;
export type CanaryOutcome = (typeof CANARY_OUTCOMES)[number];

export const CANARY_ALARMS = ['missing', 'fell', 'below_minimum', 'unsigned'] as const;
export type CanaryAlarm = (typeof CANARY_ALARMS)[number];

/** Null where there is no cause. `before`: what the canary before it showed. */
export function alarmOf(
  outcome: CanaryOutcome,
  {
    level,
    before,
    demanded,
  }: {
    readonly level: RecordedLevel;
    readonly before: RecordedLevel | null;
    readonly demanded: RecordedLevel;
  },
): CanaryAlarm | null {
  if (outcome !== 'arrived') return 'missing';
  if (before !== null && !meetsLevel(level, before)) return 'fell';
  if (!meetsLevel(level, demanded)) return 'below_minimum';
  return level === 'none' ? 'unsigned' : null;
}

/** What a call to a number of our own proves when it comes back, by every witness there is. */
import type { RecordedLevel } from '../domain/attestation.ts';
import {
  type ArrivedCall,
  type CanaryFinding,
  type CarrierWord,
  findingsOf,
  levelSeen,
} from '../domain/canary.ts';
import { verdictOn } from './caller-proofs.ts';
import type { Station } from './sidecar.ts';

export interface Witnessed {
  readonly level: RecordedLevel;
  readonly findings: readonly CanaryFinding[];
  /** Reads on behind "the canary". */
  readonly text: string;
}

/** Waits for a certificate no longer than `attestation.fetchMs`; never rejects. */
export async function witnessed(
  station: Pick<Station, 'identity' | 'clock'>,
  words: readonly CarrierWord[],
  call: ArrivedCall,
): Promise<Witnessed> {
  const verdict = station.identity === undefined ? null : await verdictOn(station, call);
  const findings = findingsOf(call, verdict, words);
  const told = findings.map(({ source, level, text }) => `${source} ${level} (${text})`).join(', ');
  const text = `came back with ${told === '' ? 'nothing that tells a level' : told}`;
  return { level: levelSeen(findings), findings, text };
}

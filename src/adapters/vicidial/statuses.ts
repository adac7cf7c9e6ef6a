/**
 * VICIdial's statuses -> the outcome of a call. What is not in the table says nothing, and a call of which nothing says anything is a drop:
 * a survey or a message (PU, PM, SVY*), an agent's screen that failed (ERI), calls that came in (AFTHRS, NANQUE, ...), and our own vetoes,
 * which VICIdial calls DNCCAR, HUC34 or NA.
 */
import type { StatusOutcome } from '../../config/vicidial.ts';

const STATUSES: Readonly<Record<string, StatusOutcome>> = {
  // An agent has the person, or has told what came of it.
  INCALL: 'connected',
  SALE: 'connected',
  NI: 'connected',
  NP: 'connected',
  DEC: 'connected',
  DNC: 'connected',
  CALLBK: 'connected',
  CBHOLD: 'connected',
  XFER: 'connected',
  // PDROP has hung up before VICIdial looked for an agent; how soon it does not tell.
  DROP: 'dropped',
  XDROP: 'dropped',
  PDROP: 'dropped',
  A: 'machine',
  AA: 'machine',
  AM: 'machine',
  AL: 'machine',
  AFAX: 'machine',
  NA: 'no_answer',
  N: 'no_answer',
  AB: 'busy',
  B: 'busy',
  ADC: 'failed',
  ADCT: 'failed',
  DC: 'failed',
};

/** Of users that are no people: VICIdial's own processes. */
const NOBODY = /^(VDAD|VDCL|)$/i;

/** Null: it says nothing. `statuses`: those of the site, before the table; upper case. */
export function outcomeOfStatus(
  call: { readonly status: string | null; readonly user: string | null; readonly byHand: boolean },
  statuses: ReadonlyMap<string, StatusOutcome>,
): Exclude<StatusOutcome, 'nothing'> | null {
  const status = (call.status ?? '').toUpperCase();
  const outcome = statuses.get(status) ?? STATUSES[status] ?? 'nothing';
  if (outcome === 'nothing') return null;
  if (outcome !== 'connected') return outcome;
  // By hand the agent is there before the person.
  if (call.byHand && status === 'INCALL') return null;
  return NOBODY.test(call.user ?? '') ? null : outcome;
}

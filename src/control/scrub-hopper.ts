/**
 * Screens the leads that a dialer will dial next and has the doomed ones taken out, so that no line is spent on a veto. It only takes away: whom
 * it leaves in is screened as ever when the call is placed. INVARIANT (scrub-only-removes): no answer of it is a permit.
 */
import type { Decision, ReasonCode } from '../domain/decision.ts';
import type { MonotonicMs } from '../domain/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { DialerHopper, HopperLead } from '../ports/dialer-hopper.ts';
import { messageOf } from './deadline.ts';
import type { Operations } from './operations.ts';
import type { Station } from './sidecar.ts';

const READ_EVERY_MS = 5_000;
/** Of one reading: more than a floor dials in the time between two. */
export const LEADS_AT_MOST = 500;
/** Who was left in is asked about again after so long. */
const ASK_AGAIN_MS = 600_000;
/** When the dialer did not take one out, or cannot be read. */
const PAUSE_MS = 30_000;

/**
 * What only the person or the number can change. Anything else may be gone tomorrow without the lead (an hour, a list that is renewed, a
 * consent that comes, a registration), and a lead that was taken out does not come back by itself.
 */
const OF_THE_LEAD: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'not_a_number',
  'emergency_line',
  'premium',
  'toll_free',
  'not_us_geographic',
  'fictional_number',
  'non_geographic',
  'on_internal_list',
  'consent_revoked',
  'on_campaign_list',
  'known_litigator',
  'on_state_list',
  'on_national_registry',
]);

export const isDoomed = (decision: Decision): boolean =>
  decision.kind === 'veto' && decision.reasons.some(({ code }) => OF_THE_LEAD.has(code));

export function scrubHopper(
  { clock, log }: Pick<Station, 'clock' | 'log'>,
  hopper: DialerHopper,
  decide: Operations['decide'],
): { stop(): void } {
  /** Lead, campaign and number -> when it was judged fit to be left in. */
  const left = new Map<string, MonotonicMs>();
  let isWell = true;
  let timer: Timer | null = null;
  let stopped = false;

  async function judge(lead: HopperLead): Promise<boolean> {
    const key = JSON.stringify(lead);
    const at = left.get(key);
    if (at !== undefined && clock.monotonic() - at < ASK_AGAIN_MS) return false;
    const { decision } = await decide({
      callId: null,
      campaignId: lead.campaignId,
      number: lead.number,
      callerId: null,
      lead: { zip: lead.zip, state: lead.state, leadId: lead.leadId, lineType: 'unknown' },
      automated: false,
      door: 'ami',
      at: null,
    });
    if (isDoomed(decision)) return true;
    left.set(key, clock.monotonic());
    return false;
  }

  async function scrub(): Promise<void> {
    let out = 0;
    const now = clock.monotonic();
    for (const [key, at] of left) if (now - at >= ASK_AGAIN_MS) left.delete(key);
    for (const lead of await hopper.read(LEADS_AT_MOST)) {
      if (stopped) return;
      if (!(await judge(lead))) continue;
      await hopper.takeOut(lead);
      out += 1;
    }
    if (out > 0) log.info({ leads: out }, `taken out of ${hopper.name}: they would have been vetoed`);
  }

  async function round(): Promise<number> {
    try {
      await scrub();
      if (!isWell) log.info({}, `${hopper.name} is scrubbed again`);
      isWell = true;
      return READ_EVERY_MS;
    } catch (error) {
      if (isWell && !stopped)
        log.warn(
          { problem: messageOf(error) },
          `${hopper.name} is not scrubbed: its calls are vetoed one by one`,
        );
      isWell = false;
      return PAUSE_MS;
    }
  }

  function next(): void {
    if (stopped) return;
    void round().then((wait) => {
      if (!stopped) timer = clock.after(wait, next);
    });
  }
  next();

  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

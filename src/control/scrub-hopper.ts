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
/** When the dialer takes none of them out, or cannot be read. */
const PAUSE_MS = 30_000;
/** Of one reading: a dialer that is away is not asked for every lead. */
const FAILURES_AT_MOST = 3;

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

const keyOf = (lead: HopperLead): string => JSON.stringify(lead);

export function scrubHopper(
  { clock, log }: Pick<Station, 'clock' | 'log'>,
  hopper: DialerHopper,
  decide: Operations['decide'],
): { stop(): void } {
  /** Lead, campaign and number -> when it was judged fit to be left in. */
  const left = new Map<string, MonotonicMs>();
  /** Who could not be taken out, and is tried behind all others: one that never can holds up nobody. */
  const failed = new Set<string>();
  let isWell = true;
  let timer: Timer | null = null;
  let stopped = false;

  async function judge(lead: HopperLead): Promise<boolean> {
    const key = keyOf(lead);
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

  /** Rejects when the hopper cannot be read. */
  async function scrub(): Promise<{ readonly out: number; readonly problems: readonly unknown[] }> {
    let out = 0;
    const problems: unknown[] = [];
    const now = clock.monotonic();
    for (const [key, at] of left) if (now - at >= ASK_AGAIN_MS) left.delete(key);
    for (const lead of failedLast(await hopper.read(LEADS_AT_MOST))) {
      if (stopped || problems.length >= FAILURES_AT_MOST) break;
      try {
        if (!(await judge(lead))) continue;
        await hopper.takeOut(lead);
        out += 1;
      } catch (error) {
        problems.push(error);
        failed.add(keyOf(lead));
      }
    }
    if (out > 0) log.info({ leads: out }, `taken out of ${hopper.name}: they would have been vetoed`);
    return { out, problems };
  }

  /** Who is no longer there is forgotten. */
  function failedLast(leads: readonly HopperLead[]): readonly HopperLead[] {
    const here = new Set(leads.map(keyOf));
    for (const key of failed) if (!here.has(key)) failed.delete(key);
    const isBehind = (lead: HopperLead): boolean => failed.has(keyOf(lead));
    return [...leads.filter((lead) => !isBehind(lead)), ...leads.filter(isBehind)];
  }

  function tellOnce(problem: unknown): void {
    if (isWell && !stopped)
      log.warn(
        { problem: messageOf(problem) },
        `${hopper.name} is not scrubbed whole: what stays in is vetoed call by call`,
      );
    isWell = false;
  }

  async function round(): Promise<number> {
    try {
      const { out, problems } = await scrub();
      if (problems.length > 0) {
        tellOnce(problems[0]);
        return out > 0 ? READ_EVERY_MS : PAUSE_MS;
      }
      if (!isWell) log.info({}, `${hopper.name} is scrubbed again`);
      isWell = true;
      return READ_EVERY_MS;
    } catch (error) {
      tellOnce(error);
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

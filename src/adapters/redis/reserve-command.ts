/**
 * What `reserve.lua` is sent. Most of it is the same for one call of a campaign after the other, and to write it out costs as much as all
 * the rest of the asking: so it is kept as it goes over the wire, until anything in it changes.
 */
import { NO_DIAL_LIMITS } from '../../domain/dial-limits.ts';
import type { CampaignId } from '../../domain/ids.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { ATTEMPTS_KEPT_HOURS, type Claim, type ReservationRequest } from '../../ports/counters.ts';
import { bulk, bulks, type WireArguments } from './scripts.ts';

/** Of a campaign, as `reserve.lua` calls them. */
export interface CampaignKeys {
  readonly tally: string;
  readonly flight: string;
  readonly agents: string;
  readonly floors: string;
  readonly opened: string;
}

export interface Asking {
  readonly request: ReservationRequest;
  readonly runId: string;
  /** Null only looks. */
  readonly claim: Claim | null;
  readonly attempts: string;
  readonly dropped: string;
  readonly call: string;
}

/** What is kept, at most: campaigns do not grow so many. */
const CAMPAIGNS_MAX = 1_000;
const ATTEMPTS_KEPT_MS = ATTEMPTS_KEPT_HOURS * HOUR_MS;
/** Keys of the person and the call, and of the campaign; the seller's other campaigns come behind them. */
const KEYS = 8;
const ARGUMENTS = 18;

export function reserveCommand(
  sidecar: string,
  keysOf: (campaignId: CampaignId) => CampaignKeys,
): (asking: Asking) => WireArguments {
  const lasting = new Map<CampaignId, { readonly of: Asking; readonly text: string }>();

  const textOf = (asking: Asking): string => {
    const { campaignId } = asking.request;
    const last = lasting.get(campaignId);
    if (last !== undefined && isSame(last.of, asking)) return last.text;
    if (lasting.size >= CAMPAIGNS_MAX) lasting.clear();
    const text = lastingText(asking, sidecar, keysOf);
    lasting.set(campaignId, { of: asking, text });
    return text;
  };

  return (asking) => {
    const { request, claim } = asking;
    const { callId, at, attempts, leaseMs, besides } = request;
    return {
      keys: KEYS + besides.length,
      count: KEYS + besides.length + ARGUMENTS,
      text:
        bulk(asking.attempts) +
        bulk(asking.dropped) +
        bulk(asking.call) +
        textOf(asking) +
        bulk(callId) +
        bulk(at) +
        bulk(at - attempts.windowHours * HOUR_MS) +
        bulk(at + leaseMs) +
        bulk(claim ?? ''),
    };
  };
}

/** Whether `lastingText` is the same of both. */
function isSame({ request: one, runId }: Asking, { request: other, runId: otherRunId }: Asking): boolean {
  const limits = one.limits ?? NO_DIAL_LIMITS;
  const otherLimits = other.limits ?? NO_DIAL_LIMITS;
  return (
    runId === otherRunId &&
    one.campaignId === other.campaignId &&
    one.agentsOf === other.agentsOf &&
    one.windows.day === other.windows.day &&
    one.windows.blockStart === other.windows.blockStart &&
    one.attempts.max === other.attempts.max &&
    one.lockoutHours === other.lockoutHours &&
    one.ceilingBp === other.ceilingBp &&
    one.overDialing === other.overDialing &&
    limits.linesMax === otherLimits.linesMax &&
    limits.callsPerSecondMax === otherLimits.callsPerSecondMax &&
    limits.paceLinesMax === otherLimits.paceLinesMax &&
    one.besides.length === other.besides.length &&
    one.besides.every((campaignId, index) => campaignId === other.besides[index])
  );
}

/** The campaign's keys, and the arguments before the call's own. */
function lastingText(
  { request, runId }: Asking,
  sidecar: string,
  keysOf: (campaignId: CampaignId) => CampaignKeys,
): string {
  const { tally, flight, agents, floors, opened } = keysOf(request.campaignId);
  const { linesMax, callsPerSecondMax, paceLinesMax } = request.limits ?? NO_DIAL_LIMITS;
  const { day, blockStart } = request.windows;
  return bulks([
    ...[tally, flight, agents, floors, opened],
    ...request.besides.map((campaignId) => keysOf(campaignId).tally),
    runId,
    request.campaignId,
    sidecar,
    request.agentsOf === 'this_sidecar' ? 1 : 0,
    `${blockStart}/${day}`,
    request.attempts.max,
    ATTEMPTS_KEPT_MS,
    request.lockoutHours * HOUR_MS,
    request.ceilingBp,
    request.overDialing === 'barred' ? 1 : 0,
    ...[linesMax, callsPerSecondMax, paceLinesMax].map((limit) => limit ?? ''),
  ]);
}

/** Places a permitted call. INVARIANT (no-phone-rings-twice): the channel id is the call id, a repeat finds it taken. */
import type { CallPlan, MachinePlan } from '../callflow/state.ts';
import type { Briefing } from '../domain/briefing.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { Obligation, Permit } from '../domain/decision.ts';
import type { CallId, CampaignId } from '../domain/ids.ts';
import { amdArguments } from '../domain/machine-detection.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { LeadNote } from '../domain/screen-pop.ts';
import type { PromptKind, Prompts } from '../ports/prompts.ts';
import { TelephonyRefused, type OutgoingCall } from '../ports/telephony.ts';
import { CALL_VARIABLES } from './channel-variables.ts';
import { messageOf } from './deadline.ts';
import type { Follower } from './follow-call.ts';
import { settleUnplaced } from './settle-call.ts';
import type { Sidecar } from './sidecar.ts';

export interface PermittedCall {
  readonly callId: CallId;
  readonly campaign: Campaign;
  readonly number: PhoneNumber;
  readonly callerId: PhoneNumber;
  readonly permit: Permit;
  /** What is read out to the agent; null: nothing. */
  readonly briefing: Briefing | null;
  readonly lead: LeadNote;
  /** An agent who is held for it makes it: the two are connected at the answer, and nobody looks for a machine. */
  readonly byHand?: boolean;
}

export type Placement = { readonly placed: true } | { readonly placed: false; readonly problem: string };

export async function placeCall(
  sidecar: Sidecar,
  follower: Follower,
  call: PermittedCall,
): Promise<Placement> {
  if (sidecar.clock.now() >= call.permit.validUntil) {
    return notPlaced(sidecar, call, 'the permit ran out before the call could be placed');
  }
  const { prompts } = sidecar;
  const prompt = prompts.prompt(call.campaign.id, 'safe_harbor');
  if (!prompt.fit) return notPlaced(sidecar, call, prompt.problem);
  const { byHand = false } = call;
  const paced = planOf(call.campaign, call.permit.obligations, lengthsOf(prompts, call.campaign.id));
  const plan: CallPlan = byHand ? { ...paced, connectAt: 'at_answer', machine: null } : paced;
  // Followed before it is dialed: the first event may come before the answer to the command.
  const { callId, campaign, number, briefing, lead } = call;
  follower.begin({ callId, campaign, number, plan, prompts, briefing, lead, byHand });
  try {
    await sidecar.telephony.originate(outgoing(call, plan, prompt.media));
    return { placed: true };
  } catch (error) {
    if (error instanceof TelephonyRefused) {
      follower.forget(call.callId);
      return notPlaced(sidecar, call, error.message);
    }
    return afterSilence(sidecar, follower, call, messageOf(error));
  }
}

/** The exchange did not answer, so the phone may be ringing: look, and follow the call unless it is certainly not there. */
async function afterSilence(
  sidecar: Sidecar,
  follower: Follower,
  call: PermittedCall,
  problem: string,
): Promise<Placement> {
  try {
    const channels = await sidecar.telephony.channels();
    if (channels.some((channel) => channel.channelId === call.callId)) return { placed: true };
  } catch (error) {
    sidecar.log.warn(
      { callId: call.callId, problem: messageOf(error) },
      'cannot tell whether a call was placed',
    );
  }
  // Still in flight: its event, `reconcile` or the lease settles it, never sooner than it could ring.
  return { placed: false, problem: `${problem}; the call stays in flight until it is known to have ended` };
}

async function notPlaced(sidecar: Sidecar, call: PermittedCall, problem: string): Promise<Placement> {
  const { callId, campaign, number } = call;
  await settleUnplaced(sidecar, campaign, number, { callId, source: 'ari', problem });
  return { placed: false, problem };
}

const HELD_BY_US = { heldBy: 'sidecar', deadMan: true } as const;

export function planOf(
  campaign: Campaign,
  obligations: readonly Obligation[],
  { messageMs, machineMessageMs }: MessageLengths,
  held: Pick<CallPlan, 'heldBy' | 'deadMan'> = HELD_BY_US,
): CallPlan {
  return {
    ...held,
    silenceMs: campaign.greeting.silenceMs,
    talkThreshold: campaign.greeting.talkThreshold,
    noiseThreshold: campaign.greeting.noiseThreshold,
    longestGreetingMs: campaign.greeting.longestMs,
    connectAt: campaign.connect,
    connectWithinMs: campaign.connectWithinMs,
    waitForAgentMs: campaign.waitForAgentMs ?? 0,
    messageMs,
    optOutDigit: campaign.safeHarbor.optOutDigit,
    destination: campaign.agents.destination,
    disclose: obligations.some((obligation) => obligation.kind === 'disclose_recording'),
    record: campaign.recording.enabled,
    refusalDigit: campaign.recording.refusalDigit,
    machine: held.heldBy === 'dialer' ? null : machinePlan(campaign, machineMessageMs),
  };
}

function machinePlan({ machineDetection }: Campaign, messageMs: number): MachinePlan | null {
  return machineDetection === undefined ? null : { ...machineDetection, messageMs };
}

/** In milliseconds; 0 is a message that is missing or unfit, and cannot be played. */
export interface MessageLengths {
  readonly messageMs: number;
  readonly machineMessageMs: number;
}

export function lengthsOf(prompts: Prompts, campaignId: CampaignId): MessageLengths {
  const lengthOf = (kind: PromptKind): number => {
    const prompt = prompts.prompt(campaignId, kind);
    return prompt.fit ? prompt.durationMs : 0;
  };
  return { messageMs: lengthOf('safe_harbor'), machineMessageMs: lengthOf('machine_message') };
}

function outgoing(call: PermittedCall, plan: CallPlan, media: string): OutgoingCall {
  const { campaign } = call;
  return {
    callId: call.callId,
    endpoint: campaign.endpoint.replace('{number}', call.number.slice(1)),
    callerId: call.callerId,
    ringAtMostSeconds: ringSeconds(campaign, call.permit.obligations),
    variables: {
      [CALL_VARIABLES.callId]: call.callId,
      [CALL_VARIABLES.campaign]: campaign.id,
      [CALL_VARIABLES.silenceMs]: String(plan.silenceMs),
      [CALL_VARIABLES.talkThreshold]: String(plan.talkThreshold),
      [CALL_VARIABLES.message]: media.replace(/^sound:/, ''),
      [CALL_VARIABLES.optOutDigit]: plan.optOutDigit,
      ...(plan.machine === null ? {} : lookedAtByExchange(campaign)),
    },
  };
}

/** What lets the dialplan ask `AMD()`, and the switch under which it does. */
function lookedAtByExchange({ machineDetection, greeting }: Campaign): Readonly<Record<string, string>> {
  if (machineDetection?.by !== 'asterisk') return {};
  const { amd } = machineDetection;
  return {
    [CALL_VARIABLES.amd]: amdArguments(amd, greeting.noiseThreshold),
    [CALL_VARIABLES.amdSeconds]: ((amd.totalAnalysisMs + AMD_SLACK_MS) / 1_000).toFixed(3),
  };
}

/** `AMD()` reckons by packets; where none come it looks at the clock a moment later. */
const AMD_SLACK_MS = 100;

/** The permit's ring limit binds; the rules have taken the stricter of campaign and law. */
function ringSeconds(campaign: Campaign, obligations: readonly Obligation[]): number {
  const limits = obligations.flatMap((obligation) =>
    obligation.kind === 'ring_at_most_s' ? [obligation.seconds] : [],
  );
  return Math.min(campaign.ring.atMostSeconds, ...limits);
}

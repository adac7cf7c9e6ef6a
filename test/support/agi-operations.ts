/** Operations for the FastAGI door, in memory: permits everything until told otherwise, and remembers what it was asked. */
import { NO_CALLER_PROOFS } from '../../src/control/caller-proofs.ts';
import { NO_INBOUND_CALLS } from '../../src/control/recordings/inbound-calls.ts';
import type { Decision, ReasonCode } from '../../src/domain/decision.ts';
import { unknown } from '../../src/domain/facts.ts';
import { type CallId, parseCampaignId } from '../../src/domain/ids.ts';
import { parsePhoneNumber } from '../../src/domain/phone-number.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { instant } from '../../src/domain/time.ts';
import {
  InputProblem,
  type Operations,
  type ResultReport,
  type Screened,
  type ScreenInput,
} from '../../src/control/operations.ts';

export const PERMIT: Decision = { kind: 'permit', obligations: [], warnings: [], validUntil: instant(1e15) };

export function vetoOf(first: ReasonCode, ...more: ReasonCode[]): Decision {
  const reason = (code: ReasonCode) => ({ code, rule: 'test', basis: 'test', detail: {} });
  return { kind: 'veto', reasons: [reason(first), ...more.map(reason)], warnings: [] };
}

export interface FakeDoor extends Pick<
  Operations,
  'screen' | 'withdraw' | 'reportResult' | 'inbound' | 'callers'
> {
  readonly withdrawn: string[];
  readonly asked: ScreenInput[];
  readonly reports: ResultReport[];
  decision: Decision | Promise<Decision>;
  message: string;
}

export function fakeDoor(): FakeDoor {
  let made = 0;
  const door: FakeDoor = {
    asked: [],
    withdrawn: [],
    reports: [],
    decision: PERMIT,
    message: 'sound:breakwater/solar/safe-harbor',
    inbound: NO_INBOUND_CALLS,
    callers: NO_CALLER_PROOFS,
    screen: async (input) => {
      door.asked.push(input);
      const decision = await door.decision;
      return {
        ...screened(input, decision, input.callId ?? `made-${++made}`),
        repeated: false,
        message: door.message,
      };
    },
    withdraw: (callId) => {
      door.withdrawn.push(callId);
      return Promise.resolve();
    },
    reportResult: (report) => {
      door.reports.push(report);
      return Promise.resolve('recorded');
    },
  };
  return door;
}

export function screened(input: ScreenInput, decision: Decision, callId: string): Screened {
  const campaignId = parseCampaignId(input.campaignId);
  if (!campaignId.ok) throw new InputProblem('campaign', input.campaignId, 'a campaign id');
  const number = parsePhoneNumber(input.number);
  const callerIdText = input.callerId ?? '+13035550100';
  const callerId = parsePhoneNumber(callerIdText);
  const none = unknown('not looked up');
  return {
    callId: callId as CallId,
    request: {
      callId: callId as CallId,
      campaignId: campaignId.value,
      numberText: input.number.slice(0, 80),
      number: number.ok ? number.value : null,
      callerIdText,
      callerId: callerId.ok ? callerId.value : null,
      lead: { ...NO_LEAD_FACTS, zip: input.lead.zip, state: input.lead.state, lineType: input.lead.lineType },
      automated: input.automated,
      requestedAt: instant(0),
      placedBy: 'dialer',
      door: input.door,
    },
    facts: {
      now: instant(0),
      campaign: none,
      lists: none,
      internalRequest: none,
      unclearRequest: none,
      emergencies: none,
      consent: none,
      relationship: none,
      reassigned: none,
      overrides: none,
      attestation: none,
      attempts: none,
      budget: none,
      sidecar: none,
    },
    places: [],
    decision,
    decidedAt: instant(0),
    policyHash: '0'.repeat(64),
  };
}

/** Every rule there is. The order decides nothing: reasons are ranked by code. */
import { automated } from './automated.ts';
import { budget } from './budget.ts';
import { callerId } from './caller-id.ts';
import { callingHours } from './calling-hours.ts';
import { campaign } from './campaign.ts';
import { consent } from './consent.ts';
import { doNotCall } from './do-not-call.ts';
import { frequency } from './frequency.ts';
import { machineDetection } from './machine-detection.ts';
import { mobile } from './mobile.ts';
import { number } from './number.ts';
import { obligations } from './obligations.ts';
import { reassigned } from './reassigned.ts';
import { registration } from './registration.ts';
import type { Rule } from './rule.ts';
import { system } from './system.ts';

export { dueQuery } from './answer-cover.ts';
export { attemptsAllowed } from './attempts-allowed.ts';
export { lockoutAllowed } from './house-overrides.ts';
export { type CallBounds, callBounds, candidatePlaces } from './call-bounds.ts';
export { evaluate } from './evaluate.ts';
export { type Explanation, explain } from './explain.ts';
export { localTimeAt } from './local-time.ts';
export { inboundDisclosureBasis } from './obligations.ts';
export { remembering } from './per-request.ts';
export type { Finding, Rule } from './rule.ts';
export { FACT_NAMES } from './system.ts';
export { evaluateReply } from './texts/evaluate-reply.ts';
export { contactHoursOf, evaluateText } from './texts/evaluate-text.ts';

export const RULES: readonly [Rule, ...Rule[]] = [
  number,
  doNotCall,
  consent,
  callingHours,
  automated,
  mobile,
  reassigned,
  frequency,
  registration,
  callerId,
  budget,
  campaign,
  machineDetection,
  system,
  obligations,
];

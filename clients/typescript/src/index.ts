/** Asks a Breakwater sidecar over HTTP. Depends on `fetch`, `crypto.subtle` and nothing else. */
export type { Problem, Routes } from './api.ts';
export type { BatchAnswer, BatchOptions, LineProblem } from './batch.ts';
export {
  type AgentCallRequest,
  type AgentStateRequest,
  type BreakwaterClient,
  type CallHistory,
  type Campaign,
  createClient,
  type Decision,
  type DecisionRequest,
  type DialLevel,
  type OptOutRequest,
  type Origination,
  type OriginationRequest,
  type ReservationRequest,
  type ResultRequest,
} from './client.ts';
export type { FeedEntry, FeedOptions } from './feed.ts';
export { BreakwaterProblem, BreakwaterUnreachable } from './problem.ts';
export type { ClientOptions } from './transport.ts';
export {
  createWebhookVerifier,
  SIGNATURE_HEADER,
  type WebhookOptions,
  type WebhookVerdict,
  type WebhookVerifier,
} from './webhook.ts';

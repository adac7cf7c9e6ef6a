/** A sidecar as a dialer's program sees it. A veto is an answer; whatever else goes wrong is thrown. */
import type { Routes } from './api.ts';
import { askBatch, type BatchAnswer, type BatchOptions } from './batch.ts';
import { followFeed, type FeedEntry, type FeedOptions } from './feed.ts';
import { type ClientOptions, createTransport } from './transport.ts';

type BodyOf<Route extends keyof Routes> = Routes[Route] extends { readonly body: infer Body } ? Body : never;
type AnswerOf<Route extends keyof Routes> = Routes[Route]['answer'];

export type DecisionRequest = BodyOf<'POST /v1/decisions'>;
export type Decision = AnswerOf<'POST /v1/decisions'>;
export type OriginationRequest = BodyOf<'POST /v1/originations'>;
/** Of a call that the program places itself. */
export type ReservationRequest = Omit<OriginationRequest, 'place' | 'agent_facts'>;
export type AgentCallRequest = BodyOf<'POST /v1/agents/{id}/calls'>;
export type Origination = AnswerOf<'POST /v1/originations'>;
export type CallHistory = AnswerOf<'GET /v1/calls/{id}'>;
export type ResultRequest = BodyOf<'POST /v1/calls/{id}/result'>;
export type AgentStateRequest = BodyOf<'PUT /v1/agents/{id}/state'>;
export type DialLevel = AnswerOf<'GET /v1/campaigns/{id}/dial-level'>;
export type Campaign = AnswerOf<'GET /v1/campaigns/{id}'>;
export type OptOutRequest = BodyOf<'POST /v1/opt-outs'>;

type Questions<T> = Iterable<T> | AsyncIterable<T>;

export interface BreakwaterClient {
  /** Screens only: reserves and records nothing. */
  decide(request: DecisionRequest): Promise<Decision>;
  /** As `decide`, for as many as there are; answers come in order while questions are read. */
  decideAll(
    requests: Questions<DecisionRequest>,
    options?: BatchOptions,
  ): AsyncGenerator<BatchAnswer<DecisionRequest, Decision>, void, undefined>;
  /** Screens, and places the call when permitted. One without `call_id` gets one here, so that a repeat rings nobody twice. */
  originate(request: OriginationRequest): Promise<Origination>;
  /** Screens, records and reserves; the program places the calls and reports their results. */
  reserveAll(
    requests: Questions<ReservationRequest>,
    options?: BatchOptions,
  ): AsyncGenerator<BatchAnswer<ReservationRequest, Origination>, void, undefined>;
  /** A call that this agent makes, who has come in by telephone. */
  callForAgent(agentId: string, request: AgentCallRequest): Promise<Origination>;
  call(callId: string): Promise<CallHistory>;
  reportResult(callId: string, result: ResultRequest): Promise<AnswerOf<'POST /v1/calls/{id}/result'>>;
  setAgentState(agentId: string, state: AgentStateRequest): Promise<AnswerOf<'PUT /v1/agents/{id}/state'>>;
  campaigns(): Promise<AnswerOf<'GET /v1/campaigns'>>;
  campaign(campaignId: string): Promise<Campaign>;
  dialLevel(campaignId: string): Promise<DialLevel>;
  optOut(request: OptOutRequest): Promise<AnswerOf<'POST /v1/opt-outs'>>;
  /** Every ledger entry as it becomes durable; goes on by itself where it was cut. */
  feed(options?: FeedOptions): AsyncGenerator<FeedEntry, void, undefined>;
}

export function createClient(options: ClientOptions = {}): BreakwaterClient {
  const transport = createTransport(options);

  const get = async <T>(path: string): Promise<T> =>
    (await (await transport.ask({ method: 'GET', path })).json()) as T;
  const send = async <T>(method: 'POST' | 'PUT', path: string, body: object, repeatable = true): Promise<T> =>
    (await (await transport.ask({ method, path, body: JSON.stringify(body), repeatable })).json()) as T;

  return {
    decide: (request) => send('POST', '/v1/decisions', request),
    decideAll: (requests, given = {}) => askBatch(transport, '/v1/decisions:batch', requests, given),
    originate: (request) => send('POST', '/v1/originations', named(request)),
    reserveAll: (requests, given = {}) => askBatch(transport, '/v1/originations:batch', requests, given),
    callForAgent: (agentId, request) => send('POST', `/v1/agents/${part(agentId)}/calls`, named(request)),
    call: (callId) => get(`/v1/calls/${part(callId)}`),
    // The first result stands, so it may be told twice.
    reportResult: (callId, result) => send('POST', `/v1/calls/${part(callId)}/result`, result),
    setAgentState: (agentId, state) => send('PUT', `/v1/agents/${part(agentId)}/state`, state),
    campaigns: () => get('/v1/campaigns'),
    campaign: (campaignId) => get(`/v1/campaigns/${part(campaignId)}`),
    dialLevel: (campaignId) => get(`/v1/campaigns/${part(campaignId)}/dial-level`),
    optOut: (request) => send('POST', '/v1/opt-outs', request),
    feed: (given = {}) => followFeed(transport, given),
  };
}

const part = encodeURIComponent;

const named = <T extends { readonly call_id?: string | null }>(request: T): T =>
  request.call_id == null ? { ...request, call_id: crypto.randomUUID() } : request;

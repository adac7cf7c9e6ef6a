/** The demo speaks to the sidecar as any dialer would: over HTTP. */
import type { World } from './world.ts';

export interface Reason {
  readonly code: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly call_id: string;
  readonly verdict: 'permit' | 'veto';
  readonly reasons?: readonly Reason[];
  readonly placement: string;
}

export interface Entry {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface History {
  readonly state: string;
  readonly entries: readonly Entry[];
}

export interface CampaignView {
  readonly id: string;
  readonly in_flight: number;
  readonly agents: Readonly<Record<'ready' | 'promised' | 'busy' | 'paused', number>>;
}

export async function request<T>(world: World, method: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${world.sidecar.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export const originate = (
  world: World,
  number: string,
  campaign: string,
  more: object = {},
): Promise<Answer> => request(world, 'POST', '/v1/originations', { number, campaign, ...more });

export const setAgent = (world: World, agent: string, state: string): Promise<unknown> =>
  request(world, 'PUT', `/v1/agents/${agent}/state`, { state });

export const history = (world: World, callId: string): Promise<History> =>
  request(world, 'GET', `/v1/calls/${callId}`);

export const campaign = (world: World, id: string): Promise<CampaignView> =>
  request(world, 'GET', `/v1/campaigns/${id}`);

export const consent = (
  world: World,
  number: string,
  seller: string,
  kind: 'written' | 'express',
): Promise<unknown> =>
  request(world, 'POST', '/v1/consents', {
    consent_id: `demo-${seller}-${number.slice(1)}`,
    number,
    seller,
    kind,
    given_at: '2026-11-20T16:30:00Z',
    disclosure_text:
      'I agree that the seller named above may call me at this number with an autodialer or a recorded voice. Not a condition of purchase.',
    act: 'checked the box and pressed Send',
    signature: 'typed name on the form',
    source: 'https://example.com/quote-form',
    not_condition_of_purchase: true,
  });

/** A dialer and a supervisor for tests: they speak HTTP to a running sidecar. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './wait.ts';

export interface Answer {
  readonly call_id: string;
  readonly verdict: 'permit' | 'veto';
  readonly reasons: readonly { readonly code: string; readonly detail: Readonly<Record<string, unknown>> }[];
  readonly placement: string;
  readonly problem: string | null;
}

export interface Entry {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CampaignView {
  readonly in_flight: number;
  readonly drop_rate: { readonly rebuilt: boolean };
  readonly agents: Readonly<Record<'ready' | 'promised' | 'busy' | 'paused', number>>;
}

/** Its agents belong to a place in the dialplan, so that they come and go at a word. */
export const CAMPAIGN = 'faults';
/** Its agent, 3001, has to call in. */
export const TALKS = 'talks';
export const SELLER = 'sunrise';
/** Agents 2001 to 2030 belong to the campaign. */
export const agentIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => String(2001 + index));

export type Client = ReturnType<typeof clientOf>;

/** `url` is asked each time: the process behind it may be another one by then. */
export function clientOf(url: () => string) {
  async function request<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${url()}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
  const entries = (kinds: string): Promise<readonly Entry[]> =>
    request<{ readonly entries: readonly Entry[] }>('GET', `/v1/entries?kinds=${kinds}&limit=1000`).then(
      (page) => page.entries,
    );
  const client = {
    request,
    entries,
    originate: (number: string, more: object = {}) =>
      request<Answer>('POST', '/v1/originations', { number, campaign: CAMPAIGN, ...more }),
    decide: (number: string) => request<Answer>('POST', '/v1/decisions', { number, campaign: CAMPAIGN }),
    campaign: (id = CAMPAIGN) => request<CampaignView>('GET', `/v1/campaigns/${id}`),
    history: (callId: string) =>
      request<{ readonly state: string; readonly entries: readonly Entry[] }>('GET', `/v1/calls/${callId}`),
    readiness: async () => {
      const answer = await fetch(`${url()}/readyz`);
      return {
        status: answer.status,
        ...((await answer.json()) as { readonly ready: boolean; readonly problems: readonly string[] }),
      };
    },
    async agents(ids: readonly string[], state: string): Promise<void> {
      for (const id of ids) await request('PUT', `/v1/agents/${id}/state`, { state });
    },
    consent: (number: string) =>
      request('POST', '/v1/consents', {
        consent_id: `test-${number.replace(/^\+/, '')}`,
        number,
        seller: SELLER,
        kind: 'written',
        given_at: '2026-11-20T16:30:00Z',
        disclosure_text: 'I agree that the seller named above may call me with an autodialer.',
        act: 'checked the box and pressed Send',
        signature: 'typed name on the form',
        source: 'https://example.com/form',
        not_condition_of_purchase: true,
      }),
    /** The outcomes in the ledger, once the call has one; a moment later, so that a second one would be seen. */
    async outcomes(callId: string, withinMs = 20_000): Promise<readonly string[]> {
      await until(`result of ${callId}`, async () => (await client.results(callId)).length > 0, withinMs);
      await sleep(100);
      return (await client.results(callId)).map((entry) => String(entry.body['outcome']));
    },
    async results(callId: string): Promise<readonly Entry[]> {
      const { entries: found } = await client.history(callId).catch(() => ({ entries: [] as const }));
      return found.filter((entry) => entry.kind === 'call_result');
    },
    /** For a permit: what a busy machine could not look up in time is asked again, as a dialer may. */
    async originatePatiently(number: string, more: object = {}): Promise<Answer> {
      let answer = await client.originate(number, more);
      for (let again = 0; again < 8 && codes(answer).includes('fact_unavailable'); again += 1) {
        await sleep(250);
        answer = await client.originate(number, more);
      }
      return answer;
    },
    /** Permitted and placed, or the test is over. */
    async place(number: string, campaign = CAMPAIGN): Promise<string> {
      const answer = await client.originatePatiently(number, { campaign });
      if (answer.placement !== 'placed') throw new Error(`${number}: ${JSON.stringify(answer)}`);
      return answer.call_id;
    },
  };
  return client;
}
export const codes = (answer: Answer): readonly string[] => answer.reasons.map((reason) => reason.code);

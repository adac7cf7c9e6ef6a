/** A running sidecar on its own PostgreSQL, texts over HTTP: a CRM brings the consent, the person confirms, is texted, and stops calls and texts. */
import { createHmac } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentIds, CAMPAIGN, SELLER } from '../support/serve-client.ts';
import { CAMPAIGNS, openServeWorld, type ServeWorld } from '../support/serve-world.ts';

const PERSON = '+13035550131';
const SENDER = '+13035550101';
const SECRET = 'a secret of forty characters for the test';
const WEBHOOK = `
webhooks:
  - source: crm
    id: /id
    kind: /type
    kinds: [{ value: agreed, means: text_consent }]
    seller: ${SELLER}
    fields:
      - { column: number, pointer: /contact/phone }
      - { column: kind, pointer: /form/kind }
      - { column: given_at, pointer: /form/at }
      - { column: disclosure_text, pointer: /form/text }
      - { column: act, pointer: /form/act }
      - { column: signature, pointer: /form/name }
      - { column: source, pointer: /form/page }
      - { column: not_condition_of_purchase, pointer: /form/free }
  - source: crm-stops
    id: /id
    kind: /type
    kinds: [{ value: gone, means: opt_out }]
    seller: ${SELLER}
    fields: [{ column: number, pointer: /contact/phone }]
`;

/** Of every world. */
const STARTS_AT = Date.parse('2026-11-23T18:00:00Z');
let openedAt = 0;
let world: ServeWorld;
beforeAll(async () => {
  openedAt = Date.now();
  const texts = `texts:\n  senders: ['${SENDER}']\n  max: 2\n`;
  world = await openServeWorld(
    { BREAKWATER_WEBHOOK_SECRET_CRM: SECRET, BREAKWATER_WEBHOOK_SECRET_CRM_STOPS: SECRET },
    { ...CAMPAIGNS, [CAMPAIGN]: `${CAMPAIGNS[CAMPAIGN]}\n${texts}` },
  );
  await appendFile(join(world.configDirectory, 'breakwater.yaml'), WEBHOOK);
  await world.start().listening();
  await world.client.agents(agentIds(3), 'ready');
  await world.client.consent(PERSON);
});
afterAll(() => world.close());

interface Text {
  readonly verdict: string;
  readonly headline: string | null;
  readonly text: string | null;
}
const ask = (more: object = {}): Promise<Text> =>
  world.client.request('POST', '/v1/messages/decisions', {
    ...{ number: PERSON, campaign: CAMPAIGN, text: 'Roofs are cheap today.' },
    ...more,
  });

interface Taken {
  readonly meaning: string;
  readonly replies: readonly { readonly text: string }[];
}
const says = (body: string): Promise<Taken> =>
  world.client.request('POST', '/v1/messages/inbound', {
    ...{ from: PERSON, to: SENDER, body, message_id: `m-${body}` },
    // Not said when: it counts from now.
    received_at: null,
  });

async function event(
  document: object,
  secret = SECRET,
  source = 'crm',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = JSON.stringify(document);
  // The sidecar's clock goes on from its world's first instant.
  const t = Math.floor((STARTS_AT + Date.now() - openedAt) / 1_000);
  const v1 = createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
  const answer = await fetch(`${world.sidecar().url}/v1/webhooks/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'breakwater-signature': `t=${t},v1=${v1}` },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const FORM = {
  kind: 'written',
  at: '2026-11-20T16:30:00Z',
  text: 'I agree to receive marketing text messages.',
  act: 'checked the box',
  name: 'typed name',
  page: 'https://example.com/form',
  free: true,
};

test('from the form to the stop, over a kill of the sidecar', async () => {
  expect(await ask()).toMatchObject({ verdict: 'veto', headline: 'consent_missing', text: null });
  const agreed = { id: 'e-1', type: 'agreed', contact: { phone: PERSON }, form: FORM };
  expect(await event(agreed, 'another secret, as long as the true one')).toMatchObject({ status: 401 });
  expect(await event({ ...agreed, form: { ...FORM, at: 'yesterday' } })).toMatchObject({
    status: 422,
    body: { field: '/form/at', value: 'yesterday' },
  });
  expect(await event(agreed)).toMatchObject({
    status: 201,
    body: { entry: { kind: 'text_consent_recorded' } },
  });
  expect(await event(agreed)).toMatchObject({ status: 200 });
  expect(await ask()).toMatchObject({ headline: 'consent_pending' });
  expect(await ask({ purpose: 'opt_in_request', text: null })).toMatchObject({ verdict: 'permit' });

  await world.sidecar().kill();
  await world.start().listening();
  await world.client.agents(agentIds(3), 'ready');

  expect(await ask({ purpose: 'opt_in_request', text: null })).toMatchObject({
    verdict: 'veto',
    headline: 'opt_in_already_requested',
  });
  expect(await says('YES')).toMatchObject({ meaning: 'confirmation' });
  expect(await ask()).toMatchObject({ verdict: 'permit', text: 'Roofs are cheap today.' });
  expect(await ask()).toMatchObject({ headline: 'too_many_attempts' });
  expect(await world.client.originatePatiently(PERSON, { place: false })).toMatchObject({
    verdict: 'permit',
  });
  const stopped = await says('STOP');
  expect(stopped).toMatchObject({ meaning: 'revocation', replies: [{ purpose: 'opt_out_confirmation' }] });
  expect(await ask()).toMatchObject({ headline: 'on_internal_list' });
  const [reason] = (await world.client.decide(PERSON)).reasons;
  expect(reason?.code).toBe('on_internal_list');
  const kinds = (await world.client.entries('message_decision,opt_out,text_consent_confirmed')).map(
    ({ kind }) => kind,
  );
  expect(kinds.filter((kind) => kind === 'opt_out')).toHaveLength(1);
  expect(kinds).toContain('text_consent_confirmed');
});

test('an opt-out that the CRM tells vetoes texts and calls', async () => {
  const number = '+13035550132';
  await world.client.consent(number);
  expect(
    await event({ id: 'e-9', type: 'gone', contact: { phone: number } }, SECRET, 'crm-stops'),
  ).toMatchObject({ status: 201 });
  expect(await ask({ number })).toMatchObject({ headline: 'on_internal_list' });
  expect((await world.client.decide(number)).reasons[0]?.code).toBe('on_internal_list');
});

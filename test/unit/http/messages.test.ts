/** The doors of text messages as JSON: what is asked, what is answered, and how bad input is told. */
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildServer } from '../../../src/http/server.ts';
import { FakeOperations, fakeCampaign } from '../../support/fake-operations.ts';
import { openTextWorld, PERSON, SENDER, TEXTING, TEXTS, type TextWorld } from '../../support/text-world.ts';

let world: TextWorld;
let server: FastifyInstance;
beforeEach(() => {
  world = openTextWorld();
  const operations = Object.assign(new FakeOperations(), {
    messages: world.messages,
    now: () => world.now(),
  });
  server = buildServer(operations, {
    host: '127.0.0.1',
    tokens: [],
    version: '0',
    requestsPerSecondMax: 1_000_000,
  });
});
afterEach(() => server.close());

async function post(url: string, payload: object) {
  const response = await server.inject({ method: 'POST', url, payload });
  return { status: response.statusCode, body: JSON.parse(response.body) as Record<string, unknown> };
}

const CONSENT = {
  consent_id: 'texts-1',
  number: PERSON,
  seller: TEXTING.seller.id,
  kind: 'written',
  given_at: '2026-11-20T12:00:00Z',
  disclosure_text: 'I agree to receive marketing text messages.',
  act: 'checked the box',
  signature: 'typed name',
  source: 'https://example.com/quote',
  not_condition_of_purchase: true,
};
const ask = (more: object = {}) =>
  post('/v1/messages/decisions', { number: PERSON, campaign: TEXTING.id, text: 'Cheap panels', ...more });
const inbound = (body: string, more: object = {}) =>
  post('/v1/messages/inbound', {
    ...{ from: PERSON, to: SENDER, body, received_at: '2026-11-24T18:00:00Z', message_id: `m ${body}` },
    ...more,
  });

test('from the consent to the stop', async () => {
  expect(await ask()).toMatchObject({
    status: 200,
    body: { verdict: 'veto', headline: 'consent_missing', text: null, valid_until: null },
  });
  expect(await post('/v1/messages/consents', CONSENT)).toMatchObject({
    status: 201,
    body: { entry: { kind: 'text_consent_recorded' } },
  });
  expect(await post('/v1/messages/consents', CONSENT)).toMatchObject({ status: 200 });
  expect(await ask()).toMatchObject({ body: { headline: 'consent_pending' } });
  expect(await ask({ purpose: 'opt_in_request', text: null, message_id: 'ask-1' })).toMatchObject({
    status: 200,
    body: {
      message_id: 'ask-1',
      verdict: 'permit',
      purpose: 'opt_in_request',
      text: TEXTS.templates.optInRequest,
      sender: SENDER,
      number: PERSON,
      repeated: false,
    },
  });
  expect(await inbound('Yes')).toMatchObject({ status: 201, body: { meaning: 'confirmation', replies: [] } });
  expect(await ask()).toMatchObject({ body: { verdict: 'permit', text: 'Cheap panels', reasons: [] } });
  expect(await inbound('HELP')).toMatchObject({
    status: 201,
    body: { meaning: 'help', replies: [{ purpose: 'help', to: PERSON, sender: SENDER }] },
  });
  expect(await inbound('stop')).toMatchObject({
    status: 201,
    body: {
      meaning: 'revocation',
      word: 'stop',
      receipts: [{ recorded: 'written', entry: { kind: 'opt_out' } }],
      replies: [{ purpose: 'opt_out_confirmation', send_before: '2026-11-24T18:05:00.000Z' }],
    },
  });
  expect(await ask()).toMatchObject({ body: { verdict: 'veto', headline: 'on_internal_list' } });
  expect(await inbound('stop')).toMatchObject({ status: 200, body: { replies: [] } });
});

test('bad input names field, value and what was expected', async () => {
  expect(await ask({ campaign: 'no campaign' })).toMatchObject({ status: 400, body: { field: 'campaign' } });
  expect(await ask({ message_id: 'a b' })).toMatchObject({
    status: 400,
    body: { field: 'message_id', value: 'a b' },
  });
  expect(await ask({ purpose: 'chat' })).toMatchObject({
    status: 400,
    body: { field: 'purpose', value: 'chat' },
  });
  expect(await ask({ purpose: 'opt_in_request', text: 'Buy!' })).toMatchObject({
    status: 400,
    body: { field: 'text', value: 'Buy!' },
  });
  expect(await ask({ txt: 'x' })).toMatchObject({ status: 400 });
  expect(await post('/v1/messages/consents', { ...CONSENT, given_at: '2027-01-01T00:00:00Z' })).toMatchObject(
    {
      status: 400,
      body: { field: 'given_at', value: '2027-01-01T00:00:00.000Z' },
    },
  );
  expect(await post('/v1/messages/consents', { ...CONSENT, seller: 'nobody' })).toMatchObject({
    status: 400,
    body: { field: 'seller', value: 'nobody' },
  });
  expect(await inbound('STOP', { from: 'nobody' })).toMatchObject({ status: 400, body: { field: 'from' } });
  expect(await inbound('STOP', { to: '99999' })).toMatchObject({ status: 400, body: { field: 'to' } });
});

test('a wish with fields that cannot be used is taken all the same', async () => {
  expect(await inbound('STOP', { message_id: 7, colour: 'red', received_at: 'yesterday' })).toMatchObject({
    status: 201,
    body: { meaning: 'revocation' },
  });
});

test('a veto is an answer: a bad number, an unknown campaign', async () => {
  expect(await ask({ number: 'seven' })).toMatchObject({ status: 200, body: { headline: 'not_a_number' } });
  expect(await ask({ campaign: fakeCampaign('lunar').id })).toMatchObject({
    status: 200,
    body: { headline: 'campaign_unknown' },
  });
});

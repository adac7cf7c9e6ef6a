/** Texts from the consent to the STOP, over a ledger in memory: what is permitted, what is recorded, and what no order of events changes. */
import { describe, expect, test } from 'vitest';
import { InputProblem } from '../../../src/control/input-problem.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import {
  codes,
  openTextWorld,
  PERSON,
  SENDER,
  SHORT_CODE,
  TEXTING,
  TEXTS,
  type TextWorld,
} from '../../support/text-world.ts';

const verdict = async (world: TextWorld): Promise<readonly string[]> => codes((await world.text()).decision);

const entries = (world: TextWorld, kind: LedgerEntry['kind']): Promise<readonly LedgerEntry[]> =>
  world.sidecar.ledger.read({ kinds: [kind], limit: 100 });

describe('double opt-in', () => {
  test('nothing before the yes but one request, in the words of the campaign', async () => {
    const world = openTextWorld();
    expect(await verdict(world)).toContain('consent_missing');
    await world.agree();
    expect(await verdict(world)).toEqual(['consent_pending']);
    const asked = await world.text({ purpose: 'opt_in_request' });
    expect(asked).toMatchObject({ decision: { kind: 'permit' }, text: TEXTS.templates.optInRequest });
    const again = await world.text({ purpose: 'opt_in_request' });
    expect(codes(again.decision)).toContain('opt_in_already_requested');
    expect(again.text).toBeNull();
    expect(await verdict(world)).toContain('consent_pending');
    expect(await world.says('Yes!')).toMatchObject({ meaning: 'confirmation', word: 'yes', replies: [] });
    const sent = await world.text();
    expect(sent).toMatchObject({
      decision: { kind: 'permit' },
      text: 'Panels are cheap today. STOP to end.',
    });
    // The decision is in the ledger, with what it saw.
    const [last] = (await entries(world, 'message_decision')).slice(-1);
    expect(last?.body).toMatchObject({
      verdict: 'permit',
      number: PERSON,
      sender: SENDER,
      purpose: 'marketing',
    });
  });

  test('two requests at once are one, whichever answers first', async () => {
    const world = openTextWorld({ ...TEXTING, texts: { ...TEXTS, limit: { max: 3, perHours: 24 } } });
    await world.agree();
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((messageId) => world.text({ purpose: 'opt_in_request', messageId })),
    );
    expect(answers.filter(({ decision }) => decision.kind === 'permit')).toHaveLength(1);
    expect(await entries(world, 'opt_in_requested')).toHaveLength(1);
  });

  test('a yes that nobody has asked for confirms nothing and waits for a person', async () => {
    const world = openTextWorld();
    await world.agree();
    expect(await world.says('yes')).toMatchObject({ meaning: 'unclear' });
    expect(await entries(world, 'text_consent_confirmed')).toEqual([]);
    expect(await verdict(world)).toContain('request_unsettled');
  });

  test('a yes behind a stop confirms nothing, in whichever order they come', async () => {
    const world = openTextWorld();
    await world.agree();
    await world.text({ purpose: 'opt_in_request' });
    await world.says('STOP');
    expect(await world.says('YES')).toMatchObject({ meaning: 'unclear' });
    expect(await verdict(world)).toContain('on_internal_list');
    const other = openTextWorld();
    await other.optIn();
    await other.says('STOP');
    expect(await verdict(other)).toContain('on_internal_list');
  });

  test('said twice, or received twice, it is one confirmation', async () => {
    const world = openTextWorld();
    await world.optIn();
    expect(await world.says('YES', { id: 'again' })).toMatchObject({ meaning: 'confirmation' });
    expect(await entries(world, 'text_consent_confirmed')).toHaveLength(1);
    expect(await verdict(world)).toEqual(['permit']);
  });

  test('a new consent needs a confirmation of its own', async () => {
    const world = openTextWorld();
    await world.optIn();
    await world.agree({ consentId: 'texts-2', givenAt: world.now() });
    world.later(SECOND_MS);
    expect(await verdict(world)).toContain('consent_pending');
  });

  test('who brings words of his own for the request is refused', async () => {
    const world = openTextWorld();
    const asked = world.text({ purpose: 'opt_in_request', text: 'Buy now! YES?' });
    await expect(asked).rejects.toThrow(InputProblem);
  });
});

describe('one suppression for calls and texts', () => {
  test('a STOP vetoes the next call', async () => {
    const world = openTextWorld();
    await world.agreeToCalls();
    await world.optIn();
    expect(codes(await world.call())).toEqual(['permit']);
    await world.says('STOP');
    expect(codes(await world.call())).toContain('on_internal_list');
    expect(await verdict(world)).toContain('on_internal_list');
  });

  test('an opt-out in a call, and a revocation by any door, veto the next text', async () => {
    const world = openTextWorld();
    await world.optIn();
    expect(await verdict(world)).toEqual(['permit']);
    const { ledger } = world.sidecar;
    const requestedAt = new Date(world.now()).toISOString();
    const body = { number: PERSON, sellerId: TEXTING.seller.id, channel: 'key_press' };
    await ledger.append({ kind: 'opt_out', body: { ...body, requestedAt, callId: 'c-1' } });
    expect(await verdict(world)).toContain('on_internal_list');
    const other = openTextWorld();
    await other.optIn();
    await other.sidecar.ledger.append({ kind: 'consent_revoked', body: { ...body, revokedAt: requestedAt } });
    expect(await verdict(other)).toContain('consent_revoked');
  });

  test('a text that nobody can read stops both until somebody has settled it', async () => {
    const world = openTextWorld();
    await world.agreeToCalls();
    await world.optIn();
    expect(await world.says('please lose my number')).toMatchObject({ meaning: 'unclear', replies: [] });
    expect(await verdict(world)).toContain('request_unsettled');
    expect(codes(await world.call())).toContain('request_unsettled');
    const [open] = await world.people.unclearRequests(10);
    await world.people.settleRequest({
      requestId: open?.requestId ?? '',
      as: 'opt_out',
      who: 'Jo',
      why: 'clear',
    });
    expect(await verdict(world)).toContain('on_internal_list');
    expect(codes(await world.call())).toContain('on_internal_list');
  });

  test('a consent to calls lets nobody be texted, one to texts lets nobody be called', async () => {
    const world = openTextWorld();
    await world.agreeToCalls();
    expect(await verdict(world)).toContain('consent_not_for_texts');
    const other = openTextWorld();
    await other.optIn();
    expect(codes(await other.call())).toEqual(['consent_missing']);
  });

  test.each(['STOP', 'quit', 'END', 'revoke', 'opt out', 'Opt-Out!', 'cancel', 'unsubscribe', 'alto'])(
    '%s is a stop',
    async (word) => {
      const world = openTextWorld();
      await world.optIn();
      expect(await world.says(word)).toMatchObject({ meaning: 'revocation' });
      expect(await verdict(world)).toContain('on_internal_list');
    },
  );

  test('the same stop again after a new consent to texts is a new one', async () => {
    const world = openTextWorld();
    const event = (): Promise<unknown> =>
      world.people.receiveEvent(
        { id: 'e-1', type: 'withdrawn', phone: PERSON },
        {
          source: 'crm',
          id: '/id',
          kind: '/type',
          kinds: [{ value: 'withdrawn', means: 'revocation' }],
          seller: TEXTING.seller.id,
          sellerPointer: null,
          fields: [{ column: 'number', pointer: '/phone' }],
        },
      );
    await event();
    world.later(HOUR_MS);
    await world.agree({ givenAt: world.now() });
    world.later(HOUR_MS);
    await world.text({ purpose: 'opt_in_request' });
    await world.says('YES');
    expect(await verdict(world)).toEqual(['permit']);
    await event();
    expect(await verdict(world)).toContain('consent_revoked');
  });
});

describe('the one confirmation of a stop', () => {
  test('is handed out once, names no offer, and must be sent within five minutes', async () => {
    const world = openTextWorld();
    await world.optIn();
    const stopped = await world.says('STOP', { id: 'm-1' });
    expect(stopped.replies).toMatchObject([
      {
        purpose: 'opt_out_confirmation',
        to: PERSON,
        sender: SENDER,
        text: TEXTS.templates.optOutConfirmation,
      },
    ]);
    expect(stopped.replies[0]?.sendBefore).toBe(world.now() + 5 * MINUTE_MS);
    expect(await world.says('STOP', { id: 'm-1' })).toMatchObject({ meaning: 'revocation', replies: [] });
    expect(await world.says('stop please', { id: 'm-2' })).toMatchObject({ replies: [] });
  });

  test('is not made when the gateway tells too late, nor from where nobody texts', async () => {
    const world = openTextWorld();
    await world.optIn();
    const receivedAt = world.now();
    world.later(5 * MINUTE_MS);
    const late = await world.messages.receive({
      ...{ from: PERSON, to: SENDER, text: 'STOP', receivedAt, messageId: 'm-1', seller: null, adjusted: [] },
    });
    expect(late).toMatchObject({ meaning: 'revocation', replies: [] });
    // No permit is on record for what is not sent.
    const decided = await entries(world, 'message_decision');
    expect(decided.filter(({ body }) => body['purpose'] === 'opt_out_confirmation')).toEqual([]);
    const other = openTextWorld();
    expect(await other.says('STOP', { to: TEXTING.seller.callbackNumber })).toMatchObject({
      meaning: 'revocation',
      replies: [],
    });
  });

  test('is not made of a stop that another door has taken already', async () => {
    const world = openTextWorld();
    const stop = { from: PERSON, to: SENDER, text: 'STOP', receivedAt: world.now(), messageId: 'm-1' };
    await world.people.receiveText({ ...stop, seller: null, adjusted: [] });
    expect(await world.says('STOP', { id: 'm-1' })).toMatchObject({ meaning: 'revocation', replies: [] });
  });

  test('a short code is a sender like a number', async () => {
    const world = openTextWorld();
    expect(await world.says('STOP', { to: SHORT_CODE })).toMatchObject({
      meaning: 'revocation',
      replies: [{ sender: SHORT_CODE }],
    });
    expect(await verdict(world)).toContain('on_internal_list');
    await expect(world.says('STOP', { to: '99999' })).rejects.toThrow(InputProblem);
    expect(await entries(world, 'text_unmatched')).toHaveLength(1);
  });
});

describe('HELP', () => {
  test('is answered once a day, holds nothing, and is no contact of ours', async () => {
    const world = openTextWorld({ ...TEXTING, texts: { ...TEXTS, limit: { max: 1, perHours: 24 } } });
    await world.agree();
    expect(await world.says('help?')).toMatchObject({
      meaning: 'help',
      replies: [{ purpose: 'help', text: TEXTS.templates.help }],
    });
    expect(await world.says('HELP')).toMatchObject({ meaning: 'help', replies: [] });
    expect(codes((await world.text({ purpose: 'opt_in_request' })).decision)).toEqual(['permit']);
    world.later(24 * HOUR_MS);
    expect((await world.says('HELP')).replies).toHaveLength(1);
  });

  test('of a stopped number is not', async () => {
    const world = openTextWorld();
    await world.says('STOP');
    expect(await world.says('HELP')).toMatchObject({ meaning: 'help', replies: [] });
  });
});

describe('limits', () => {
  test('of two texts at once the limit lets exactly one more through', async () => {
    const world = openTextWorld({ ...TEXTING, texts: { ...TEXTS, limit: { max: 2, perHours: 24 } } });
    await world.optIn(); // the request is the first
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((messageId) => world.text({ messageId })));
    expect(answers.filter(({ decision }) => decision.kind === 'permit')).toHaveLength(1);
    // Those that were permitted and vetoed behind the entry are withdrawn, and count for nothing later.
    world.later(23 * HOUR_MS + 58 * MINUTE_MS);
    expect(await verdict(world)).toContain('too_many_attempts');
    world.later(3 * MINUTE_MS);
    expect(await verdict(world)).toEqual(['permit']);
  });

  test('calls count where places cap contacts, and texts do', async () => {
    const texts = { ...TEXTS, limit: { max: 3, perHours: 24 } };
    const world = openTextWorld({ ...TEXTING, attempts: { max: 3, perHours: 24 }, texts });
    await world.agreeToCalls();
    await world.optIn();
    expect(await verdict(world)).toEqual(['permit']);
    // The request, one text and one call: three contacts, which is the cap on them.
    expect(codes(await world.call())).toEqual(['permit']);
    expect(await verdict(world)).toEqual(['too_many_attempts']);
    expect(codes(await world.call())).toContain('too_many_attempts');
  });
});

describe('a text and a call at once, one contact before the cap', () => {
  test.each([
    ['text', 'permit', 'too_many_attempts'],
    ['call', 'too_many_attempts', 'permit'],
  ])('the entry of the %s stands first, and it alone is permitted', async (first, ofText, ofCall) => {
    const texts = { ...TEXTS, limit: { max: 3, perHours: 24 } };
    const world = openTextWorld({ ...TEXTING, attempts: { max: 3, perHours: 24 }, texts });
    await world.agreeToCalls();
    await world.optIn();
    expect(await verdict(world)).toEqual(['permit']);
    const { ledger } = world.sidecar;
    const append = ledger.append.bind(ledger);
    const told: (readonly string[])[] = [];
    ledger.append = async (draft) => {
      if (draft.kind !== 'decision') return append(draft);
      ledger.append = append;
      // The call has looked at all that stood before, and has not looked again.
      if (first === 'text') told.push(await verdict(world));
      const receipt = await append(draft);
      if (first === 'call') told.push(await verdict(world));
      return receipt;
    };
    expect(codes(await world.call())).toContain(ofCall);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(ofText);
  });
});

describe('asked again with the same message id', () => {
  test('the first decision stands as long as its permit', async () => {
    const world = openTextWorld();
    await world.optIn();
    expect(await world.text({ messageId: 'm-1' })).toMatchObject({
      decision: { kind: 'permit' },
      repeated: false,
    });
    expect(await world.text({ messageId: 'm-1' })).toMatchObject({
      decision: { kind: 'permit' },
      repeated: true,
    });
    const other = await world.text({ messageId: 'm-1', text: 'another one' });
    expect(other.decision).toMatchObject({
      reasons: [{ code: 'fact_unavailable', detail: { fact: 'message_id' } }],
    });
    world.later(MINUTE_MS);
    expect(codes((await world.text({ messageId: 'm-1' })).decision)).toEqual(['fact_unavailable']);
  });

  test('its permit ends when the one on record does', async () => {
    const world = openTextWorld();
    await world.optIn();
    const first = await world.text({ messageId: 'm-1' });
    world.later(SECOND_MS);
    const again = await world.text({ messageId: 'm-1' });
    expect(again.repeated).toBe(true);
    expect(first.decision.kind).toBe('permit');
    expect([again.decision, again.decidedAt]).toEqual([first.decision, first.decidedAt]);
    const [recorded] = (await entries(world, 'message_decision')).slice(-1);
    expect(recorded?.body).toMatchObject({
      messageId: 'm-1',
      decision: { validUntil: first.decision.kind === 'permit' ? first.decision.validUntil : null },
    });
  });

  test('a stop in between binds it', async () => {
    const world = openTextWorld();
    await world.optIn();
    await world.text({ messageId: 'm-1' });
    await world.says('STOP');
    const again = await world.text({ messageId: 'm-1' });
    expect(codes(again.decision)).toContain('on_internal_list');
    expect(again.text).toBeNull();
    // It was permitted and may be on its way: nothing is withdrawn.
    expect(await entries(world, 'message_withdrawn')).toEqual([]);
  });

  test('what was sent counts as sent, also when it is asked again and vetoed', async () => {
    const world = openTextWorld({ ...TEXTING, texts: { ...TEXTS, limit: { max: 2, perHours: 24 } } });
    await world.optIn(); // the request is the first
    expect(codes((await world.text({ messageId: 'm-1' })).decision)).toEqual(['permit']);
    const { ledger } = world.sidecar;
    const read = ledger.read.bind(ledger);
    // Only the look behind the entry asks for what stood before it.
    ledger.read = (query) =>
      query.beforeId === undefined ? read(query) : Promise.reject(new LedgerUnavailable('the store is slow'));
    const again = await world.text({ messageId: 'm-1' });
    expect(codes(again.decision)).toContain('fact_unavailable');
    ledger.read = read;
    expect(await verdict(world)).toContain('too_many_attempts');
  });
});

test('a stop that becomes durable between the facts and the entry binds the text', async () => {
  const world = openTextWorld();
  await world.optIn();
  const { ledger } = world.sidecar;
  const append = ledger.append.bind(ledger);
  let isFirst = true;
  ledger.append = async (draft) => {
    if (draft.kind === 'message_decision' && isFirst) {
      isFirst = false;
      await world.says('STOP');
    }
    return append(draft);
  };
  const answer = await world.text();
  expect(codes(answer.decision)).toContain('on_internal_list');
  expect(await entries(world, 'message_withdrawn')).toHaveLength(1);
});

test('a stop that becomes durable between the facts and the entry of an answer to HELP binds the answer', async () => {
  const world = openTextWorld();
  await world.optIn();
  const { ledger } = world.sidecar;
  const append = ledger.append.bind(ledger);
  let isFirst = true;
  ledger.append = async (draft) => {
    if (draft.kind === 'message_decision' && isFirst) {
      isFirst = false;
      // The confirmation of the stop itself is still made: it is no answer to HELP.
      expect((await world.says('STOP')).replies).toHaveLength(1);
    }
    return append(draft);
  };
  expect(await world.says('HELP')).toMatchObject({ meaning: 'help', replies: [] });
  const decided = await entries(world, 'message_decision');
  expect(decided.filter(({ body }) => body['purpose'] === 'help')).toHaveLength(1);
});

test('what cannot be recorded is not sent', async () => {
  const world = openTextWorld();
  await world.optIn();
  const { ledger } = world.sidecar;
  ledger.append = () => Promise.reject(new LedgerUnavailable('the store is away'));
  expect(codes((await world.text()).decision)).toEqual(['ledger_unavailable']);
  ledger.read = () => Promise.reject(new LedgerUnavailable('the store is away'));
  expect(codes((await world.text()).decision)).toContain('fact_unavailable');
});

test('a number with more entries than can be looked through is not texted', async () => {
  const world = openTextWorld();
  await world.optIn();
  const body = {
    messageId: 'm',
    campaignId: TEXTING.id,
    number: PERSON,
    purpose: 'marketing',
    verdict: 'veto',
  };
  for (let index = 0; index < 1_000; index += 1)
    await world.sidecar.ledger.append({ kind: 'message_decision', body });
  expect(codes((await world.text()).decision)).toContain('fact_unavailable');
});

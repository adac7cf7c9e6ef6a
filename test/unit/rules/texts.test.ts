/** What bars a text and what does not: the rules on calls on a consent of its own, and the rules that only texts have. */
import { describe, expect, test } from 'vitest';
import type { Campaign } from '../../../src/domain/campaign.ts';
import type { ConsentRecord } from '../../../src/domain/consent.ts';
import type { Decision } from '../../../src/domain/decision.ts';
import { type Fact, known, unknown } from '../../../src/domain/facts.ts';
import type { CallId } from '../../../src/domain/ids.ts';
import type { TextHistory, TextRequest } from '../../../src/domain/text-message.ts';
import { evaluateReply, evaluateText } from '../../../src/rules/index.ts';
import { namesTexts } from '../../../src/rules/texts/text-consent.ts';
import { AT, at, type Case, factsOf, policyOf, requestOf } from '../../support/rules-world.ts';
import { codes, TEXTS } from '../../support/text-world.ts';

const RECORD: ConsentRecord = {
  ...recordOf({}),
  consentId: 'texts-1',
  disclosureText: 'I agree to receive marketing texts of Sunrise Solar.',
};

function recordOf(given: Case): ConsentRecord {
  const { consent } = factsOf(given);
  if (!consent.known || consent.value.newest === null) throw new Error('the world has no consent');
  return consent.value.newest;
}

interface Differs {
  readonly given?: Case;
  readonly request?: Partial<TextRequest>;
  readonly history?: Partial<TextHistory>;
  readonly unknownHistory?: true;
  readonly texts?: Partial<Campaign['texts']> | null;
}

const HISTORY: TextHistory = {
  newest: RECORD,
  confirmedAt: at('2026-01-01T00:00:00Z'),
  otherSellers: [],
  optIn: { messageId: 'asked', requestedAt: at('2025-12-31T18:00:00Z') },
  texts: 0,
  contacts: 0,
  contactHours: 24,
};

function worldOf({ given = {}, request = {}, history = {}, unknownHistory, texts = {} }: Differs) {
  const whole: Case = {
    ...given,
    campaign: { ...given.campaign, ...(texts === null ? {} : { texts: { ...TEXTS, ...texts } }) },
  };
  const record = { ...RECORD, number: requestOf(whole).number ?? RECORD.number };
  const found: Fact<TextHistory> =
    unknownHistory === true
      ? unknown('no answer within 200 ms')
      : known({ ...HISTORY, newest: record, ...history });
  const text: TextRequest = {
    messageId: 'm-1' as CallId,
    purpose: 'marketing',
    sender: TEXTS.senders[0] ?? '',
    text: 'Panels are cheap today.',
    call: requestOf(whole),
    ...request,
  };
  return { text, facts: factsOf(whole), found, policy: policyOf(whole) };
}

function judge(differs: Differs = {}): Decision {
  const { text, facts, found, policy } = worldOf(differs);
  return evaluateText(text, facts, found, policy);
}

const ASK: Differs = {
  request: { purpose: 'opt_in_request', text: TEXTS.templates.optInRequest },
  history: { confirmedAt: null, optIn: null },
};

test('a confirmed consent to texts at noon is a permit', () => {
  expect(judge()).toMatchObject({ kind: 'permit' });
});

const BARS: readonly (readonly [string, Differs, readonly string[]])[] = [
  [
    'a consent to calls is none to texts',
    { history: { newest: null, confirmedAt: null, optIn: null } },
    ['consent_missing', 'consent_not_for_texts'],
  ],
  [
    'no consent at all',
    { given: { facts: { consent: null } }, history: { newest: null, confirmedAt: null } },
    ['consent_missing'],
  ],
  [
    'a consent that names other sellers',
    { given: { facts: { consent: null } }, history: { newest: null, otherSellers: ['moonlight' as never] } },
    ['consent_other_seller'],
  ],
  [
    'a disclosure that speaks of calls alone',
    { history: { newest: { ...RECORD, disclosureText: 'I agree to calls.' } } },
    ['consent_incomplete'],
  ],
  ['an oral consent', { history: { newest: { ...RECORD, kind: 'express' } } }, ['consent_incomplete']],
  ['not confirmed yet', { history: { confirmedAt: null } }, ['consent_pending']],
  [
    'confirmed before it was given',
    { history: { confirmedAt: at('2020-01-01T00:00:00Z') } },
    ['consent_pending'],
  ],
  [
    'expired',
    { history: { newest: { ...RECORD, expiresAt: at('2026-01-01T00:00:00Z') } } },
    ['consent_expired'],
  ],
  [
    'a STOP, or a key press in a call',
    { given: { facts: { requestedAt: '2026-11-01T00:00:00Z' } } },
    ['on_internal_list'],
  ],
  [
    'a revocation by any door',
    { given: { facts: { revokedAt: '2026-11-01T00:00:00Z' } } },
    ['consent_revoked'],
  ],
  [
    'a text that nobody has settled',
    { given: { facts: { unclearAt: '2026-11-20T12:00:00Z' } } },
    ['request_unsettled'],
  ],
  ['a litigator', { given: { facts: { listHits: ['litigator'] } } }, ['known_litigator']],
  ["the campaign's own list", { given: { facts: { listHits: ['campaign'] } } }, ['on_campaign_list']],
  ['no registry', { given: { facts: { listsWithout: ['national'] } } }, ['list_missing']],
  ['in the evening', { given: { at: '2026-11-25T04:10:00Z' } }, ['outside_calling_hours']],
  [
    'so late that it would arrive behind the close',
    { given: { at: '2026-11-25T03:50:00Z' }, texts: { deliverWithinSeconds: 3_600 } },
    ['outside_calling_hours'],
  ],
  ['the number changed hands', { given: { facts: { reassigned: { answer: 'yes' } } } }, ['reassigned']],
  ['as many texts as the campaign allows', { history: { texts: 2 } }, ['too_many_attempts']],
  ['as many calls and texts as the place allows', { history: { contacts: 9 } }, ['too_many_attempts']],
  ['counted over too short a time', { history: { contactHours: 1 } }, ['fact_unavailable']],
  ['a sender of somebody else', { request: { sender: '+13035550111' } }, ['texts_not_configured']],
  ['a text that says nothing', { request: { text: '  ' } }, ['texts_not_configured']],
  ['a campaign that sends no texts', { texts: null }, ['texts_not_configured']],
  ['a paused campaign', { given: { facts: { paused: true } } }, ['campaign_paused']],
  ['no campaign', { given: { facts: { campaignKnown: false } } }, ['campaign_unknown']],
  ['on the way down', { given: { facts: { draining: true } } }, ['draining']],
  ['no number', { given: { call: { number: 'seven' } } }, ['not_a_number']],
];

describe('vetoes', () => {
  test.each(BARS)('%s', (_name, differs, expected) => {
    const found = codes(judge(differs));
    for (const code of expected) expect(found).toContain(code);
  });

  test.each([
    'sidecar',
    'lists',
    'internalRequest',
    'unclearRequest',
    'consent',
    'relationship',
    'reassigned',
    'overrides',
    'emergencies',
  ])('what is not known of %s', (name) => {
    expect(codes(judge({ given: { facts: { unknown: [name] } } }))).toContain('fact_unavailable');
  });

  test('a history that is not known', () => {
    expect(codes(judge({ unknownHistory: true }))).toContain('fact_unavailable');
    expect(codes(judge({ ...ASK, unknownHistory: true }))).toContain('fact_unavailable');
  });
});

test('neither agents nor attestation nor a message for dropped calls are asked for', () => {
  const given: Case = {
    campaign: { machineDetection: { onMachine: 'message' } } as never,
    facts: { unknown: ['attestation', 'budget'], promptProblem: 'silent', attestation: null, loggedIn: 0 },
  };
  expect(judge({ given })).toMatchObject({ kind: 'permit' });
});

test('a confirmed written consent lifts the registry, as for calls; the request to confirm stands on the same record', () => {
  const given: Case = { facts: { listHits: ['national'] } };
  expect(judge({ given })).toMatchObject({ kind: 'permit', warnings: [{ code: 'listed_but_permitted' }] });
  expect(codes(judge({ given, history: { confirmedAt: null } }))).toContain('on_national_registry');
  expect(judge({ ...ASK, given })).toMatchObject({ kind: 'permit' });
});

describe('the one request to confirm', () => {
  test('is permitted once', () => {
    expect(judge(ASK)).toMatchObject({ kind: 'permit' });
    const again = { ...ASK, history: { confirmedAt: null } };
    expect(codes(judge(again))).toEqual(['opt_in_already_requested']);
    // The very request, looked at again.
    expect(judge({ ...again, request: { ...ASK.request, messageId: 'asked' as CallId } })).toMatchObject({
      kind: 'permit',
    });
  });

  test('is not sent behind a confirmation, without a consent, behind a revocation or at night', () => {
    expect(codes(judge({ ...ASK, history: { optIn: null } }))).toEqual(['opt_in_already_requested']);
    expect(codes(judge({ ...ASK, history: { newest: null, confirmedAt: null, optIn: null } }))).toContain(
      'consent_missing',
    );
    expect(codes(judge({ ...ASK, given: { facts: { revokedAt: '2026-11-01T00:00:00Z' } } }))).toContain(
      'consent_revoked',
    );
    expect(codes(judge({ ...ASK, given: { at: '2026-11-25T04:10:00Z' } }))).toContain(
      'outside_calling_hours',
    );
  });
});

describe('double opt-in switched off', () => {
  const off: Differs = { texts: { doubleOptIn: false }, history: { confirmedAt: null } };
  const accepted = (until = '2026-12-01T00:00:00Z'): Case => ({
    facts: { overrides: [{ what: 'text_double_opt_in', state: 'CO', until }] },
  });

  test('counts for nothing without a recorded risk acceptance', () => {
    expect(codes(judge(off))).toEqual(['consent_pending']);
    expect(codes(judge({ ...off, given: accepted('2026-11-01T00:00:00Z') }))).toEqual(['consent_pending']);
    expect(codes(judge({ ...off, given: { facts: { overrides: [{ what: 'drop_lockout' }] } } }))).toEqual([
      'consent_pending',
    ]);
  });

  test('with one every text shows who accepted the risk, and why', () => {
    const decision = judge({ ...off, given: accepted() });
    expect(decision).toMatchObject({
      kind: 'permit',
      warnings: [{ code: 'override_applied', detail: { what: 'text_double_opt_in', who: 'Jo Example' } }],
    });
    // The acceptance alone changes nothing where the setting stands.
    expect(codes(judge({ history: { confirmedAt: null }, given: accepted() }))).toEqual(['consent_pending']);
  });

  test('is needed in every place the person may be', () => {
    const given: Case = { ...accepted(), call: { lead: { state: 'TX' } } };
    expect(codes(judge({ ...off, given }))).toContain('consent_pending');
  });
});

test.each([
  ['I agree to receive marketing texts.', true],
  ['By clicking I consent to calls and SMS at the number above.', true],
  ['You may text or call me. Consent is not a condition of purchase.', true],
  ['I agree to calls.', false],
  ['I agree to calls. We will never send you a text.', false],
  ['The context of this page.', false],
])('%s names texts: %s', (text, named) => {
  expect(namesTexts(text)).toBe(named);
});

describe('an answer to HELP', () => {
  const reply = (given: Case, history: Partial<TextHistory> = {}): readonly string[] => {
    const { text, facts, found, policy } = worldOf({ given, history });
    return codes(evaluateReply(text.call, facts, found, policy));
  };

  test('goes to whoever asks, listed or not, at any hour', () => {
    const given: Case = { at: '2026-11-25T07:00:00Z', facts: { listHits: ['national'], consent: null } };
    expect(reply(given, { newest: null })).toEqual(['permit']);
  });

  test('but to nobody who has stopped us, and not while that is not known', () => {
    expect(reply({ facts: { requestedAt: AT } })).toEqual(['on_internal_list']);
    expect(reply({ facts: { revokedAt: '2026-11-01T00:00:00Z' } })).toEqual(['consent_revoked']);
    expect(reply({ facts: { unclearAt: '2026-11-01T00:00:00Z' } })).toEqual(['request_unsettled']);
    expect(reply({ facts: { unknown: ['internalRequest'] } })).toEqual(['fact_unavailable']);
  });
});

/** The engine: every reason, ranks, rules that fail, permits that end in time, and obligations with their numbers. */
import { describe, expect, test, vi } from 'vitest';
import { type Decision, type Reason, type ReasonCode, REASONS } from '../../../src/domain/decision.ts';
import type { MachineDetection } from '../../../src/domain/machine-detection.ts';
import { type Instant, instant } from '../../../src/domain/time.ts';
import { evaluate, RULES } from '../../../src/rules/index.ts';
import { type Finding, type Rule, veto } from '../../../src/rules/rule.ts';
import {
  at,
  AT,
  type Case,
  codesOf,
  decide,
  factsOf,
  policyOf,
  requestOf,
} from '../../support/rules-world.ts';

const run = (rules: readonly [Rule, ...Rule[]], given: Case = {}): Decision =>
  evaluate(rules, requestOf(given), factsOf(given), policyOf(given));

const rule = (id: string, check: () => readonly Finding[]): Rule => ({ id, basis: 'test', check });
const quiet = rule('quiet', () => []);

function reasons(decision: Decision): readonly Reason[] {
  if (decision.kind !== 'veto') throw new Error('expected a veto');
  return decision.reasons;
}

const oneRecord = { consent: null } as const;
const noConsent = { consent: { mode: 'none_required', basis: 'counsel opinion' } } as const;

const REGISTERED = {
  state: 'CO',
  number: 'TEST-CO-1',
  from: '2026-01-01',
  until: null,
  bond: null,
  source: 'made up',
} as const;

/** As long as Asterisk's own settings let it look. */
const SLOW_DETECTOR: MachineDetection = {
  by: 'asterisk',
  onMachine: 'hang_up',
  longestHumanTalkMs: 1_500,
  toneWithinMs: 1_000,
  longestMachineGreetingMs: 15_000,
  amd: {
    initialSilenceMs: 2_500,
    greetingMs: 1_500,
    afterGreetingSilenceMs: 800,
    totalAnalysisMs: 5_000,
    wordsMax: 3,
  },
  measured: { calls: 200, minutes: 30 },
};

/** Of texts alone: test/unit/rules/texts.test.ts. */
type OfTexts = 'consent_not_for_texts' | 'opt_in_already_requested' | 'texts_not_configured';

/** One case per reason of this room. Of another room: ledger_unavailable; rules_invalid has its own tests below. */
const CASES: Readonly<Record<Exclude<ReasonCode, OfTexts | 'ledger_unavailable' | 'rules_invalid'>, Case>> = {
  not_a_number: { call: { number: 'seven' } },
  emergency_line: { call: { number: '+13039110123' } },
  premium: { call: { number: '+19005550123' } },
  toll_free: { call: { number: '+18885550123' } },
  not_us_geographic: { call: { number: '+16045550123' } },
  area_code_unknown: { call: { number: '+12225550123' } },
  fictional_number: { rehearsal: false },
  place_not_modelled: { call: { number: '+16705550123' } },
  non_geographic: { call: { number: '+15005550123' } },
  on_internal_list: { facts: { requestedAt: '2026-01-01T00:00:00Z' } },
  consent_revoked: { facts: { revokedAt: '2026-01-01T00:00:00Z' } },
  on_campaign_list: { facts: { listHits: ['campaign'] } },
  known_litigator: { facts: { listHits: ['litigator'] } },
  on_state_list: { campaign: noConsent, facts: { ...oneRecord, listHits: ['state CO'] } },
  on_national_registry: { campaign: noConsent, facts: { ...oneRecord, listHits: ['national'] } },
  list_missing: { facts: { listsWithout: ['national'] } },
  area_code_not_covered: { facts: { listsNotCovering: ['national'] } },
  list_stale: { campaign: noConsent, facts: { ...oneRecord, listDates: { national: '2026-09-01' } } },
  reassigned: { facts: { reassigned: { answer: 'yes' } } },
  reassigned_not_checked: { call: { number: '+12075550123' }, facts: { reassigned: null } },
  consent_missing: { facts: oneRecord },
  consent_other_seller: { facts: { ...oneRecord, otherSellers: ['moonlight'] } },
  consent_incomplete: { facts: { consent: { act: '' } } },
  consent_pending: { facts: { consent: { givenAt: '2027-01-01T00:00:00Z' } } },
  consent_expired: { facts: { consent: { expiresAt: '2026-01-01T00:00:00Z' } } },
  relationship_missing: { campaign: { consent: { mode: 'relationship', basis: 'customers' } } },
  consent_other_topic: { campaign: { consent: { topicMatch: 'exact', topic: 'roof panels' } } },
  request_unsettled: { facts: { unclearAt: '2026-11-20T12:00:00Z' } },
  state_emergency: {
    call: { number: '+15045550123' },
    operator: {
      emergencies: [{ jurisdiction: 'LA', from: '2026-11-01', until: null, source: 'notice' }],
    } as never,
  },
  sunday: { call: { number: '+16015550123' }, at: '2026-11-22T18:00:00Z' },
  legal_holiday: { call: { number: '+15045550123' }, at: '2026-11-27T18:00:00Z' },
  outside_calling_hours: { at: '2026-11-25T05:00:00Z' },
  automatic_dialing_barred: { call: { number: '+12065550123', automated: true } },
  mobile_barred: { call: { number: '+16025550123' }, campaign: noConsent, facts: oneRecord },
  too_many_attempts: { facts: { placed: 9 } },
  drop_lockout: { facts: { droppedAt: '2026-11-24T10:00:00Z' } },
  seller_not_registered: { campaign: { seller: { registrations: [] } } },
  registration_expired: {
    campaign: { seller: { registrations: [{ ...REGISTERED, until: '2026-11-23' }] } },
  } as never,
  bond_too_low: {
    call: { number: '+14055550123', lead: { state: 'AL' } },
    campaign: {
      seller: {
        registrations: [
          { ...REGISTERED, state: 'OK' },
          { ...REGISTERED, state: 'AL', bond: null },
        ],
      },
    } as never,
  },
  caller_id_not_owned: { call: { callerId: '+13035550100' } },
  caller_id_not_callable: {
    campaign: {
      callerIds: [{ number: '+13035550199', proofOfRight: 'contract', takesDoNotCallRequests: false }],
    } as never,
  },
  attestation_unconfirmed: { facts: { attestation: null } },
  attestation_below_minimum: { facts: { attestation: { level: 'C' } } },
  caller_id_resting: { facts: { restsUntil: '2026-11-25T00:00:00Z' } },
  campaign_unknown: { facts: { campaignKnown: false } },
  campaign_paused: { facts: { paused: true } },
  campaign_not_started: { campaign: { startedOn: '2027-01-01' } },
  no_agent: { facts: { admission: 'no_agent' } },
  drop_budget_spent: { facts: { admission: 'drop_budget_spent' } },
  over_dialing_barred: { facts: { admission: 'over_dialing_barred' } },
  detector_too_slow: { campaign: { mode: 'predictive', machineDetection: SLOW_DETECTOR } },
  detector_measured_slow: {
    campaign: { mode: 'predictive', machineDetection: { ...SLOW_DETECTOR, by: 'own' } },
    facts: { measured: { calls: 40, deciding: { by: 'own', detectorMs: 700, togetherMs: 2_001 } } },
  },
  dial_level_reached: { facts: { admission: 'overdial', limit: { limit: 'pace', max: 4 } } },
  dial_limit_reached: { facts: { limit: { limit: 'calls_per_second', max: 2 } } },
  prompt_missing: { facts: { promptProblem: 'not 8 kHz' } },
  fact_unavailable: { facts: { unknown: ['budget'] } },
  draining: { facts: { draining: true } },
};

describe('every reason, in rank order', () => {
  const inRankOrder = Object.entries(CASES).toSorted(
    ([a], [b]) => REASONS[a as ReasonCode].rank - REASONS[b as ReasonCode].rank,
  );
  test('the table is written in rank order', () => {
    expect(Object.keys(CASES)).toEqual(inRankOrder.map(([code]) => code));
  });
  test.each(inRankOrder)('%s', (code, given) => {
    const found = reasons(decide(given)).find((reason) => reason.code === code);
    expect(found, JSON.stringify(decide(given))).toBeDefined();
    expect(found?.basis).not.toBe('');
    expect(found?.rule).not.toBe('');
    expect(Object.keys(found?.detail ?? {})).not.toHaveLength(0);
  });
  test('ranks are unique', () => {
    const ranks = Object.values(REASONS).map(({ rank }) => rank);
    expect(new Set(ranks).size).toBe(ranks.length);
  });
  test('reasons come out in rank order whatever the order of the rules', () => {
    const given: Case = {
      at: '2026-11-25T05:00:00Z',
      facts: { placed: 9, paused: true, requestedAt: '2026-01-01T00:00:00Z', unknown: ['budget'] },
    };
    const expected = [
      'on_internal_list',
      'outside_calling_hours',
      'too_many_attempts',
      'campaign_paused',
      'fact_unavailable',
    ];
    expect(codesOf(decide(given))).toEqual(expected);
    const [first, ...others] = RULES.toReversed();
    expect(codesOf(run([first!, ...others], given))).toEqual(expected);
  });
});

describe('a rule that fails is a veto', () => {
  test('it is named and the others still speak', () => {
    const broken = rule('broken', () => {
      throw new TypeError('no such field');
    });
    const found = reasons(run([broken, ...RULES], { facts: { paused: true } }));
    expect(found.map(({ code, rule: id }) => `${code} ${id}`)).toEqual([
      'campaign_paused campaign',
      'rules_invalid broken',
    ]);
    expect(found[1]?.detail).toEqual({ problem: 'no such field' });
  });
  test.each<[string, Rule]>([
    [
      'throws something that is no error',
      rule('odd', () => {
        throw 'text' as unknown as Error;
      }),
    ],
    ['answers with nothing', rule('odd', () => undefined as unknown as [])],
    [
      'answers with a code that is in no table',
      rule('odd', () => [veto('odd', 'made_up' as ReasonCode, 'x', {})]),
    ],
    [
      'answers with a code of the object prototype',
      rule('odd', () => [veto('odd', 'toString' as ReasonCode, 'x', {})]),
    ],
    ['answers with something else', rule('odd', () => [{ permit: true } as unknown as Finding])],
    ['ends the permit at no instant', rule('odd', () => [{ validUntil: Number.NaN as Instant }])],
  ])('a rule that %s', (_name, odd) => {
    expect(codesOf(run([odd, ...RULES]))).toEqual(['rules_invalid']);
  });
  test('a permit that would have ended already', () => {
    const late = rule('late', () => [{ validUntil: instant(at(AT) - 1) }]);
    expect(codesOf(run([late, ...RULES]))).toEqual(['rules_invalid']);
  });
  test('no rules at all', () => {
    expect(codesOf(evaluate([] as never, requestOf({}), factsOf({}), policyOf({})))).toEqual([
      'rules_invalid',
    ]);
  });
  test.each([
    ['no rules', [undefined, requestOf({}), factsOf({}), policyOf({})]],
    ['a hole in the rules', [[quiet, undefined], requestOf({}), factsOf({}), policyOf({})]],
    ['no request', [RULES, undefined, factsOf({}), policyOf({})]],
    ['no facts', [RULES, requestOf({}), undefined, policyOf({})]],
    ['no policy', [RULES, requestOf({}), factsOf({}), undefined]],
    ['an instant that is none', [RULES, requestOf({}), { ...factsOf({}), now: Number.NaN }, policyOf({})]],
    [
      'a guard band that is none',
      [RULES, requestOf({}), factsOf({}), { ...policyOf({}), clockGuardMs: Number.NaN }],
    ],
    [
      'a validity that is none',
      [RULES, requestOf({}), factsOf({}), { ...policyOf({}), permitValidMs: undefined }],
    ],
  ])('%s, from a caller that does not know types', (_name, given) => {
    const decision = (evaluate as (...all: unknown[]) => Decision)(...given);
    expect(decision.kind).toBe('veto');
  });
  test('it never throws and always asks every rule', () => {
    const checks = RULES.map((each) => ({ ...each, check: vi.fn(each.check.bind(each)) }));
    const [first, ...others] = checks;
    run([first!, ...others], { facts: { paused: true } });
    for (const each of checks) expect(each.check).toHaveBeenCalledTimes(1);
  });
});

describe('what a permit says', () => {
  const permitOf = (given: Case) => {
    const decision = decide(given);
    if (decision.kind !== 'permit') throw new Error(JSON.stringify(decision));
    return decision;
  };
  const until = (given: Case): string => new Date(permitOf(given).validUntil).toISOString();
  test('it ends after the policy says', () => expect(until({})).toBe('2026-11-24T18:00:30.000Z'));
  test('it ends with the last lawful start', () =>
    expect(until({ at: '2026-11-25T03:58:20Z' })).toBe('2026-11-25T03:58:30.000Z'));
  test('it ends with the last lawful start of the earliest place', () =>
    // 19:58:20 in Florida, 17:58:20 in Colorado
    expect(until({ call: { lead: { state: 'FL' } }, at: '2026-11-25T00:58:20Z' })).toBe(
      '2026-11-25T00:58:30.000Z',
    ));
  test('it ends with the consent', () =>
    expect(until({ facts: { consent: { expiresAt: '2026-11-24T18:00:05Z' } } })).toBe(
      '2026-11-24T18:00:05.000Z',
    ));
  test('it ends with the attestation', () => {
    expect(until({ facts: { attestation: { expiresAt: '2026-11-24T18:00:07Z' } } })).toBe(
      '2026-11-24T18:00:07.000Z',
    );
    expect(until({ facts: { attestation: { confirmedAt: '2026-11-23T18:00:09Z' } } })).toBe(
      '2026-11-24T18:00:09.000Z',
    );
  });
  test('obligations carry their numbers and paragraphs', () => {
    const given: Case = {
      call: { number: '+17875550123' },
      campaign: { ring: { atLeastSeconds: 5, atMostSeconds: 45 }, connectWithinMs: 5_000 },
    };
    expect(permitOf(given).obligations).toEqual([
      { kind: 'ring_at_least_s', seconds: 15, basis: '47 CFR 64.1200(a)(6); 16 CFR 310.4(b)(4)(ii)' },
      { kind: 'ring_at_most_s', seconds: 30, basis: '10 L.P.R.A. 4033' },
      { kind: 'connect_within_ms', ms: 2_000, basis: '47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)' },
      { kind: 'identify_within_s', seconds: 60, basis: '10 L.P.R.A. 4033' },
      {
        kind: 'say',
        text: 'Within the first minute: true purpose, true company name, goods or services',
        basis: 'law of Puerto Rico (PR)',
      },
      {
        kind: 'disclose_recording',
        basis: 'P.R. Const. art. II s. 10; Penal Code (article number disputed between sources)',
      },
    ]);
  });
  test('the shortest identification of all places binds', () => {
    const { obligations } = permitOf({ call: { number: '+17875550123', lead: { state: 'CT' } } });
    expect(obligations).toContainEqual({
      kind: 'identify_within_s',
      seconds: 10,
      basis: 'Conn. Gen. Stat. 42-288a',
    });
  });
  test('a veto for the hours says where, when and until when', () => {
    const [first] = reasons(decide({ at: '2026-11-24T14:00:00Z' }));
    expect(first).toMatchObject({
      code: 'outside_calling_hours',
      rule: 'calling_hours',
      detail: {
        state: 'CO',
        zone: 'America/Denver',
        because: 'area_code',
        local: '2026-11-24T07:00:00-07:00',
        weekday: 'tue',
        window: '08:00-21:00',
        first_start: '2026-11-24T15:01:00.000Z',
        last_start: '2026-11-25T03:58:30.000Z',
      },
    });
    expect(first?.basis).toContain('47 CFR 64.1200(c)(1)');
  });
  test('a veto for a list names the copy', () => {
    const [first] = reasons(decide({ facts: { listHits: ['litigator'] } }));
    expect(first?.detail).toMatchObject({ list: 'litigator', version: '7', obtained_on: '2026-11-21' });
  });
  test('a list without a date is a fault, not a fresh list', () => {
    expect(codesOf(decide({ facts: { listDates: { national: 'last week' } } }))).toEqual(['rules_invalid']);
  });
  test('a hit on a list that was not consulted is a veto', () => {
    expect(codesOf(decide({ facts: { listHits: ['mystery'] } }))).toEqual(['fact_unavailable']);
  });
  test('a campaign in a zone that is none is a veto, not a campaign that has started', () => {
    expect(codesOf(decide({ campaign: { zone: 'Mars/Olympus' } }))).toEqual(['rules_invalid']);
  });
});

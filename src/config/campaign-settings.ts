/**
 * Shape of `campaigns/*.yaml`. Bounds here only keep nonsense out; the bounds of the law come from the law data and are
 * held in `campaigns.ts`. Null where the law has a value takes the law's value.
 */
import type Type from 'typebox';
import { ATTESTATION_LEVELS, ATTESTATION_WAYS, ON_LOWER } from '../domain/attestation.ts';
import {
  CALLER_ID_CHOICES,
  CONNECT_AT,
  CONNECTED_BY,
  PACED_BY,
  PACING_MODES,
  TOPIC_MATCHES,
} from '../domain/campaign.ts';
import { CONSENT_MODES } from '../domain/consent.ts';
import { HOUSE_DEFAULTS } from './house-defaults.ts';
import { DETECTORS, ON_MACHINE } from '../domain/machine-detection.ts';
import { REFUSAL_POLICIES } from '../domain/recording.ts';
import {
  type DeepReadonly,
  decimal,
  flag,
  group,
  integer,
  lawfulInteger,
  limitOf,
  listOf,
  nullableText,
  oneOf,
  saidText,
  text,
} from './schema-parts.ts';
import { TEXTS_SCHEMA } from './text-settings.ts';
import { WHEN_LEDGER_AWAY } from './spool.ts';

const number = (means: string) =>
  text({ means, expected: 'a telephone number in quotes, like "+13035550100"' }, undefined, 40);

const alertBp = (notes: { readonly means: string }, share: string) =>
  lawfulInteger(1, 10_000, {
    ...notes,
    expected: `a whole number from 1 to 10000, or null for ${share} of the ceiling`,
  });

/** Counters remember calls and drops of a number this long (`ATTEMPTS_KEPT_HOURS`); a longer rule would silently not hold. */
const REMEMBERED_HOURS = 7 * 24;

export const CAMPAIGN_SCHEMA = group({
  id: text({ means: 'name of the campaign in requests, keys and files' }, undefined, 64),
  seller: group({
    id: text({ means: 'the business do-not-call requests and consent are given to' }, undefined, 64),
    name: text({ means: 'name as spoken to the called party' }, undefined, 100),
    callbackNumber: number('takes do-not-call requests in business hours'),
    registrations: listOf(
      group({
        state: text({ means: 'place it holds in', expected: 'a two-letter code' }, undefined, 2),
        number: text({ means: 'as the place issued it' }, undefined, 64),
        from: text({ means: 'first day', expected: 'a date like 2026-11-21' }, undefined, 10),
        until: text(
          { means: 'last day; never where it does not expire', expected: 'a date like 2027-11-20, or never' },
          undefined,
          10,
        ),
        bondUsd: integer(0, 100_000_000, { means: 'surety behind it in dollars; 0 is none' }, 0),
        bondUntil: nullableText(
          {
            means: 'last day of the bond; null as long as the registration',
            expected: 'a date like 2027-11-20, or null',
          },
          10,
        ),
        source: text({ means: 'where it can be looked up: certificate, register' }),
      }),
      {
        means: "the seller's registrations as a telemarketer; without one no calls where the law asks for it",
      },
    ),
  }),
  offer: text({ means: 'good or service; seller and offer are the unit the law counts in' }, undefined, 200),
  startedOn: text(
    { means: 'first day; the 30-day blocks start here', expected: 'a date like 2026-11-21' },
    undefined,
    10,
  ),
  zone: text(
    { means: "zone of the campaign's own day", expected: 'an IANA zone like America/Denver' },
    undefined,
    64,
  ),
  mode: oneOf(PACING_MODES, { means: 'how lines are opened' }, 'progressive'),
  consent: group({
    mode: oneOf(CONSENT_MODES, { means: 'consent a call must stand on' }, 'written'),
    basis: nullableText({ means: 'why no consent is required; needed for none_required' }),
    doubleOptIn: flag({ means: 'a consent counts only when the person has confirmed it' }, false),
    topicMatch: oneOf(
      TOPIC_MATCHES,
      { means: 'exact: a consent counts only when its topic is that of the campaign' },
      'off',
    ),
    topic: nullableText({ means: 'topic of the campaign; needed for topicMatch exact' }, 200),
  }),
  reassigned: group({
    check: oneOf(
      ['law', 'everywhere'],
      { means: 'where the reassigned-numbers database must have been asked' },
      'everywhere',
    ),
  }),
  callerIds: listOf(
    group({
      number: number('caller ID'),
      proofOfRight: saidText({ means: 'contract or other proof of the right to use it' }),
      takesDoNotCallRequests: flag({ means: 'calls back reach somebody who takes do-not-call requests' }),
      rest: group({
        blockedMin: integer(
          0,
          1_000,
          { means: 'it rests when networks have blocked so many of its last calls over the trunk; 0: never' },
          0,
        ),
        ofLast: integer(1, 1_000, { means: 'so many last calls are looked at' }, 100),
        hours: integer(1, 720, { means: 'it rests this long' }, 24),
      }),
    }),
    { means: 'inventory of caller IDs; the first one is the default' },
  ),
  callerIdChoice: oneOf(
    CALLER_ID_CHOICES,
    {
      means:
        'for a call that names no caller ID: the first, or the first that does not rest and is confirmed as the campaign demands',
    },
    'first',
  ),
  whenLedgerAway: WHEN_LEDGER_AWAY,
  endpoint: text(
    { means: 'dial string', expected: 'a dial string with {number} once, like PJSIP/{number}@carrier' },
    undefined,
    200,
  ),
  ring: group({
    atLeastSeconds: lawfulInteger(1, 120, { means: 'an unanswered call rings at least this long' }),
    atMostSeconds: integer(1, 120, { means: 'and at most this long' }, 30),
  }),
  greeting: group({
    // How long it may be at most follows from the law's two seconds: `campaigns.ts`.
    silenceMs: integer(200, 5_000, { means: 'silence that ends the greeting' }, 500),
    talkThreshold: integer(1, 32_767, { means: 'mean sample magnitude that counts as talk' }, 256),
    noiseThreshold: integer(
      1,
      32_767,
      { means: 'mean sample magnitude of a voice above noise, when talk does not end' },
      1_024,
    ),
    longestMs: integer(
      500,
      10_000,
      { means: 'the greeting is taken as ended this long after answer' },
      4_000,
    ),
  }),
  // What binds these to the two seconds: `machine-detection.ts`.
  machineDetection: group({
    by: oneOf(['off', ...DETECTORS], { means: 'who tells answering machines from people' }, 'off'),
    onMachine: oneOf(ON_MACHINE, { means: 'what a machine gets' }, 'hang_up'),
    longestHumanTalkMs: integer(
      500,
      10_000,
      {
        means:
          'a voice above noise that lasts longer without a pause is a machine; asterisk: behind the verdict of AMD()',
      },
      1_500,
    ),
    amd: group({
      initialSilenceMs: integer(100, 10_000, { means: 'asterisk only: nobody has spoken by then' }, 1_500),
      greetingMs: integer(100, 10_000, { means: 'asterisk only: longer talk is a machine' }, 1_500),
      afterGreetingSilenceMs: integer(
        100,
        5_000,
        { means: 'asterisk only: silence behind a shorter greeting is a person' },
        500,
      ),
      totalAnalysisMs: integer(
        100,
        10_000,
        { means: 'asterisk only: undecided so long after the answer' },
        1_800,
      ),
      wordsMax: integer(1, 100, { means: 'asterisk only: undecided at more words' }, 10),
    }),
    measured: group({
      calls: integer(
        20,
        1_000,
        { means: 'detector and connection are measured on the last so many calls' },
        200,
      ),
      minutes: integer(10, 1_440, { means: 'that are not older than this' }, 30),
    }),
    toneWithinMs: integer(
      0,
      5_000,
      { means: 'message only: the tone is waited for so long when the greeting is over' },
      1_000,
    ),
    // With ring time and the longest message less than the lease of a call.
    longestMachineGreetingMs: integer(
      1_000,
      15_000,
      { means: 'message only: the greeting is taken as ended so long after the verdict' },
      15_000,
    ),
    tollFreeNumber: nullableText(
      {
        means: 'message only: takes opt-outs by key or voice, without a person',
        expected: 'a telephone number in quotes, like "+18005550100", or null',
      },
      40,
    ),
    text: nullableText({
      means: 'message only: wording with {seller}, {number}, {digit} and {tollFree}; null takes ours',
    }),
    file: nullableText({ means: "message only: operator's own recording of it, WAV" }),
  }),
  connect: oneOf(CONNECT_AT, { means: 'when an agent who is there gets the person' }, 'at_greeting_end'),
  connectWithinMs: lawfulInteger(100, 60_000, { means: 'agent bridged within this after the greeting' }),
  // How long it may be at most follows from `connectWithinMs`: `campaigns.ts`.
  waitForAgentMs: integer(
    0,
    60_000,
    {
      means:
        'who finds no agent ready at the end of the greeting waits for one until so long after it, then hears the message; 0: does not wait',
    },
    0,
  ),
  dropRateMaxBp: lawfulInteger(1, 10_000, { means: 'ceiling of the drop rate in basis points; 300 is 3 %' }),
  // Colours and words of the live page; nothing is decided by them.
  dropAlerts: group({
    cautionBp: alertBp(
      { means: 'the live page shows caution from this drop rate on, in basis points' },
      'two thirds',
    ),
    warningBp: alertBp({ means: 'and a warning from this one on' }, 'five sixths'),
  }),
  dialLevelMax: decimal(1, 10, { means: 'most lines per agent who takes calls' }, 5),
  pacing: group({
    by: oneOf(
      PACED_BY,
      {
        means:
          'breakwater: no line beyond the dial level; dialer: the level is published, the budget alone refuses',
      },
      'breakwater',
    ),
    agentsMin: integer(1, 1_000, { means: 'with fewer agents there is one line for each free one' }, 1),
    linesMax: limitOf(1, 10_000, { means: 'lines in flight at once' }),
    callsPerSecondMax: limitOf(1, 1_000, { means: 'lines opened within one second' }),
  }),
  attempts: group({
    max: integer(
      1,
      100,
      { means: 'most calls placed to one number; more than the default only under an override' },
      HOUSE_DEFAULTS.attempts.max,
    ),
    perHours: integer(
      1,
      REMEMBERED_HOURS,
      { means: 'in this rolling window; less than the default only under an override' },
      HOUSE_DEFAULTS.attempts.perHours,
    ),
  }),
  dropLockoutHours: integer(
    0,
    REMEMBERED_HOURS,
    { means: 'a dropped number is left alone this long; less than the default only under an override' },
    HOUSE_DEFAULTS.dropLockoutHours,
  ),
  attestation: group({
    minimum: oneOf(
      [...ATTESTATION_LEVELS, 'none'],
      { means: 'level the caller ID must be confirmed at' },
      'none',
    ),
    maxAgeHours: integer(1, 8_760, { means: 'a confirmation older than this is no confirmation' }, 24),
    ways: listOf(
      oneOf(ATTESTATION_WAYS, { means: 'ways of confirmation that count' }),
      { means: 'ways of confirmation that count' },
      [...ATTESTATION_WAYS],
    ),
    onLower: oneOf(
      ON_LOWER,
      {
        means:
          'what becomes of a call that leaves below the minimum: it goes on, or is ended before the answer',
      },
      'record',
    ),
  }),
  recording: group({
    enabled: flag({ means: 'connected calls are recorded' }, false),
    disclosure: oneOf(['law', 'everywhere'], { means: 'where the disclosure is played' }, 'law'),
    retention: text(
      { means: 'how long recordings are kept: a name under recording_retention in rules/federal.yaml' },
      'tsr',
      64,
    ),
    refusalDigit: nullableText(
      {
        means: 'key with which the person refuses to be recorded; null: no key does',
        expected: 'one of 0-9, * or # in quotes, or null',
      },
      1,
    ),
    onRefusal: oneOf(
      REFUSAL_POLICIES,
      { means: 'what becomes of what was recorded until then; a legal hold keeps it' },
      'stop_and_delete',
    ),
    beepSeconds: integer(
      0,
      60,
      { means: 'both ends hear a beep this often while they are recorded; 0: never' },
      0,
    ),
    text: nullableText({ means: 'wording of the disclosure; null takes ours' }),
    file: nullableText({ means: "operator's own recording of it, WAV" }),
  }),
  texts: TEXTS_SCHEMA,
  safeHarbor: group({
    optOutDigit: text({ means: 'key that opts out', expected: 'one of 0-9, * or # in quotes' }, '9', 1),
    language: text(
      { means: 'language of the messages', expected: 'en or en-US, en-GB and so on' },
      'en-US',
      5,
    ),
    voice: text(
      {
        means: 'voice of flite (awb, kal, kal16, rms, slt) or an English voice of espeak-ng',
        expected: 'awb, kal, kal16, rms or slt, or a voice like en-us',
      },
      'slt',
      32,
    ),
    text: nullableText({ means: 'wording with {seller}, {number} and {digit}; null takes ours' }),
    file: nullableText({ means: "operator's own recording of it, WAV" }),
    confirmationText: nullableText({ means: 'wording of the opt-out confirmation; null takes ours' }),
    confirmationFile: nullableText({ means: "operator's own recording of it, WAV" }),
  }),
  agents: group({
    destination: group({
      kind: oneOf(['stasis', 'dialplan'], { means: 'our own agents, or a place in the dialplan' }, 'stasis'),
      context: nullableText({ means: 'dialplan only' }, 80),
      extension: nullableText({ means: 'dialplan only' }, 80),
      priority: integer(1, 10_000, { means: 'dialplan only' }, 1),
      capacity: integer(0, 10_000, { means: 'dialplan only: lines the place can take at once' }, 0),
      connectedBy: oneOf(
        CONNECTED_BY,
        {
          means:
            'dialplan only: a person handed over is connected when bridged with somebody in time, or at once, on your word that the place answers with a voice',
        },
        'bridge',
      ),
    }),
    place: nullableText(
      {
        means: 'state the agents sit in; null counts as a place that wants disclosure',
        expected: 'a two-letter code, or null',
      },
      2,
    ),
    members: listOf(text({ means: 'agent id' }, undefined, 64), { means: 'agents of the campaign' }),
    queues: listOf(text({ means: 'name of a queue of the exchange' }, undefined, 80), {
      means: 'queues whose members are the agents, instead of members; AMI tells their states',
    }),
    seats: listOf(
      group({
        agent: text({ means: 'one of members' }, undefined, 64),
        place: text({ means: 'state this agent sits in', expected: 'a two-letter code' }, undefined, 2),
      }),
      { means: 'agents who sit elsewhere than agents.place' },
    ),
    wrapUpSeconds: integer(0, 3_600, { means: 'an agent is ready again this long after a call' }, 5),
    briefing: flag(
      {
        means:
          'an agent of ours hears the facts of the lead (agent_facts) while the telephone rings and the person greets',
      },
      false,
    ),
  }),
  supervisors: listOf(text({ means: 'supervisor id' }, undefined, 64), {
    means: 'who may listen to its talks, whisper to its agents and join; nobody else may',
  }),
});

export type CampaignYaml = DeepReadonly<Type.Static<typeof CAMPAIGN_SCHEMA>>;

/** Rules that only texts have: who sends, when it arrives, how often, and the one request to confirm. */
import type { Fact } from '../../domain/facts.ts';
import { campaignOf, type Facts } from '../../domain/facts.ts';
import type { TextHistory, TextRequest, TextSettings } from '../../domain/text-message.ts';
import { formatInstant, SECOND_MS } from '../../domain/time.ts';
import { candidatePlaces } from '../call-bounds.ts';
import { checkPlace } from '../calling-hours.ts';
import { type Rule, veto } from '../rule.ts';

/** The campaign sends texts, and from this number. */
export const textSender = ({ sender, text, purpose }: TextRequest): Rule => ({
  id: 'text_sender',
  basis: 'campaign settings: texts',
  check(_request, facts) {
    const campaign = campaignOf(facts);
    if (campaign === null) return [];
    const basis = `campaign ${campaign.id}: texts`;
    const { texts } = campaign;
    const problem =
      texts === undefined
        ? 'no sender is configured'
        : !texts.senders.includes(sender)
          ? 'not one of texts.senders'
          : purpose === 'marketing' && (text === null || text.trim() === '')
            ? 'nothing is said in it'
            : null;
    return problem === null ? [] : [veto('text_sender', 'texts_not_configured', basis, { sender, problem })];
  },
});

/** As the hours of calls: what is read at night was sent too late, so the delivery takes the place of the ringing. */
export const textHours = (settings: TextSettings): Rule => ({
  id: 'text_hours',
  basis: '47 CFR 64.1200(c)(1); state law by place',
  check(request, facts, policy) {
    const moment = {
      now: facts.now,
      ringMs: settings.deliverWithinSeconds * SECOND_MS,
      guardMs: policy.clockGuardMs,
      loosenedGuardMs: null,
    };
    return candidatePlaces(request, policy).flatMap((place) =>
      checkPlace(place, request, facts, policy, moment),
    );
  },
});

/** The campaign's own limit; the caps of the places count texts together with calls (rule `frequency`). */
export const textFrequency = ({ limit }: TextSettings, history: Fact<TextHistory>): Rule => ({
  id: 'text_frequency',
  basis: 'campaign settings: texts.max, texts.perHours',
  check(_request, facts) {
    if (!history.known) return [];
    const basis = `campaign ${campaignOf(facts)?.id ?? ''}: texts.max`;
    const { texts } = history.value;
    const seen = { placed: texts, max: limit.max, window_hours: limit.perHours };
    // Written so that a value that is not a number fails it.
    return texts < limit.max ? [] : [veto('text_frequency', 'too_many_attempts', basis, seen)];
  },
});

/** INVARIANT (asked-once): the request to confirm is sent once for each consent, and never when it is confirmed. */
export const optInOnce = ({ messageId }: TextRequest, history: Fact<TextHistory>): Rule => ({
  id: 'opt_in',
  basis: 'house rule: double opt-in, one request',
  check() {
    if (!history.known) return [];
    const { optIn, confirmedAt, newest } = history.value;
    const isAnother = optIn !== null && optIn.messageId !== messageId;
    if (!isAnother && confirmedAt === null) return [];
    return [
      veto('opt_in', 'opt_in_already_requested', this.basis, {
        consent_id: newest?.consentId ?? null,
        requested_at: optIn === null ? null : formatInstant(optIn.requestedAt),
        confirmed_at: confirmedAt === null ? null : formatInstant(confirmedAt),
      }),
    ];
  },
});

/** What a text stands on; agents, the exchange and attestation it does without. */
const FACTS_OF_TEXTS = [
  'sidecar',
  'campaign',
  'lists',
  'internalRequest',
  'unclearRequest',
  'consent',
  'relationship',
  'reassigned',
  'overrides',
  'emergencies',
  'attempts',
] as const satisfies readonly (keyof Facts)[];

export const factsKnown = (names: readonly (keyof Facts & (typeof FACTS_OF_TEXTS)[number])[]): Rule => ({
  id: 'system',
  basis: 'house rule: what is unknown is a veto',
  check(_request, facts) {
    const unknown = names.flatMap((fact) => {
      const found = facts[fact];
      return found.known
        ? []
        : [veto('system', 'fact_unavailable', this.basis, { fact, problem: found.problem })];
    });
    const draining = facts.sidecar.known && facts.sidecar.value === 'draining';
    return draining
      ? [
          ...unknown,
          veto('system', 'draining', 'house rule: no text without its sidecar', { sidecar: 'draining' }),
        ]
      : unknown;
  },
});

export const textSystem = factsKnown(FACTS_OF_TEXTS);

/**
 * Shapes of the entry bodies that records are projected from (opt-outs, consents, attestations, pauses, permits), and the check
 * that both ledger adapters make before anything is written: a body that cannot be projected is refused, not half recorded.
 */
import { type Parsed, parsed, problem } from './brand.ts';
import type { Outcome } from './call-result.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import type { ConsentKind } from './consent.ts';
import { textIn } from './json-parts.ts';
import type { EntryKind, JsonObject, LedgerDraft, LookUpTexts } from './ledger-entry.ts';
import { isOverridable, type Overridable } from './override.ts';
import { type ReassignedAnswer, REASSIGNED_ANSWERS } from './reassigned.ts';
import { type RelationshipKind, RELATIONSHIP_KINDS } from './relationship.ts';
import { OPERATION_BODIES, OPERATION_BODIES_WITHOUT_NUL } from './operation-bodies.ts';
import { KEEPING_BODIES, KEEPING_BODIES_WITHOUT_NUL } from './keeping-bodies.ts';
import { LEDGER_HOLD_SCOPES } from './ledger-hold.ts';
import { HOLD_SCOPES } from './recording.ts';
import { RECORDING_BODIES, RECORDING_BODIES_WITHOUT_NUL } from './recording-bodies.ts';
import { SEED_ANSWERS } from './self-test.ts';
import { TEXT_BODIES, TEXT_BODIES_WITHOUT_NUL } from './text-bodies.ts';
import { parseLocalDate } from './time.ts';
import { type Settlement, SETTLEMENTS } from './unclear-request.ts';

/** Instants in bodies: RFC 3339 UTC text. */
type InstantText = string;

export interface OptOutBody {
  readonly number: string;
  readonly sellerId: string;
  readonly channel: string;
  readonly requestedAt: InstantText;
  readonly callId?: string;
  readonly note?: string;
  /** What had to be done to fields beside the request before it could be kept. */
  readonly adjusted?: readonly string[];
}

export interface ConsentRecordedBody {
  readonly consentId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly kind: ConsentKind;
  readonly givenAt: InstantText;
  readonly expiresAt: InstantText | null;
  readonly disclosureText: string;
  readonly act: string;
  readonly signature: string | null;
  readonly source: string;
  readonly notConditionOfPurchase: boolean;
  readonly disclosureSha256?: string;
  readonly pageUrl?: string | null;
  readonly ip?: string | null;
  readonly userAgent?: string | null;
  readonly prefilled?: string | null;
  readonly leadSourceTier?: number | null;
  readonly topic?: string | null;
}

export interface ConsentConfirmedBody {
  readonly consentId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly confirmedAt: InstantText;
  readonly channel: string;
}

/** Calendar dates: `2026-11-21`. */
type DateText = string;

export interface RelationshipRecordedBody {
  readonly relationshipId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly kind: RelationshipKind;
  readonly occurredOn: DateText;
  readonly subject: string;
  readonly contractUntil: DateText | null;
  readonly source: string;
}

export interface ReassignedCheckedBody {
  readonly checkId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly queriedAt: InstantText;
  readonly since: DateText;
  readonly answer: ReassignedAnswer;
}

export interface OverrideBody {
  readonly overrideId: string;
  readonly what: Overridable;
  readonly sellerId: string;
  readonly state: string;
  readonly who: string;
  readonly why: string;
  readonly recordedAt: InstantText;
  readonly until: InstantText;
}

export interface ConsentRevokedBody {
  readonly number: string;
  readonly sellerId: string;
  readonly revokedAt: InstantText;
  readonly channel: string;
}

export interface UnclearRequestBody {
  readonly requestId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly channel: string;
  readonly text: string;
  readonly receivedAt: InstantText;
}

export interface UnclearRequestSettledBody {
  readonly requestId: string;
  readonly number: string;
  readonly sellerId: string;
  readonly as: Settlement;
  readonly who: string;
  readonly why: string;
  readonly settledAt: InstantText;
}

export interface EmergencyDeclaredBody {
  readonly state: string;
  readonly from: DateText;
  readonly until: DateText | null;
  readonly source: string;
  readonly who: string;
  readonly recordedAt: InstantText;
}

export interface EmergencyEndedBody {
  readonly state: string;
  readonly until: DateText;
  readonly source: string;
  readonly who: string;
  readonly recordedAt: InstantText;
}

export interface CampaignSwitchedBody {
  readonly campaignId: string;
  readonly who: string;
  readonly why: string;
}

/** What projections read of a decision; the rest of the body is the decider's. */
export interface DecisionBodyHead {
  readonly callId: string;
  readonly campaignId: string;
  /** Null only on a veto of something that is not a number. */
  readonly number: string | null;
  readonly verdict: 'permit' | 'veto';
}

export interface CallResultBodyHead {
  readonly callId: string;
  readonly campaignId: string;
  readonly outcome: Outcome;
  readonly endedAt: InstantText;
}

export type FieldType =
  'text' | 'text_or_null' | 'instant' | 'instant_or_null' | 'date' | 'date_or_null' | 'flag' | 'list';
export type Fields = Readonly<Record<string, FieldType>>;

const SWITCHED: Fields = { campaignId: 'text', who: 'text', why: 'text' };

const FIELDS: Partial<Record<EntryKind, Fields>> = {
  opt_out: { number: 'text', sellerId: 'text', channel: 'text', requestedAt: 'instant' },
  consent_recorded: {
    consentId: 'text',
    number: 'text',
    sellerId: 'text',
    kind: 'text',
    givenAt: 'instant',
    expiresAt: 'instant_or_null',
    disclosureText: 'text',
    act: 'text',
    signature: 'text_or_null',
    source: 'text',
    notConditionOfPurchase: 'flag',
  },
  consent_confirmed: {
    consentId: 'text',
    number: 'text',
    sellerId: 'text',
    confirmedAt: 'instant',
    channel: 'text',
  },
  relationship_recorded: {
    relationshipId: 'text',
    number: 'text',
    sellerId: 'text',
    kind: 'text',
    occurredOn: 'date',
    subject: 'text',
    contractUntil: 'date_or_null',
    source: 'text',
  },
  reassigned_checked: {
    checkId: 'text',
    number: 'text',
    sellerId: 'text',
    queriedAt: 'instant',
    since: 'date',
    answer: 'text',
  },
  override: {
    overrideId: 'text',
    what: 'text',
    sellerId: 'text',
    state: 'text',
    who: 'text',
    why: 'text',
    recordedAt: 'instant',
    until: 'instant',
  },
  consent_revoked: { number: 'text', sellerId: 'text', revokedAt: 'instant', channel: 'text' },
  attestation_recorded: {
    callerId: 'text',
    level: 'text',
    way: 'text',
    confirmedAt: 'instant',
    expiresAt: 'instant',
    proof: 'text',
  },
  attestation_alarm: { callId: 'text', callerId: 'text', trunk: 'text', level: 'text', seenAt: 'instant' },
  unclear_request: {
    requestId: 'text',
    number: 'text',
    sellerId: 'text',
    channel: 'text',
    text: 'text',
    receivedAt: 'instant',
  },
  text_unmatched: { number: 'text', to: 'text', text: 'text', receivedAt: 'instant' },
  request_unmatched: {
    name: 'text',
    number: 'text',
    campaignId: 'text',
    askedAt: 'instant',
    problem: 'text',
  },
  fallback_unmatched: { callId: 'text', what: 'text' },
  unclear_request_settled: {
    requestId: 'text',
    number: 'text',
    sellerId: 'text',
    as: 'text',
    who: 'text',
    why: 'text',
    settledAt: 'instant',
  },
  emergency_declared: { state: 'text', from: 'date', until: 'date_or_null', source: 'text', who: 'text' },
  emergency_ended: { state: 'text', until: 'date', source: 'text', who: 'text' },
  campaign_paused: SWITCHED,
  campaign_resumed: SWITCHED,
  decision: { callId: 'text', campaignId: 'text', number: 'text_or_null', verdict: 'text' },
  call_result: { callId: 'text' },
  ...RECORDING_BODIES,
  ...TEXT_BODIES,
  ...OPERATION_BODIES,
  ...KEEPING_BODIES,
};

/** Bodies whose text fields come from our own parsers; a decision repeats what the outside sent and may hold anything. */
const WITHOUT_NUL: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'opt_out',
  'consent_recorded',
  'consent_confirmed',
  'consent_revoked',
  'relationship_recorded',
  'reassigned_checked',
  'override',
  'attestation_recorded',
  'attestation_alarm',
  'unclear_request',
  'unclear_request_settled',
  'text_unmatched',
  'request_unmatched',
  'emergency_declared',
  'emergency_ended',
  ...RECORDING_BODIES_WITHOUT_NUL,
  ...TEXT_BODIES_WITHOUT_NUL,
  ...OPERATION_BODIES_WITHOUT_NUL,
  ...KEEPING_BODIES_WITHOUT_NUL,
]);

/** Texts that stand for one of a few words: another word would be read as something it is not. */
const WORDS: Partial<
  Record<EntryKind, { readonly field: string; readonly known: (value: unknown) => boolean }>
> = {
  relationship_recorded: {
    field: 'kind',
    known: (value) => RELATIONSHIP_KINDS.some((each) => each === value),
  },
  reassigned_checked: {
    field: 'answer',
    known: (value) => REASSIGNED_ANSWERS.some((each) => each === value),
  },
  override: { field: 'what', known: isOverridable },
  ledger_hold_set: { field: 'scope', known: (value) => LEDGER_HOLD_SCOPES.some((each) => each === value) },
  recording_hold_set: { field: 'scope', known: (value) => HOLD_SCOPES.some((each) => each === value) },
  self_test: { field: 'answer', known: (value) => SEED_ANSWERS.some((each) => each === value) },
  unclear_request_settled: { field: 'as', known: (value) => SETTLEMENTS.some((each) => each === value) },
};

/** In JSON text; a backslash that the person wrote before `u0000` is doubled there and no NUL. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** The canonical text of the draft's body, or why the draft can never be written. */
export function readDraft(draft: LedgerDraft): Parsed<string> {
  const { kind, body, dedupeKey } = draft;
  for (const [name, type] of Object.entries(FIELDS[kind] ?? {})) {
    if (!hasType(body[name], type)) return problem(`\`${kind}\` needs \`${name}\` as ${type}`);
  }
  const word = WORDS[kind];
  if (word?.known(body[word.field]) === false) return problem(`\`${kind}\` has an unknown \`${word.field}\``);
  if (kind === 'decision') {
    if (body['verdict'] !== 'permit' && body['verdict'] !== 'veto') {
      return problem('`decision` needs `verdict` permit or veto');
    }
    if (body['verdict'] === 'permit' && body['number'] === null) {
      return problem('`decision` needs `number` on a permit');
    }
  }
  if (dedupeKey?.includes('\0') === true) return problem(`\`${kind}\` has a NUL in its dedupe key`);
  for (const name of ['callId', 'number', 'campaignId'] as const) {
    if (textIn(body[name])?.includes('\0') === true) return problem(`\`${kind}\` has a NUL in \`${name}\``);
  }
  try {
    const text = canonicalJson(body);
    return WITHOUT_NUL.has(kind) && NUL.test(text)
      ? problem(`\`${kind}\` has a NUL in its text`)
      : parsed(text);
  } catch (error) {
    return problem(
      `\`${kind}\` has no canonical form: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function hasType(value: Json | undefined, type: FieldType): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'text_or_null':
      return value === null || typeof value === 'string';
    case 'instant':
      return typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value));
    case 'date':
      return typeof value === 'string' && parseLocalDate(value).ok;
    case 'date_or_null':
      return value === null || hasType(value, 'date');
    case 'instant_or_null':
      return value === null || hasType(value, 'instant');
    case 'flag':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    default:
      return type satisfies never;
  }
}

export const lookUpTextsOf = (body: JsonObject): LookUpTexts => ({
  callId: textIn(body['callId']),
  number: textIn(body['number']),
  campaignId: textIn(body['campaignId']),
  verdict: textIn(body['verdict']),
});

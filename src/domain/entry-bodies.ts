/**
 * Shapes of the entry bodies that records are projected from (opt-outs, consents, attestations, pauses, permits), and the check
 * that both ledger adapters make before anything is written: a body that cannot be projected is refused, not half recorded.
 */
import type { AttestationLevel, AttestationWay } from './attestation.ts';
import { type Parsed, parsed, problem } from './brand.ts';
import type { Outcome } from './call-result.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import type { ConsentKind } from './consent.ts';
import type { EntryKind, JsonObject, LedgerDraft } from './ledger-entry.ts';

/** Instants in bodies: RFC 3339 UTC text. */
type InstantText = string;

export interface OptOutBody {
  readonly number: string;
  readonly sellerId: string;
  readonly channel: string;
  readonly requestedAt: InstantText;
  readonly callId?: string;
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
}

export interface ConsentRevokedBody {
  readonly number: string;
  readonly sellerId: string;
  readonly revokedAt: InstantText;
  readonly channel: string;
}

export interface AttestationRecordedBody {
  readonly callerId: string;
  readonly level: AttestationLevel;
  readonly way: AttestationWay;
  readonly confirmedAt: InstantText;
  readonly expiresAt: InstantText;
  readonly proof: string;
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

type FieldType = 'text' | 'text_or_null' | 'instant' | 'instant_or_null' | 'flag';
type Fields = Readonly<Record<string, FieldType>>;

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
  consent_revoked: { number: 'text', sellerId: 'text', revokedAt: 'instant', channel: 'text' },
  attestation_recorded: {
    callerId: 'text',
    level: 'text',
    way: 'text',
    confirmedAt: 'instant',
    expiresAt: 'instant',
    proof: 'text',
  },
  campaign_paused: SWITCHED,
  campaign_resumed: SWITCHED,
  decision: { callId: 'text', campaignId: 'text', number: 'text_or_null', verdict: 'text' },
  call_result: { callId: 'text' },
};

/** Bodies whose text fields come from our own parsers; a decision repeats what the outside sent and may hold anything. */
const WITHOUT_NUL: ReadonlySet<EntryKind> = new Set<EntryKind>([
  'opt_out',
  'consent_recorded',
  'consent_revoked',
  'attestation_recorded',
]);

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/;

/** The canonical text of the draft's body, or why the draft can never be written. */
export function readDraft(draft: LedgerDraft): Parsed<string> {
  const { kind, body, dedupeKey } = draft;
  for (const [name, type] of Object.entries(FIELDS[kind] ?? {})) {
    if (!hasType(body[name], type)) return problem(`\`${kind}\` needs \`${name}\` as ${type}`);
  }
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
    if (textField(body, name)?.includes('\0') === true)
      return problem(`\`${kind}\` has a NUL in \`${name}\``);
  }
  try {
    const text = canonicalJson(body);
    return WITHOUT_NUL.has(kind) && text.includes('\\u0000')
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
    case 'instant_or_null':
      return value === null || hasType(value, 'instant');
    case 'flag':
      return typeof value === 'boolean';
    default:
      return type satisfies never;
  }
}

/** The body's own text field, or null when it has none; for index columns. */
export function textField(
  body: JsonObject,
  name: 'callId' | 'number' | 'campaignId' | 'verdict',
): string | null {
  const value = body[name];
  return typeof value === 'string' ? value : null;
}

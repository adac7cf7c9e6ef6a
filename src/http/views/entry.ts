/**
 * Ledger entries as JSON. The body goes out exactly as it was hashed, with the ledger's own names in it; `viewDecisionEntry`
 * reads a decision out of one for people, and leaves out what an older entry does not say.
 */
import { Type, type Static } from 'typebox';
import type { Json } from '../../domain/canonical-json.ts';
import { REASONS } from '../../domain/decision.ts';
import type { JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import { formatInstant } from '../../domain/time.ts';
import type { LedgerReceipt } from '../../ports/ledger.ts';
import { MaybeText, OneOf, type Detail } from '../schema.ts';
import { isReasonCode, ReasonSchema } from './decision.ts';

export const EntrySchema = Type.Object(
  {
    id: Type.Integer({ description: 'orders all entries; the event id of the feed' }),
    kind: Type.String(),
    at: Type.String(),
    body: Type.Unsafe<JsonObject>({
      type: 'object',
      additionalProperties: true,
      description: 'as recorded and hashed',
    }),
  },
  { $id: 'Entry' },
);
export type EntryView = Static<typeof EntrySchema>;

export const viewEntry = (entry: LedgerEntry): EntryView => ({
  id: entry.id,
  kind: entry.kind,
  at: formatInstant(entry.at),
  body: entry.body,
});

export const ReceiptSchema = Type.Object(
  {
    recorded: OneOf(['written', 'duplicate']),
    entry: EntrySchema,
  },
  { $id: 'Receipt' },
);

export const viewReceipt = (receipt: LedgerReceipt): Static<typeof ReceiptSchema> => ({
  recorded: receipt.kind,
  entry: viewEntry(receipt.entry),
});

export const DecisionEntrySchema = Type.Object(
  {
    id: Type.Integer(),
    at: Type.String(),
    call_id: MaybeText,
    campaign: MaybeText,
    number: MaybeText,
    verdict: OneOf(['permit', 'veto']),
    headline: MaybeText,
    reasons: Type.Array(Type.Partial(ReasonSchema)),
  },
  { $id: 'DecisionEntry' },
);
export type DecisionEntryView = Static<typeof DecisionEntrySchema>;

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);

/** Verdict and reasons of a `decision` entry, whether they stand in the body itself or under `decision`. */
export function readDecision(body: JsonObject): {
  readonly verdict: 'permit' | 'veto';
  readonly reasons: readonly JsonObject[];
} {
  const inner = isObject(body.decision) ? body.decision : body;
  const reasons = Array.isArray(inner.reasons) ? (inner.reasons as readonly Json[]).filter(isObject) : [];
  const verdict = text(inner.verdict) ?? text(inner.kind);
  return { verdict: verdict === 'permit' ? 'permit' : 'veto', reasons };
}

/** Headline code of a veto, `none` for a permit; a label of bounded variety. */
export function headlineOf(body: JsonObject): string {
  const code = text(readDecision(body).reasons[0]?.code);
  return code !== null && isReasonCode(code) ? code : 'none';
}

export function viewDecisionEntry(entry: LedgerEntry): DecisionEntryView {
  const { body } = entry;
  const { verdict, reasons } = readDecision(body);
  return {
    id: entry.id,
    at: formatInstant(entry.at),
    call_id: text(body.callId),
    campaign: text(body.campaignId),
    number: text(body.number) ?? text(body.numberText),
    verdict,
    headline: text(reasons[0]?.code),
    reasons: reasons.map(viewRecordedReason),
  };
}

function viewRecordedReason(reason: JsonObject): DecisionEntryView['reasons'][number] {
  const code = text(reason.code) ?? '';
  const info = isReasonCode(code) ? REASONS[code] : undefined;
  return {
    code,
    rule: text(reason.rule) ?? '',
    basis: text(reason.basis) ?? '',
    detail: (isObject(reason.detail) ? reason.detail : {}) as Static<typeof Detail>,
    ...(info === undefined ? {} : { meaning: info.meaning, transient: info.transient }),
  };
}

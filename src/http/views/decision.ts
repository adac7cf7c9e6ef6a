/** A decision as JSON: the verdict, and either every reason with its meaning or everything the permit demands. */
import { Type, type Static } from 'typebox';
import type { OriginationAnswer, Screened } from '../../control/operations.ts';
import {
  REASONS,
  type Obligation,
  type Reason,
  type ReasonCode,
  type Warning,
} from '../../domain/decision.ts';
import { PLACE_GROUNDS } from '../../domain/places.ts';
import { formatInstant } from '../../domain/time.ts';
import { Detail, MaybeText, OneOf } from '../schema.ts';

export const ReasonSchema = Type.Object(
  {
    code: Type.String({ description: 'stable; see GET /v1/reasons' }),
    meaning: Type.String(),
    rule: Type.String(),
    basis: Type.String({ description: 'paragraph of law, or the setting, that it stands on' }),
    detail: Detail,
    transient: Type.Boolean({ description: 'the same request may get another answer later' }),
  },
  { $id: 'Reason' },
);

export const ObligationSchema = Type.Object(
  {
    kind: Type.String(),
    seconds: Type.Optional(Type.Integer()),
    ms: Type.Optional(Type.Integer()),
    text: Type.Optional(Type.String({ description: 'what must be said or asked' })),
    basis: Type.String(),
  },
  { $id: 'Obligation' },
);

const WarningSchema = Type.Object({ code: Type.String(), rule: Type.String(), detail: Detail });

const PlaceSchema = Type.Object({
  state: Type.String({ description: 'two letters' }),
  zone: Type.String({ description: 'IANA name' }),
  because: OneOf(PLACE_GROUNDS, 'what made it a candidate'),
});

const decisionFields = {
  call_id: Type.String(),
  verdict: OneOf(['permit', 'veto']),
  headline: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'code of the first reason of a veto',
  }),
  reasons: Type.Array(ReasonSchema, { description: 'in rank order; empty for a permit' }),
  obligations: Type.Array(ObligationSchema, { description: 'what the permit still demands' }),
  warnings: Type.Array(WarningSchema),
  places: Type.Array(PlaceSchema, {
    description: 'every place the called party may be: lawful in all of them, or a veto',
  }),
  valid_until: MaybeText,
  campaign: Type.String(),
  number: Type.String({ description: 'as read, or as given when it could not be read' }),
  caller_id: MaybeText,
  decided_at: Type.String(),
  policy_hash: Type.String(),
};

export const DecisionSchema = Type.Object(decisionFields, { $id: 'Decision' });

export const OriginationSchema = Type.Object(
  {
    ...decisionFields,
    placement: OneOf(
      ['placed', 'repeated', 'reserved', 'vetoed', 'failed'],
      'placed: the exchange has taken the call; repeated: this call id was decided before, nobody was rung again; ' +
        'reserved: the permit is recorded and the asker places the call; failed: permitted, but not placed',
    ),
    problem: MaybeText,
  },
  { $id: 'Origination' },
);

export type DecisionView = Static<typeof DecisionSchema>;
export type OriginationView = Static<typeof OriginationSchema>;
type ReasonView = Static<typeof ReasonSchema>;

export const viewReason = (reason: Reason): ReasonView => ({
  code: reason.code,
  meaning: REASONS[reason.code].meaning,
  rule: reason.rule,
  basis: reason.basis,
  detail: { ...reason.detail },
  transient: REASONS[reason.code].transient,
});

export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);

const viewObligation = (obligation: Obligation): Static<typeof ObligationSchema> => ({ ...obligation });
const viewWarning = (warning: Warning): Static<typeof WarningSchema> => ({
  ...warning,
  detail: { ...warning.detail },
});

export function viewScreened(screened: Screened): DecisionView {
  const { callId, request, places, decision, decidedAt, policyHash } = screened;
  const permit = decision.kind === 'permit' ? decision : null;
  const reasons = decision.kind === 'veto' ? decision.reasons : [];
  return {
    call_id: callId,
    verdict: decision.kind,
    headline: decision.kind === 'veto' ? decision.reasons[0].code : null,
    reasons: reasons.map(viewReason),
    obligations: permit === null ? [] : permit.obligations.map(viewObligation),
    warnings: decision.warnings.map(viewWarning),
    places: places.map(({ state, zone, because }) => ({ state, zone, because })),
    valid_until: permit === null ? null : formatInstant(permit.validUntil),
    campaign: request.campaignId,
    number: request.number ?? request.numberText,
    caller_id: request.callerId ?? (request.callerIdText === '' ? null : request.callerIdText),
    decided_at: formatInstant(decidedAt),
    policy_hash: policyHash,
  };
}

export const viewOrigination = (answer: OriginationAnswer): OriginationView => ({
  ...viewScreened(answer),
  placement: answer.placement,
  problem: answer.problem,
});

/** Screened and reserved, to be placed by the asker. */
export const viewReservation = (screened: Screened): OriginationView => ({
  ...viewScreened(screened),
  placement: screened.decision.kind === 'permit' ? 'reserved' : 'vetoed',
  problem: null,
});

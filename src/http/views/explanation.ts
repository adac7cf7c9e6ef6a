/** A decision laid open, as JSON. */
import { Type, type Static } from 'typebox';
import type { Explained } from '../../control/operations.ts';
import { formatInstant } from '../../domain/time.ts';
import { Detail, MaybeText, OneOf } from '../schema.ts';
import { DecisionSchema, ObligationSchema, ReasonSchema, viewReason, viewScreened } from './decision.ts';

const PlaceSchema = Type.Object({
  state: Type.String(),
  zone: Type.String({ description: 'IANA name' }),
  because: Type.String({ description: 'what made it a candidate' }),
  local: Type.String({ description: 'the clock there, with its offset' }),
  weekday: Type.String(),
  windows: Type.Array(
    Type.Object({ window: Type.String({ description: '08:00-21:00 or closed' }), citation: Type.String() }),
    { description: 'of this local day; every one binds' },
  ),
});

const RuleSchema = Type.Object({
  rule: Type.String(),
  basis: Type.String(),
  answer: OneOf(['veto', 'nothing against it', 'failed']),
  // Their own ids stand in the decision above and may stand only once in a schema.
  reasons: Type.Array(Type.Object(ReasonSchema.properties)),
  obligations: Type.Array(Type.Object(ObligationSchema.properties)),
  warnings: Type.Array(Type.Object({ code: Type.String(), detail: Detail })),
  fault: MaybeText,
});

const NextLawfulSchema = Type.Object({
  at: Type.String(),
  verdict: OneOf(['permit', 'veto'], 'of the same request then, if nothing but the time changed'),
  codes: Type.Array(Type.String(), { description: 'what would still stand against it' }),
});

export const ExplainedSchema = Type.Object(
  {
    ...DecisionSchema.properties,
    explanation: Type.Optional(
      Type.Object({
        places: Type.Array(PlaceSchema, { description: 'where the person may be; lawful in all, or veto' }),
        rules: Type.Array(RuleSchema),
        next_lawful: Type.Union([NextLawfulSchema, Type.Null()], {
          description: 'null: not within three weeks',
        }),
      }),
    ),
  },
  { $id: 'ExplainedDecision' },
);

export type ExplainedView = Static<typeof ExplainedSchema>;

export function viewExplained(explained: Explained): ExplainedView {
  const { places, rules, nextLawful } = explained.explanation;
  return {
    ...viewScreened(explained),
    explanation: {
      places: places.map(({ state, zone, because, local, weekday, windows }) => {
        return { state, zone, because, local, weekday, windows: windows.map((each) => ({ ...each })) };
      }),
      rules: rules.map(viewRule),
      next_lawful:
        nextLawful === null
          ? null
          : { at: formatInstant(nextLawful.at), verdict: nextLawful.verdict, codes: [...nextLawful.codes] },
    },
  };
}

function viewRule({
  rule,
  basis,
  findings,
  fault,
}: Explained['explanation']['rules'][number]): Static<typeof RuleSchema> {
  const reasons = findings.flatMap((finding) => ('veto' in finding ? [viewReason(finding.veto)] : []));
  return {
    rule,
    basis,
    answer: fault !== null ? 'failed' : reasons.length > 0 ? 'veto' : 'nothing against it',
    reasons,
    obligations: findings.flatMap((finding) => ('obligation' in finding ? [{ ...finding.obligation }] : [])),
    warnings: findings.flatMap((finding) =>
      'warning' in finding ? [{ code: finding.warning.code, detail: { ...finding.warning.detail } }] : [],
    ),
    fault,
  };
}

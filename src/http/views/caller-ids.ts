/** Caller IDs over trunks as supervisors see them: level, age, source, what networks say of them, and their last canary. */
import { Type } from 'typebox';
import type { CallerIdStatus } from '../../control/caller-ids.ts';
import type { CanaryResult, CanaryRun } from '../../control/canary-desk.ts';
import { formatInstant, type Instant, SECOND_MS } from '../../domain/time.ts';
import { MaybeText } from '../schema.ts';

export const CallerIdsSchema = Type.Object({
  caller_ids: Type.Array(
    Type.Object({
      caller_id: Type.String(),
      trunk: MaybeText,
      campaigns: Type.Array(Type.String()),
      /** The strictest of them; null: no campaign has it. */
      minimum: MaybeText,
      /** Whether the strictest campaign may call with it as far as its level goes; null: no campaign has it. */
      answer: MaybeText,
      level: MaybeText,
      source: MaybeText,
      confirmed_at: MaybeText,
      age_seconds: Type.Union([Type.Integer(), Type.Null()]),
      expires_at: MaybeText,
      proof: MaybeText,
      resting_until: MaybeText,
      /** UTC days, oldest first; days without calls are left out. */
      days: Type.Array(
        Type.Object({
          day: Type.String(),
          calls: Type.Integer(),
          blocked: Type.Integer(),
          at_once: Type.Integer(),
          silent: Type.Integer(),
        }),
      ),
      last_signal: Type.Union([
        Type.Object({ signal: Type.String(), at: Type.String(), header: MaybeText }),
        Type.Null(),
      ]),
      canary: Type.Union([
        Type.Object({ at: Type.String(), outcome: Type.String(), level: MaybeText, alarm: MaybeText }),
        Type.Null(),
      ]),
    }),
  ),
});

export const viewCallerIds = (
  statuses: readonly CallerIdStatus[],
  now: Instant,
): Type.Static<typeof CallerIdsSchema> => ({
  caller_ids: statuses.map(({ callerId, trunk, demands, record, rest, days, lastSignal, canary }) => ({
    caller_id: callerId,
    trunk,
    campaigns: demands.map(({ campaignId }) => campaignId),
    minimum: demands[0]?.minimum ?? null,
    answer: demands[0]?.answer ?? null,
    level: record?.level ?? null,
    source: record?.way ?? null,
    confirmed_at: record === null ? null : formatInstant(record.confirmedAt),
    age_seconds: record === null ? null : Math.max(0, Math.floor((now - record.confirmedAt) / SECOND_MS)),
    expires_at: record === null ? null : formatInstant(record.expiresAt),
    proof: record?.proof ?? null,
    resting_until: rest === null ? null : formatInstant(rest.until),
    days: days.map(({ day, calls, blocked, atOnce, silent }) => ({
      ...{ day, calls, blocked, silent },
      at_once: atOnce,
    })),
    last_signal:
      lastSignal === null
        ? null
        : { signal: lastSignal.kind, at: formatInstant(lastSignal.at), header: lastSignal.header },
    canary: canary === null ? null : { ...canary, at: formatInstant(canary.at) },
  })),
});

export const CanariesSchema = Type.Object({
  canaries: Type.Array(
    Type.Object({
      caller_id: Type.String(),
      trunk: Type.String(),
      /** Null: it was not placed. */
      canary: MaybeText,
      /** `placed`, the outcome where it was waited for, or why it was not placed. */
      outcome: Type.String(),
      level: MaybeText,
      alarm: MaybeText,
      findings: Type.Array(Type.Object({ source: Type.String(), level: Type.String(), text: Type.String() })),
    }),
  ),
});
type CanaryView = Type.Static<typeof CanariesSchema>['canaries'][number];

/** `result`: null where nobody waited for it. */
export function viewRun(run: CanaryRun, result: CanaryResult | null): CanaryView {
  const { callerId, trunk } = run.route;
  const of = { caller_id: callerId, trunk };
  if (run.kind === 'refused') {
    return { ...of, canary: null, outcome: run.why, level: null, alarm: null, findings: [] };
  }
  if (result === null) {
    return { ...of, canary: run.canaryId, outcome: 'placed', level: null, alarm: null, findings: [] };
  }
  const { outcome, level, alarm, findings } = result;
  return {
    ...of,
    canary: run.canaryId,
    outcome,
    level,
    alarm,
    findings: findings.map((each) => ({ ...each })),
  };
}

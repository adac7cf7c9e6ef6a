/** A legal hold as the doors show it, on recordings or on the ledger. */
import { Type } from 'typebox';
import type { LedgerHold } from '../../domain/ledger-hold.ts';
import type { LegalHold } from '../../domain/recording.ts';
import { formatInstant } from '../../domain/time.ts';
import { MaybeText } from '../schema.ts';

export const HoldSchema = Type.Object({
  hold_id: Type.String(),
  scope: Type.String(),
  value: Type.String(),
  who: Type.String(),
  why: Type.String(),
  set_at: Type.String(),
  lifted_at: MaybeText,
});

export const viewHold = (hold: LegalHold | LedgerHold) => ({
  hold_id: hold.holdId,
  scope: hold.scope,
  value: hold.value,
  who: hold.who,
  why: hold.why,
  set_at: formatInstant(hold.setAt),
  lifted_at: hold.liftedAt === null ? null : formatInstant(hold.liftedAt),
});

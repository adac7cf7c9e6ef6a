/** Fields of the entries that say what must be kept, recordings or months of the ledger, and what was pruned, which `entry-bodies.ts` checks before they are written. */
import type { Fields } from './entry-bodies.ts';
import type { EntryKind } from './ledger-entry.ts';

const HOLD_SET: Fields = {
  holdId: 'text',
  scope: 'text',
  value: 'text',
  who: 'text',
  why: 'text',
  setAt: 'instant',
};
const HOLD_LIFTED: Fields = { holdId: 'text', who: 'text', why: 'text', liftedAt: 'instant' };

export const KEEPING_BODIES: Partial<Record<EntryKind, Fields>> = {
  recording_hold_set: HOLD_SET,
  recording_hold_lifted: HOLD_LIFTED,
  ledger_hold_set: HOLD_SET,
  ledger_hold_lifted: HOLD_LIFTED,
  person_erased: { number: 'text', who: 'text', why: 'text', erasedAt: 'instant' },
  ledger_pruned: { month: 'text', keptSha256: 'text', who: 'text', why: 'text' },
};

export const KEEPING_BODIES_WITHOUT_NUL: readonly EntryKind[] = [
  'recording_hold_set',
  'recording_hold_lifted',
  'ledger_hold_set',
  'ledger_hold_lifted',
  'ledger_pruned',
  'person_erased',
];

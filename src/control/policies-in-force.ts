/**
 * Policies of a ledger that were never in force: a reload writes the documents of the next policy before it comes into force, and one
 * that is refused at its last step leaves them there. Pure.
 */
import { textIn } from '../domain/json-parts.ts';
import type { EntryKind, LedgerEntry } from '../domain/ledger-entry.ts';

export const POLICY_KINDS: readonly EntryKind[] = [
  'writer_started',
  'policy_loaded',
  'policy_reloaded',
  'reload_refused',
];

/** Hashes; `entries` are those of `POLICY_KINDS`, in id order, of an export that may begin anywhere. */
export function neverInForce(entries: Iterable<LedgerEntry>): ReadonlySet<string> {
  const refused = new Set<string>();
  const inForce = new Set<string>();
  const starting = new Set<string>();
  /** By writer: what it says has come into force, until its next entry confirms or denies it. */
  const told = new Map<string, string>();
  const text = (entry: LedgerEntry, member: string): string => textIn(entry.body[member]) ?? '';
  for (const entry of entries) {
    const { kind, writer } = entry;
    const before = told.get(writer) ?? '';
    if (kind === 'writer_started') starting.add(writer);
    else if (kind === 'policy_loaded') {
      // A start decides under what it has loaded; a reload only when it says so.
      if (starting.delete(writer)) inForce.add(text(entry, 'policyHash'));
    } else if (kind === 'policy_reloaded') {
      inForce.add(text(entry, 'from'));
      told.set(writer, text(entry, 'to'));
    } else {
      const proposed = text(entry, 'proposed');
      refused.add(proposed);
      inForce.add(text(entry, 'policyHash'));
      if (proposed !== before) inForce.add(before);
      told.delete(writer);
    }
  }
  for (const hash of [...told.values(), ...inForce, '']) refused.delete(hash);
  return refused;
}

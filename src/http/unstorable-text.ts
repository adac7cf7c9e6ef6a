/** Text that no ledger can keep: a lone surrogate has no canonical JSON, a NUL has no place in a database text. Refused here. */
import { invalidInput } from './problem.ts';

const DEPTH_MAX = 8;

export function refuseUnstorableText(value: unknown, path: string, depth = 0): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed() || value.includes('\0')) {
      throw invalidInput(
        path,
        value.toWellFormed().replaceAll('\0', '�'),
        'text without NUL and lone surrogates',
      );
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= DEPTH_MAX) throw invalidInput(path, 'nested value', `at most ${DEPTH_MAX} levels`);
  for (const [key, member] of Object.entries(value)) {
    refuseUnstorableText(key, `name of a field in ${path}`, depth + 1);
    refuseUnstorableText(member, path === 'body' ? key : `${path}.${key}`, depth + 1);
  }
}

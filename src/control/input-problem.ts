/** A door was handed something unusable; `field`, `value` and `expected` go back to the caller. */
import type { Parsed } from '../domain/brand.ts';

export class InputProblem extends Error {
  override readonly name = 'InputProblem';
  readonly field: string;
  readonly value: string;
  readonly expected: string;
  constructor(field: string, value: string, expected: string) {
    super(`${field} \`${value}\`: expected ${expected}`);
    this.field = field;
    this.value = value;
    this.expected = expected;
  }
}

/** The value that was read, or the problem with the field it was read from. */
export function must<T>(field: string, value: string, answer: Parsed<T>): T {
  if (!answer.ok) throw new InputProblem(field, value.slice(0, 80), answer.problem);
  return answer.value;
}

/** A door was handed something unusable; `field`, `value` and `expected` go back to the caller. */
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

/** Assertions are for our own states, never for what the outside sends: a failed one is a bug of ours. */

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}

export function assertInvariant(holds: boolean, name: string, detail = ''): asserts holds {
  if (!holds) throw new InvariantViolation(`INVARIANT (${name})${detail === '' ? '' : `: ${detail}`}`);
}

/** What every check of this room answers: a value, or a named fault with one sentence that says what stood there. */
import type { IdentityFault } from '../domain/identity-fault.ts';

export interface Refusal {
  readonly fault: IdentityFault;
  /** Names the field, what stood there and what was expected; no full stop. */
  readonly detail: string;
}

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const passed = <T>(value: T): Checked<T> => ({ ok: true, value });
export const refusal = (fault: IdentityFault, detail: string): Refusal => ({ fault, detail });
export const refused = (fault: IdentityFault, detail: string): Checked<never> => ({
  ok: false,
  refusal: { fault, detail },
});

/** Foreign text as it may stand in a detail: short, one line, no control characters. */
export function shown(value: unknown): string {
  const written = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
  const line = (written ?? String(value)).slice(0, 200).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}`]/gu, ' ');
  return line.length > 64 ? `\`${line.slice(0, 61)}...\`` : `\`${line}\``;
}

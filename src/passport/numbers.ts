/** Telephone numbers as RFC 8224 §8.3 compares them: digits, `*` and `#` only; the plus sign and what people write between digits go. */

/** The longest number of E.164 is 15 digits; dial strings may be longer. */
const NUMBER_CHARACTERS_MAX = 32;
/** Of a user part with its parameters. */
const USER_CHARACTERS_MAX = 256;

const CANONICAL = new RegExp(`^[0-9*#]{1,${NUMBER_CHARACTERS_MAX}}$`);

/** True for a number as it must stand in claims. */
export const isCanonicalNumber = (text: string): boolean => CANONICAL.test(text);

/**
 * The canonical form of the user part of an address (`+1-303-555-0142;npdi` -> `13035550142`), null when it is not a telephone number.
 * No country code is added: which one is missing would be a guess, and RFC 8224 leaves it to the signer to be right.
 */
export function canonicalNumber(userPart: string): string | null {
  if (userPart.length > USER_CHARACTERS_MAX) return null;
  const [number = ''] = userPart.trim().split(';', 1);
  const digits = number
    .replace(/%2b/gi, '+')
    .replace(/%23/g, '#')
    .replace(/[-.() ]/g, '')
    .replace(/^\+/, '');
  return isCanonicalNumber(digits) ? digits : null;
}

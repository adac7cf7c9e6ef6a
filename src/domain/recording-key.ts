/** The text of a master key of recordings, as it stands in a file or comes from a key service. */

export const KEY_TEXT_EXPECTED = '32 bytes as 64 hexadecimal digits or 44 characters of base64';

/** Null for anything that is not exactly 32 bytes; blanks around it do not matter. */
export function keyOfText(text: string): Buffer | null {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  return /^[A-Za-z0-9+/]{43}=$/.test(trimmed) ? Buffer.from(trimmed, 'base64') : null;
}

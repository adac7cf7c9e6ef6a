/** The lines of an action as they were read, and whether its bytes can be read in no other way. */
import type { AmiAction } from '../action.ts';
import { amiMessage } from '../wire.ts';

/** What the manager would take of it, in order: lines with a name, and the one `Action` that counts. Throws UnwritableHeader. */
export function asRead(action: AmiAction): Buffer {
  const first = action.headers.findIndex(({ name, value }) => isAction(name) && value !== '');
  return amiMessage(
    action.headers.filter(({ name }, at) => name !== '' && (!isAction(name) || at === first)),
  );
}

/** One `Action` line, no NUL, and the blank line at the end only. */
export function isPlain(raw: Buffer): boolean {
  const text = raw.toString('latin1');
  return (
    !text.includes('\0') &&
    /^(?:[^\n]*[^\r\n][^\n]*\n)+\r?\n$/.test(text) &&
    (text.match(/^action\s*:/gim)?.length ?? 0) === 1
  );
}

const isAction = (name: string): boolean => /^action$/i.test(name);

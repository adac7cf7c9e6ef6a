// Writes AMI messages from parsed values. The only way by which our own words get onto either connection:
// INVARIANT (one-value-one-line): a value can end neither its line nor its message, so nothing can be smuggled in by one.
import type { AmiAction, AmiHeader } from './action.ts';

/** The longest line the manager reads, its line end included; it throws a longer one away (Asterisk manager.c, `inbuf`). */
export const AMI_LINE_MAX_BYTES = 1024;
/** The most lines the manager reads in one action (Asterisk manager.h, `AST_MAX_MANHEADERS`). */
export const AMI_HEADERS_MAX = 128;

/** A value that cannot be written as one line of a message. */
export class UnwritableHeader extends Error {
  readonly code = 'unwritable_header';
  constructor(name: string, problem: string) {
    super(`the header \`${name.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)}\` ${problem}`);
    this.name = 'UnwritableHeader';
  }
}

/**
 * One message (action, response or event) with CRLF line ends and its blank line, one byte per character.
 * Throws UnwritableHeader for a CR, LF or NUL, a character above 255, an empty name or one with a colon, and for what the manager would
 * not read whole: a line above 1,024 bytes, more than 128 lines.
 */
export function amiMessage(headers: readonly AmiHeader[]): Buffer {
  if (headers.length > AMI_HEADERS_MAX)
    throw new UnwritableHeader(
      headers[AMI_HEADERS_MAX]?.name ?? '',
      `is one of more than ${String(AMI_HEADERS_MAX)}`,
    );
  return Buffer.from(`${headers.map(line).join('')}\r\n`, 'latin1');
}

function line({ name, value }: AmiHeader): string {
  const written = `${name}: ${value}\r\n`;
  if (name === '' || name.includes(':'))
    throw new UnwritableHeader(name, 'has no name that stands before a colon');
  if (/[\r\n\0]/.test(name + value)) throw new UnwritableHeader(name, 'holds a line end or a NUL');
  if (/[^\0-\xff]/.test(written))
    throw new UnwritableHeader(name, 'holds a character that is no single byte');
  if (written.length > AMI_LINE_MAX_BYTES)
    throw new UnwritableHeader(name, `is longer than ${String(AMI_LINE_MAX_BYTES)} bytes`);
  return written;
}

/** An error response as the manager writes one: `Response: Error`, the action's own ActionID, the message. */
export function amiError(action: Pick<AmiAction, 'first'> | undefined, message: string): Buffer {
  return amiResponse('Error', action, [{ name: 'Message', value: message }]);
}

/** A response as the manager writes one; an ActionID that cannot be written on one line is left out. */
export function amiResponse(
  response: string,
  action: Pick<AmiAction, 'first'> | undefined,
  rest: readonly AmiHeader[],
): Buffer {
  const id = action?.first('ActionID') ?? '';
  const echo = id === '' || /[\r\n\0]/.test(id) ? [] : [{ name: 'ActionID', value: id }];
  return amiMessage([{ name: 'Response', value: response }, ...echo, ...rest]);
}

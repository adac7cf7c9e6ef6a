/**
 * The language a dialer speaks to the manager, read exactly as the manager of Asterisk 22 reads it (manager.c: `get_input`,
 * `do_message`, `astman_get_header`), so that what is judged is what would be done. Pure; any cutting of the bytes gives the same actions.
 */
import { type AmiAction, amiAction, type AmiHeader } from './action.ts';
import { AMI_HEADERS_MAX, AMI_LINE_MAX_BYTES } from './wire.ts';

/**
 * What the manager refuses before it looks for an action. Such bytes are never sent on: releases of Asterisk differ in where the rest of
 * an over-long line begins, and what is refused here cannot be an action there.
 */
export type Malformation = 'line_too_long' | 'too_many_lines';

export type ClientMessage =
  | { readonly kind: 'action'; readonly action: AmiAction }
  /** `action` holds what could be read, for its ActionID. */
  | { readonly kind: 'malformed'; readonly problem: Malformation; readonly action: AmiAction };

export interface ClientFraming {
  /** The messages that are complete with these bytes, in order. */
  push(chunk: Buffer): readonly ClientMessage[];
}

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = Buffer.alloc(0);

/**
 * Memory is bounded: one line of 1,024 bytes, and of one message 128 lines. A NUL ends its line for the manager; in `raw` it and what
 * stands behind it are left out, and what is left of that line has a CRLF.
 */
export function clientFraming(): ClientFraming {
  let rest = NOTHING;
  let lines: string[] = [];
  let parts: Buffer[] = [];
  let tooMany = false;
  /** Outlives a message that had too many lines as well: the manager answers the next one with it. */
  let tooLong = false;

  function finish(): ClientMessage {
    const broken = tooMany || tooLong;
    const action = amiAction(broken ? NOTHING : Buffer.concat(parts), lines.flatMap(headerOf));
    lines = [];
    parts = [];
    if (tooMany) {
      tooMany = false;
      return { kind: 'malformed', problem: 'too_many_lines', action };
    }
    if (!tooLong) return { kind: 'action', action };
    tooLong = false;
    return { kind: 'malformed', problem: 'line_too_long', action };
  }

  /** One line without its end; `through` is where its end ends. Null: the message goes on. */
  function take(data: Buffer, from: number, end: number, through: number): ClientMessage | null {
    const whole = data.toString('latin1', from, end);
    const nul = whole.indexOf('\0');
    const text = nul === -1 ? whole : whole.slice(0, nul);
    const part = nul === -1 ? data.subarray(from, through) : Buffer.from(`${text}\r\n`, 'latin1');
    if (!tooMany && !tooLong) parts.push(part);
    if (text === '') return finish();
    if (lines.length < AMI_HEADERS_MAX) lines.push(text);
    else tooMany = true;
    return null;
  }

  return {
    push(chunk) {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const messages: ClientMessage[] = [];
      let at = 0;
      for (;;) {
        const lf = data.indexOf(LF, at);
        const length = (lf === -1 ? data.length : lf + 1) - at;
        if (length > AMI_LINE_MAX_BYTES || (lf === -1 && length === AMI_LINE_MAX_BYTES)) {
          // The manager's buffer is full: it forgets all but the last byte, which may be the CR of a line end.
          tooLong = true;
          at += AMI_LINE_MAX_BYTES - 1;
          continue;
        }
        if (lf === -1) break;
        const end = lf > at && data[lf - 1] === CR ? lf - 1 : lf;
        const message = take(data, at, end, lf + 1);
        if (message !== null) messages.push(message);
        at = lf + 1;
      }
      // A copy: a piece of a large chunk would keep all of it.
      rest = at === data.length ? NOTHING : Buffer.from(data.subarray(at));
      return messages;
    },
  };
}

/** A line without a colon is no header of any name. Leading bytes below 33 are no part of a value (`ast_skip_blanks`). */
function headerOf(line: string): readonly AmiHeader[] {
  const colon = line.indexOf(':');
  if (colon === -1) return [];
  let from = colon + 1;
  while (from < line.length && line.charCodeAt(from) < 33) from += 1;
  return [{ name: line.slice(0, colon), value: line.slice(from) }];
}

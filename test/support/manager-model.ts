/**
 * The reading half of Asterisk 22's manager, byte by byte with its one buffer of 1,024 (manager.c: `get_input`, `do_message`,
 * `process_message`): what the proxy's own reader is held against. Slow and literal on purpose.
 */
export interface ModelMessage {
  readonly error: 'line_too_long' | 'too_many_lines' | null;
  /** Lines as the manager keeps them: C strings. */
  readonly lines: readonly string[];
  /** What `astman_get_header(m, "Action")` finds, empty values skipped. */
  readonly action: string;
}

const BUFFER_BYTES = 1_024;
const LINES_MAX = 128;

/** One connection of the manager; `push` tells the messages that are complete with these bytes. */
export interface ModelManager {
  push(bytes: Buffer): readonly ModelMessage[];
}

export const readAsManager = (bytes: Buffer): readonly ModelMessage[] => modelManager().push(bytes);

export function modelManager(): ModelManager {
  let buffer: number[] = [];
  let lines: string[] = [];
  const fault = { tooMany: false, tooLong: false };

  const lineOf = (): string | null => {
    for (let x = 0; x < buffer.length; x += 1) {
      const crlf = buffer[x] === 13 && buffer[x + 1] === 10;
      if (!crlf && buffer[x] !== 10) continue;
      const line = buffer.slice(0, x);
      buffer = buffer.slice(x + (crlf ? 2 : 1));
      const nul = line.indexOf(0);
      return String.fromCharCode(...(nul === -1 ? line : line.slice(0, nul)));
    }
    if (buffer.length >= BUFFER_BYTES) {
      buffer = buffer.slice(BUFFER_BYTES - 1);
      fault.tooLong = true;
    }
    return null;
  };

  const push = (bytes: Buffer): readonly ModelMessage[] => {
    const messages: ModelMessage[] = [];
    for (const byte of bytes) {
      buffer.push(byte);
      for (let line = lineOf(); line !== null; line = lineOf()) {
        if (line !== '') {
          if (lines.length < LINES_MAX) lines.push(line);
          else fault.tooMany = true;
          continue;
        }
        const error = fault.tooMany ? 'too_many_lines' : fault.tooLong ? 'line_too_long' : null;
        messages.push({ error, lines, action: headerOf(lines, 'Action', true) });
        if (!fault.tooMany) fault.tooLong = false;
        fault.tooMany = false;
        lines = [];
      }
    }
    return messages;
  };
  return { push };
}

/** `__astman_get_header`: the first match, or the first that is not empty. */
export function headerOf(lines: readonly string[], name: string, skipEmpty = false): string {
  for (const line of lines) {
    if (line.slice(0, name.length).toLowerCase() !== name.toLowerCase() || line[name.length] !== ':')
      continue;
    let value = line.slice(name.length + 1);
    while (value !== '' && value.charCodeAt(0) < 33) value = value.slice(1);
    if (value === '' && skipEmpty) continue;
    return value;
  }
  return '';
}

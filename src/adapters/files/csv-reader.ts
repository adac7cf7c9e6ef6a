/**
 * CSV with a header (RFC 4180) in pieces: quoted fields may hold commas, quotes and line breaks. What is malformed is reported with its line
 * and costs that line alone: a stray quote must not swallow the lines behind it.
 */
export interface CsvRecord {
  /** Line it starts on, counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface CsvProblem {
  readonly line: number;
  readonly problem: string;
}

export interface CsvReader {
  /** The records that are whole by now, in order. */
  push(text: string): readonly (CsvRecord | CsvProblem)[];
  /** What is left; the last line may lack its newline. */
  finish(): readonly (CsvRecord | CsvProblem)[];
}

/** A record of a person is far smaller; more is a quote that nobody closed. */
export const RECORD_CHARACTERS_MAX = 64 * 1_024;
const RECORD_LINES_MAX = 200;

/** Null for quotes where none may stand. */
export function splitRecord(text: string): readonly string[] | null {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let field = '';
      for (;;) {
        const quote = text.indexOf('"', at + 1);
        if (quote === -1) return null;
        field += text.slice(at + 1, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
      }
      fields.push(field);
      if (at === text.length) return fields;
      if (text[at] !== ',') return null;
    } else {
      const comma = text.indexOf(',', at);
      const field = text.slice(at, comma === -1 ? text.length : comma);
      if (field.includes('"')) return null;
      fields.push(field);
      if (comma === -1) return fields;
      at = comma;
    }
    at += 1;
  }
}

const isOdd = (text: string): boolean => (text.split('"').length - 1) % 2 === 1;

export function csvReader(): CsvReader {
  let carry = '';
  let overlong = false;
  let lines = 0;
  /** Lines of records that are not whole yet; the first one starts a record. */
  let pending: { readonly line: number; readonly text: string }[] = [];

  /** Takes records off the front as long as one is whole, or must be given up. */
  const settle = (isEnd: boolean): (CsvRecord | CsvProblem)[] => {
    const found: (CsvRecord | CsvProblem)[] = [];
    for (;;) {
      const [first] = pending;
      if (first === undefined) return found;
      let taken = 0;
      let isOpen = false;
      let characters = 0;
      do {
        const next = pending[taken];
        if (next === undefined) break;
        if (isOdd(next.text)) isOpen = !isOpen;
        characters += next.text.length;
        taken += 1;
      } while (isOpen && taken < RECORD_LINES_MAX && characters <= RECORD_CHARACTERS_MAX);
      const givesUp = isEnd || taken >= RECORD_LINES_MAX || characters > RECORD_CHARACTERS_MAX;
      if (isOpen && !givesUp) return found;
      const text = pending
        .slice(0, taken)
        .map((each) => each.text)
        .join('\n');
      const fields = isOpen ? null : splitRecord(text);
      if (fields === null) {
        const problem = isOpen ? 'a quote is not closed' : 'a quote stands inside a field';
        found.push({ line: first.line, problem });
        pending = pending.slice(1);
      } else {
        if (text.trim() !== '') found.push({ line: first.line, fields });
        pending = pending.slice(taken);
      }
    }
  };

  const take = (text: string): (CsvRecord | CsvProblem)[] => {
    lines += 1;
    if (overlong || text.length > RECORD_CHARACTERS_MAX) {
      overlong = false;
      const before = settle(true);
      return [
        ...before,
        { line: lines, problem: `the line is longer than ${RECORD_CHARACTERS_MAX} characters` },
      ];
    }
    pending.push({ line: lines, text: text.endsWith('\r') ? text.slice(0, -1) : text });
    return settle(false);
  };

  return {
    push(text) {
      const parts = (carry + text).split('\n');
      carry = parts.pop() ?? '';
      const found = parts.flatMap(take);
      if (carry.length > RECORD_CHARACTERS_MAX) {
        overlong = true;
        carry = '';
      }
      return found;
    },
    finish() {
      const last = carry === '' && !overlong ? [] : take(carry);
      carry = '';
      return [...last, ...settle(true)];
    },
  };
}

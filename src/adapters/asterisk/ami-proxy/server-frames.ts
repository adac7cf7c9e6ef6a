/**
 * What the manager says, on its way to the dialer: byte for byte and without delay, while it is known where one message (response,
 * event) ends and the next begins, so that an answer of ours stands between two and in its place among the responses. Pure.
 */

/** What the manager has of ours to answer, so that we know when it has come there; the dialer gets `answer` instead. */
interface Stand {
  readonly reply: Buffer;
  answer: readonly Buffer[];
}

export interface ServerFrames {
  /** What the dialer is to get of these bytes, in order. */
  push(chunk: Buffer): readonly Buffer[];
  /** Put between two messages: at once (then it is returned), else where the message that is under way ends. */
  insert(bytes: Buffer): readonly Buffer[];
  /** The manager's message that begins with `reply` is left out, and `answer` stands in its place. */
  replace(reply: Buffer, answer: Buffer): void;
  /** Adds to the answer of the last `replace` that has not come; false if there is none. */
  extend(answer: Buffer): boolean;
  /** Replacements that have not come. */
  waiting(): number;
}

const LINE_END = Buffer.from('\r\n');
const MESSAGE_END = Buffer.from('\r\n\r\n');
/** Before Asterisk 14 the output of a command was raw text, blank lines and all, up to this line. */
const FOLLOWS = Buffer.from('Response: Follows\r\n');
const FOLLOWS_END = Buffer.from('--END COMMAND--\r\n\r\n');

export function serverFrames(): ServerFrames {
  /** The first line is the banner, which no blank line follows. */
  let end = LINE_END;
  let started = false;
  /** The last bytes of the message under way, as many as an end that is cut in two may need. */
  let tail: Buffer = Buffer.alloc(0);
  /** First bytes of a message that may yet be one to replace or a raw text. */
  let held: Buffer = Buffer.alloc(0);
  let mode: 'pass' | 'swallow' = 'pass';
  let banner = true;
  let inserted: Buffer[] = [];
  const stands: Stand[] = [];

  /** Undecided: more bytes are needed to tell what begins here. */
  function begin(head: Buffer): 'undecided' | 'decided' {
    const [stand] = stands;
    const candidates = [...(stand === undefined ? [] : [stand.reply]), FOLLOWS, LINE_END];
    for (const candidate of candidates) {
      const common = Math.min(candidate.length, head.length);
      if (!head.subarray(0, common).equals(candidate.subarray(0, common))) continue;
      if (common < candidate.length) return 'undecided';
      if (candidate === FOLLOWS) end = FOLLOWS_END;
      // Some raw outputs (Queues) end in one line end too many: it belongs to no message.
      else if (candidate === LINE_END) end = LINE_END;
      else mode = 'swallow';
      return 'decided';
    }
    return 'decided';
  }

  function finish(out: Buffer[]): void {
    if (mode === 'swallow') out.push(...(stands.shift()?.answer ?? []));
    mode = 'pass';
    started = false;
    end = MESSAGE_END;
    tail = Buffer.alloc(0);
    out.push(...inserted);
    inserted = [];
  }

  return {
    push(chunk) {
      const out: Buffer[] = [];
      let data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = Buffer.alloc(0);
      while (data.length > 0) {
        if (!started) {
          if (!banner && begin(data) === 'undecided') {
            held = Buffer.from(data);
            return out;
          }
          started = true;
        }
        const seam = Buffer.concat([tail, data.subarray(0, end.length - 1)]);
        const inSeam = tail.length === 0 ? -1 : seam.indexOf(end);
        const at = inSeam === -1 ? data.indexOf(end) : inSeam - tail.length;
        const through = at === -1 ? data.length : at + end.length;
        const part = data.subarray(0, through);
        if (mode === 'pass') out.push(part);
        if (at === -1) {
          tail = lastOf(tail, part, end.length - 1);
          return out;
        }
        banner = false;
        finish(out);
        data = data.subarray(through);
      }
      return out;
    },
    insert(bytes) {
      if (!started && held.length === 0) return [bytes];
      inserted.push(bytes);
      return [];
    },
    replace(reply, answer) {
      stands.push({ reply, answer: [answer] });
    },
    extend(answer) {
      const last = stands.at(-1);
      if (last === undefined) return false;
      last.answer = [...last.answer, answer];
      return true;
    },
    waiting: () => stands.length,
  };
}

const lastOf = (before: Buffer, part: Buffer, length: number): Buffer => {
  const joined =
    part.length >= length ? part.subarray(part.length - length) : Buffer.concat([before, part]);
  return Buffer.from(joined.subarray(Math.max(0, joined.length - length)));
};

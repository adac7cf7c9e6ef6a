/**
 * What the manager says, on its way to the dialer: byte for byte and without delay, while it is known where one message (response,
 * event) ends and the next begins, so that an answer of ours stands between two and in its place among the responses. Pure.
 */

/** What the manager has of ours to answer, so that we know when it has come there; the dialer gets `answer` instead. */
interface Stand {
  readonly reply: Buffer;
  readonly answer: Buffer[];
  /** Is told the response that came before it. */
  readonly told: ((response: string) => void) | null;
}

export interface ServerFrames {
  /** What the dialer is to get of these bytes, in order. */
  push(chunk: Buffer): readonly Buffer[];
  /** Put between two messages: at once (then it is returned), else where the message that is under way ends. */
  insert(bytes: Buffer): readonly Buffer[];
  /** The manager's message that begins with `reply` is left out, and `answer` stands in its place. */
  replace(reply: Buffer, answer: Buffer): void;
  /** The manager's message that begins with `reply` is left out, and `told` hears the response before it ('' if there was none since). */
  attend(reply: Buffer, told: (response: string) => void): void;
  /** Adds to the answer of the last `replace` or `attend` that has not come; false if there is none. */
  extend(answer: Buffer): boolean;
  /** Messages to be left out that have not come. */
  waiting(): number;
  /** Of ours, kept until its place comes. */
  waitingBytes(): number;
  /** What was kept back because it might have become a message to replace; the manager says no more. */
  close(): readonly Buffer[];
}

const NOTHING = Buffer.alloc(0);
const LINE_END = Buffer.from('\r\n');
const MESSAGE_END = Buffer.from('\r\n\r\n');
/** Before Asterisk 14 the output of a command was raw text, blank lines and all, up to this line. */
const FOLLOWS = Buffer.from('Response: Follows\r\n');
const FOLLOWS_END = Buffer.from('--END COMMAND--\r\n\r\n');
const [CR, R] = [0x0d, 0x52];
/** Of a response that somebody is told of: the manager's own are far below. */
const RESPONSE_BYTES_MAX = 4_096;

export function serverFrames(): ServerFrames {
  /** What ends the message under way; the first line is the banner, which no blank line follows. */
  let end = LINE_END;
  let state: 'between' | 'passing' | 'leaving out' = 'passing';
  /** Of the message under way: as many of its last bytes as an end that is cut in two may need. */
  let tail: Buffer = NOTHING;
  /** First bytes of a message that may yet be one to replace, or a raw text. */
  let held: Buffer = NOTHING;
  let inserted: Buffer[] = [];
  let ours = 0;
  const stands: Stand[] = [];
  /** Stands that are to be told of a response. */
  let listening = 0;
  /** The response under way, or the last one; kept only while somebody is to be told. */
  let response: Buffer[] = [];
  let hearing = false;

  function stand(reply: Buffer, answer: Buffer[], told: Stand['told']): void {
    stands.push({ reply, answer, told });
    for (const { length } of answer) ours += length;
    if (told !== null) listening += 1;
  }

  function hear(part: Buffer): void {
    if (!hearing) return;
    const kept = response.reduce((sum, { length }) => sum + length, 0);
    if (kept < RESPONSE_BYTES_MAX) response.push(Buffer.from(part.subarray(0, RESPONSE_BYTES_MAX - kept)));
  }

  function tell(told: Stand['told']): void {
    if (told === null) return;
    const text = Buffer.concat(response).toString('latin1');
    response = [];
    listening -= 1;
    told(text);
  }

  /** What becomes of the message that begins here; null: more bytes are needed to tell. */
  function begin(data: Buffer, at: number): 'passing' | 'leaving out' | null {
    end = MESSAGE_END;
    // Events are nearly all there is.
    if (data[at] !== R && data[at] !== CR) return 'passing';
    const [stand] = stands;
    for (const candidate of [...(stand === undefined ? [] : [stand.reply]), FOLLOWS, LINE_END]) {
      const common = Math.min(candidate.length, data.length - at);
      if (candidate.compare(data, at, at + common, 0, common) !== 0) continue;
      if (common < candidate.length) return null;
      if (candidate === FOLLOWS) end = FOLLOWS_END;
      // Some raw outputs (Queues) end in one line end too many: it belongs to no message.
      else if (candidate === LINE_END) end = LINE_END;
      else return 'leaving out';
      return 'passing';
    }
    return 'passing';
  }

  /** Where the message under way ends, or -1. */
  function endFrom(data: Buffer, at: number): number {
    if (tail.length > 0) {
      const seam = Buffer.concat([tail, data.subarray(at, at + end.length - 1)]).indexOf(end);
      if (seam !== -1) return at + seam - tail.length + end.length;
    }
    const found = data.indexOf(end, at);
    return found === -1 ? -1 : found + end.length;
  }

  /** What stands of ours where a message has ended. */
  function finish(): readonly Buffer[] {
    const stood = state === 'leaving out' ? stands.shift() : undefined;
    const answer = stood?.answer ?? [];
    tell(stood?.told ?? null);
    hearing = false;
    state = 'between';
    tail = NOTHING;
    if (answer.length === 0 && inserted.length === 0) return answer;
    const pieces = [...answer, ...inserted];
    inserted = [];
    for (const { length } of pieces) ours -= length;
    return pieces;
  }

  return {
    push(chunk) {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      held = NOTHING;
      const out: Buffer[] = [];
      let at = 0;
      let runFrom = 0;
      /** The manager's own bytes up to here, as one piece. */
      const flush = (to: number): void => {
        if (to > runFrom) out.push(data.subarray(runFrom, to));
        runFrom = to;
      };
      while (at < data.length) {
        if (state === 'between') {
          const begun = begin(data, at);
          if (begun !== 'passing') flush(at);
          if (begun === null) {
            held = Buffer.from(data.subarray(at));
            return out;
          }
          state = begun;
          hearing = listening > 0 && begun === 'passing' && data[at] === R;
          if (hearing) response = [];
        }
        const through = endFrom(data, at);
        hear(data.subarray(at, through === -1 ? data.length : through));
        if (through === -1) {
          if (state === 'passing') flush(data.length);
          tail = lastOf(tail, data.subarray(at), end.length - 1);
          return out;
        }
        if (state !== 'passing') runFrom = through;
        const pieces = finish();
        if (pieces.length > 0) {
          flush(through);
          out.push(...pieces);
        }
        at = through;
      }
      flush(data.length);
      return out;
    },
    insert(bytes) {
      if (state === 'between' && held.length === 0) return [bytes];
      inserted.push(bytes);
      ours += bytes.length;
      return [];
    },
    replace: (reply, answer) => stand(reply, [answer], null),
    attend: (reply, told) => stand(reply, [], told),
    extend(answer) {
      const last = stands.at(-1);
      if (last === undefined) return false;
      last.answer.push(answer);
      ours += answer.length;
      return true;
    },
    waiting: () => stands.length,
    waitingBytes: () => ours,
    close() {
      const left = held;
      held = NOTHING;
      return left.length === 0 ? [] : [left];
    },
  };
}

const lastOf = (before: Buffer, part: Buffer, length: number): Buffer => {
  const joined = part.length >= length ? part : Buffer.concat([before, part]);
  return Buffer.from(joined.subarray(Math.max(0, joined.length - length)));
};

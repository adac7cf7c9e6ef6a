// The words the halves of the AMI proxy share: one action as Asterisk's manager would understand it, and what is to become of it.
// An action is data. Whoever judges one never sees a socket, and the transport never looks for a telephone number.

/**
 * One header line of an action, as the manager sees it: the name is what stands before the first colon, kept in the dialer's
 * own letters (compare case-blind, ASCII only); the value has lost its leading blanks (every byte below 33) and keeps trailing ones.
 * Text is one character per byte (latin1), so that nothing is lost or merged on the way through.
 */
export interface AmiHeader {
  readonly name: string;
  readonly value: string;
}

/** One whole action of a dialer, up to and with its blank line. */
export interface AmiAction {
  /** The bytes as they came. */
  readonly raw: Buffer;
  /** The action's name in lower case, with trailing blanks kept: the first `Action` header that is not empty; '' if there is none. */
  readonly name: string;
  /** Every line with a colon, in order; lines without one say nothing to the manager. */
  readonly headers: readonly AmiHeader[];
  /** The value the manager would take for this name (case-blind): the first, even if it is empty; undefined if there is none. */
  first(name: string): string | undefined;
  /** All values of this name (case-blind), in order. */
  all(name: string): readonly string[];
}

/** Who asks: the account that has logged in, and the connection it came on. */
export interface AmiSession {
  /** The account's name in our configuration, never the one we log in with upstream. */
  readonly account: string;
  /** Names the connection in log lines; unique in this process. */
  readonly connection: string;
  readonly remoteAddress: string;
}

/**
 * What becomes of an action. `pass` sends its own bytes; `rewrite` sends `bytes` in its stead (one whole action); `answer` sends
 * nothing to Asterisk and gives `bytes` (a response) to the dialer, in its place among the responses; `event` (Event and Privilege first) goes to
 * every session of the account that hears events of class `call`, to the dialer's own behind the response.
 * `answered` hears what the manager has responded to the action in whose stead they were sent, and nothing when the connection is lost before.
 */
export type AmiJudgement =
  | { readonly do: 'pass' }
  | { readonly do: 'rewrite'; readonly bytes: Buffer; readonly answered?: (response: string) => void }
  | { readonly do: 'answer'; readonly bytes: Buffer; readonly event?: readonly AmiHeader[] };

/**
 * Judges one action of a session that has logged in. Later actions of the same connection wait for the answer; events do not.
 * The transport answers an error, and passes nothing, when the judge throws or is later than its bound; `signal` is then aborted,
 * and a judge that has reserved anything for the call MUST give it back.
 */
export type AmiJudge = (
  action: AmiAction,
  session: AmiSession,
  signal: AbortSignal,
) => AmiJudgement | Promise<AmiJudgement>;

/** Lower case as `strcasecmp` of the C locale means it: only A to Z. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** The action that these headers make; `raw` are the bytes they were read from. */
export function amiAction(raw: Buffer, headers: readonly AmiHeader[]): AmiAction {
  const lowered = headers.map(({ name }) => asciiLower(name));
  const all = (name: string): string[] => {
    const wanted = asciiLower(name);
    return headers.filter((_, at) => lowered[at] === wanted).map(({ value }) => value);
  };
  return {
    raw,
    name: asciiLower(all('action').find((value) => value !== '') ?? ''),
    headers,
    first: (name) => headers[lowered.indexOf(asciiLower(name))]?.value,
    all,
  };
}

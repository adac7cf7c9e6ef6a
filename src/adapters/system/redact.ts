/** What must not stand in a log: secrets, by the name of their field or by their form, and the line digits of telephone numbers. */

const HIDDEN = '(hidden)';
/** A field that is called so holds nothing for a log. */
const SECRET_FIELD =
  /passw|secret|token|authorization|cookie|credential|api_?key|private_?key|^(url|key|sha256)$/i;

/** With a plus in front nothing else looks like it: no bound on what follows. */
const E164 = /\+[1-9]\d{2,10}(\d{4})(?!\d)/g;
/** Ten or eleven digits of the North American plan, as people write them. Neither part of a longer number, of a word nor of an id. */
const NANP = /(?<![\w.+-])((?:1[-. ]?)?\(?[2-9]\d{2}\)?[-. ]{0,2}[2-9]\d{2}[-. ]?)\d{4}(?![\w-])/g;
/** `scheme://user:password@host`. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'`]{1,512}@/gi;
const QUERY_SECRET = /([?&](?:api_key|apikey|token|access_token|secret|password|sig|signature)=)[^&\s"'`]+/gi;
const BEARER = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;
const OWN_TOKEN = /\bbwt_[\w-]{16,}/g;

/** Text of any origin: area code and exchange stay readable, so that an operator can tell calls apart. */
export const hideInText = (text: string): string =>
  text
    .replace(USER_INFO, `$1${HIDDEN}@`)
    .replace(QUERY_SECRET, `$1${HIDDEN}`)
    .replace(BEARER, `$1 ${HIDDEN}`)
    .replace(OWN_TOKEN, HIDDEN)
    .replace(E164, (number) => `${number.slice(0, -4)}****`)
    .replace(NANP, '$1****');

/** Whatever nests deeper is no field that anybody reads. */
const DEPTH_MAX = 6;

/** The fields of one line. Counts and durations stay as they are. */
export function hideInFields(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return hideInText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return HIDDEN;
  if (value instanceof Error) return { type: value.name, message: hideInText(value.message) };
  if (Array.isArray(value)) return value.map((each) => hideInFields(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      SECRET_FIELD.test(name) ? HIDDEN : hideInFields(member, depth + 1),
    ]),
  );
}

/** What must not stand in a log: secrets, by the name of their field or by their form, and the line digits of telephone numbers. */

const HIDDEN = '(hidden)';
/** A field that is called so holds nothing for a log. */
const SECRET_FIELD =
  /passw|secret|token|authorization|cookie|credential|api_?key|private_?key|^(url|key|sha256)$/i;

/** With a plus in front nothing else looks like it: no bound on what follows. */
const E164 = /\+[1-9]\d{2,10}(\d{4})(?!\d)/g;
/** Of other countries, as people write them: a country code and groups. */
const GROUPED = /\+(?!1)[1-9]\d{0,2}(?:[-. ()]{1,2}\d{2,5}){2,5}(?!\d)/g;
/**
 * Ten digits of the North American plan, as people write them and as exchanges dial them: behind a 1, one digit and a 1, or up to three
 * of 0, 8 and 9 for an outside line. Part of no longer number, word or fraction; a UUID, found first, is left as it is.
 */
const NANP =
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?:(?<=%2B)|(?<![0-9a-z])(?<!\d\.))((?:\d?1[-. ]{0,2}|[089]{0,3}1?)\(?[2-9]\d{2}\)?[-. ]{0,2}[2-9]\d{2}[-. ]?)\d{4}(?![0-9a-z])/gi;
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
    .replace(GROUPED, withoutLine)
    .replace(NANP, (found, shown?: string) => (shown === undefined ? found : `${shown}****`));

/** Where groups end is not known: the first four digits stay. */
const withoutLine = (number: string): string => {
  let seen = 0;
  return number.replace(/\d/g, (digit) => ((seen += 1) <= 4 ? digit : '*'));
};

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

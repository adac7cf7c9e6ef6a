/** Changes of an Identity header as an attacker or a broken proxy makes them: bits, pieces, parameters, and parts of the token. */

type Dice = (sides: number) => number;
type Change = (text: string, dice: Dice) => string;

const PIECES = [
  ';', ',', '"', '<', '>', '=', '.', '..', ' ', '\t', '\r\n ', '\r\n', '\0', '\\', '%00', '\u{1f4a9}', 'é',
  ';info=<https://evil.example/x.pem>', ';info="https://127.0.0.1/"', ';ppt=div', ';ppt="shaken"', ';PPT=rph',
  ';alg=none', ';alg=ES256', ';x="', ';y=\\', 'A', 'Z', '_', '-', '0', 'e30', 'eyJ',
]; // prettier-ignore

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const CHANGES: readonly Change[] = [
  // One bit of one character.
  (text, dice) => {
    const at = dice(text.length + 1);
    return splice(text, at, 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << dice(8))));
  },
  // One character of the token for another of its alphabet: still a token.
  (text, dice) => {
    const at = dice(Math.max(1, text.indexOf(';')));
    return splice(text, at, 1, BASE64URL[dice(64)] ?? 'A');
  },
  (text, dice) => splice(text, dice(text.length + 1), dice(20), ''),
  (text, dice) => splice(text, dice(text.length + 1), dice(3), PIECES[dice(PIECES.length)] ?? ''),
  (text, dice) => {
    const from = dice(text.length + 1);
    return splice(text, dice(text.length + 1), 0, text.slice(from, from + dice(200)));
  },
  (text, dice) => text.slice(0, dice(text.length + 1)),
  (text) => (text.length > 20_000 ? text : `${text},${text}`),
  (text) => text.split(';').reverse().join(';'),
  (text) => text.toUpperCase(),
  // A claim or header field with another value, encoded as it should be.
  (text, dice) => {
    const [token = '', ...rest] = text.split(';');
    const parts = token.split('.');
    const which = dice(2);
    const json = Buffer.from(parts[which] ?? '', 'base64url').toString('latin1');
    const at = dice(json.length + 1);
    const changed = splice(json, at, 1, String.fromCharCode(32 + dice(95)));
    parts[which] = Buffer.from(changed, 'latin1').toString('base64url');
    return [parts.join('.'), ...rest].join(';');
  },
  // A signature of other bytes.
  (text, dice) => {
    const [token = '', ...rest] = text.split(';');
    const [header = '', claims = '', signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    if (bytes.length > 0) bytes[dice(bytes.length)] = dice(256);
    return [`${header}.${claims}.${bytes.toString('base64url')}`, ...rest].join(';');
  },
];

const splice = (text: string, at: number, count: number, piece: string): string =>
  text.slice(0, at) + piece + text.slice(at + count);

/** One to four changes, chosen by `dice`. */
export function mutateHeader(header: string, dice: Dice): string {
  let text = header;
  for (let left = 1 + dice(4); left > 0; left -= 1)
    text = (CHANGES[dice(CHANGES.length)] ?? CHANGES[0]!)(text, dice);
  return text;
}

/** The address of a certificate before anything is opened (ATIS-1000074 §5.3.1): https, its usual ports, no secrets and no tails. */
import { type Checked, passed, refused, shown } from './refusal.ts';

const URL_CHARACTERS_MAX = 2_048;
const PORTS: readonly string[] = ['', '443', '8443'];

/** `relaxed` also lets http and other ports pass: for authorities of one's own, and tests. */
export function readCertificateUrl(text: string, relaxed: boolean): Checked<URL> {
  const bad = (expected: string): Checked<never> =>
    refused('bad_info_url', `address of the certificate is ${shown(text)}; expected ${expected}`);
  // The parser of URLs forgives blanks, backslashes and more; another reader of the same text might not.
  if (text.length > URL_CHARACTERS_MAX || !/^[\x21-\x7e]+$/.test(text) || /["<>\\^`{|}]/.test(text)) {
    return bad(`at most ${URL_CHARACTERS_MAX} characters of an address`);
  }
  if (!URL.canParse(text)) return bad('an https address');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(relaxed && url.protocol === 'http:')) return bad('an https address');
  if (!relaxed && !PORTS.includes(url.port)) return bad('port 443 or 8443');
  if (url.username !== '' || url.password !== '') return bad('no user in it');
  return url.search === '' && url.hash === '' ? passed(url) : bad('no query and no fragment');
}

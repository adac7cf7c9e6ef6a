/** Which addresses stay on this machine. */
import { isIPv4 } from 'node:net';

/** True for an address only this machine can reach. A host name other than `localhost` is not: it may resolve to anything. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}

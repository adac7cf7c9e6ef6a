/**
 * Which addresses may be connected to, for certificates, webhooks and pushes. An Identity header names an address of its sender's choice: without this guard it could make the
 * sidecar knock at doors inside the operator's network. Checked on the address that is connected to, so that a name cannot be resolved to a
 * public address for the check and to a private one for the connection.
 */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { isLoopback } from './loopback.ts';

const PRIVATE_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;

/** Inside 2000::/3, which alone is public: documentation, Teredo and 6to4, which carry IPv4 addresses in them. */
const PRIVATE_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const refusedV4 = new BlockList();
for (const [network, bits] of PRIVATE_V4) refusedV4.addSubnet(network, bits, 'ipv4');
const refusedV6 = new BlockList();
for (const [network, bits] of PRIVATE_V6) refusedV6.addSubnet(network, bits, 'ipv6');
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');

export type AddressGuard = (address: string) => boolean;

/** `networks` in CIDR notation are allowed although they are private. */
export function addressGuard(networks: readonly string[]): AddressGuard {
  const allowed = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    allowed.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    if (family === 4) return allowed.check(address, 'ipv4') || !refusedV4.check(address, 'ipv4');
    // IPv4 addresses mapped into IPv6 are outside 2000::/3 and so refused, unless the network is allowed by name.
    if (family === 6) {
      if (allowed.check(address, 'ipv6')) return true;
      return publicV6.check(address, 'ipv6') && !refusedV6.check(address, 'ipv6');
    }
    return false;
  };
}

export class AddressRefused extends Error {
  readonly code = 'address_refused';
}

/** A resolver that answers with allowed addresses only, and fails when none is left. */
export function guardedLookup(
  guard: AddressGuard,
  resolve: typeof systemLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const [first, ...others] = error === null ? found.filter(({ address }) => guard(address)) : [];
      if (error !== null) callback(error, '', 0);
      else if (first === undefined) {
        const seen = found.map(({ address }) => address).join(', ');
        callback(new AddressRefused(`host \`${hostname}\` is at ${seen}`), '', 0);
      } else if (options.all === true) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const;

/** Brackets off: `[::1]` in an address is `::1` on the wire. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/**
 * For an address that the operator wrote: public ones, the networks listed, and this machine where the address itself says so (a name that
 * merely leads here does not).
 */
export const targetGuard = (url: URL, networks: readonly string[]): AddressGuard =>
  addressGuard(isLoopback(hostOf(url)) ? [...LOOPBACK, ...networks] : networks);

/** An address without a name is looked up by nobody, so it is judged here; null when it may be connected to. */
export function refusedLiteral(url: URL, guard: AddressGuard): AddressRefused | null {
  const host = hostOf(url);
  return isIP(host) !== 0 && !guard(host) ? new AddressRefused(`\`${host}\` is a private address`) : null;
}

/** CIDR notation that `addressGuard` takes. */
export function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most && rest.length === 0;
}

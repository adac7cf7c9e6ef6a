/**
 * Doctor's look at who could reach the doors: what the kernel of this machine says it listens on (/proc/net/tcp, proc(5)). Nothing is
 * connected to. Another machine's ports cannot be seen from here.
 */
import { readFile } from 'node:fs/promises';
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

const LISTEN = '0A';

export interface Listener {
  /** As the kernel has it: hexadecimal, 8 digits for IPv4 and 32 for IPv6, 32-bit words in the machine's order. */
  readonly addressHex: string;
  readonly port: number;
}

/** Of the text of /proc/net/tcp or tcp6: one line a socket, `sl local_address rem_address st ...`. */
export const listenersIn = (text: string): readonly Listener[] =>
  text.split('\n').flatMap((line) => {
    const [, address = '', , state] = line.trim().split(/\s+/);
    const [addressHex = '', portHex = ''] = address.split(':');
    return state === LISTEN ? [{ addressHex, port: Number.parseInt(portHex, 16) }] : [];
  });

const LOOPBACK_V6 = '00000000000000000000000001000000';
/** `::ffff:127.x.x.x`. */
const MAPPED_LOOPBACK = /^0000000000000000FFFF0000[0-9A-F]{6}7F$/;

const isLoopback = (hex: string): boolean =>
  hex.length === 8 ? hex.endsWith('7F') : hex === LOOPBACK_V6 || MAPPED_LOOPBACK.test(hex);

/** Doors that should be reached from this machine only: AMI, ARI and FastAGI send secrets or take orders in the clear. */
export interface Door {
  readonly name: string;
  readonly port: number;
  /** File and key with which it is closed. */
  readonly fix: string;
}

const LOCAL_HOSTS = ['127.0.0.1', 'localhost', '::1'];
export const isHere = (host: string): boolean => LOCAL_HOSTS.includes(host.replace(/^\[|\]$/g, ''));

export function openDoors(doors: readonly Door[], listeners: readonly Listener[]): readonly Finding[] {
  const open = doors.flatMap(({ name, port, fix }) =>
    listeners.some((each) => each.port === port && !isLoopback(each.addressHex))
      ? [bad('open doors', `${name}, port ${port}, can be reached from other machines`, fix)]
      : [],
  );
  if (open.length > 0) return open;
  return doors.length === 0
    ? [skipped('open doors', 'the exchange is on another machine: look there')]
    : [ok('open doors', `${doors.map(({ name }) => name).join(', ')} are for this machine only`)];
}

export async function doorFindings(doors: readonly Door[]): Promise<readonly Finding[]> {
  const texts = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => null)),
  );
  if (texts.every((text) => text === null))
    return [skipped('open doors', 'this system has no /proc/net/tcp')];
  return openDoors(
    doors,
    texts.flatMap((text) => listenersIn(text ?? '')),
  );
}

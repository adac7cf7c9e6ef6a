/**
 * The address of the shared counters, one line for each way Redis is run:
 * `redis://host:6379` (one server, or a primary with replicas), `redis+sentinel://h1:26379,h2:26379/name` (whichever server the Sentinels
 * name), `redis+cluster://h1:6379,h2:6379` (whichever node serves our slot). `rediss` in front speaks TLS.
 */

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface RedisLogin {
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
}

export type RedisPlace =
  | { readonly kind: 'server'; readonly url: string }
  | ({
      readonly kind: 'sentinel';
      readonly nodes: readonly RedisNode[];
      readonly name: string;
      /** Of the Sentinels themselves. */
      readonly sentinelPassword: string | null;
    } & RedisLogin)
  | ({ readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] } & RedisLogin);

export const REDIS_ADDRESS_EXPECTED =
  'a redis:// or rediss:// address, redis+sentinel://host:port,host:port/name, or redis+cluster://host:port,host:port';

const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6_379;
const SEVERAL =
  /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([A-Za-z0-9._-]+))?(?:\?sentinelPassword=([^&]+))?$/;

/** Null: not an address. The text holds passwords and MUST NOT be shown. */
export function parseRedisAddress(text: string): RedisPlace | null {
  if (/^rediss?:\/\//.test(text)) return URL.canParse(text) ? { kind: 'server', url: text } : null;
  const [, scheme, kind, login, hosts = '', name, sentinelPassword] = SEVERAL.exec(text) ?? [];
  const nodes = hosts.split(',').map((host) => nodeOf(host, kind === 'cluster' ? REDIS_PORT : SENTINEL_PORT));
  if (scheme === undefined || !nodes.every((node) => node !== null)) return null;
  const who = loginOf(login);
  if (who === null) return null;
  const common = { nodes, tls: scheme === 'rediss', ...who };
  if (kind === 'cluster') {
    return name === undefined && sentinelPassword === undefined ? { kind, ...common } : null;
  }
  const ofSentinels = sentinelPassword === undefined ? null : decoded(sentinelPassword);
  if (name === undefined || ofSentinels === undefined) return null;
  return { kind: 'sentinel', ...common, name, sentinelPassword: ofSentinels };
}

function nodeOf(text: string, fallback: number): RedisNode | null {
  const [, six, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = six ?? plain;
  const number = port === undefined ? fallback : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? null : { host, port: number };
}

/** `user:password`, `:password`, or nothing; in percent encoding, as in every address. Null: it cannot be read. */
function loginOf(text: string | undefined): Omit<RedisLogin, 'tls'> | null {
  if (text === undefined || text === '') return { username: null, password: null };
  const [user = '', ...rest] = text.split(':');
  const [username, password] = [decoded(user), decoded(rest.join(':'))];
  if (username === undefined || password === undefined) return null;
  return { username: username === '' ? null : username, password: password === '' ? null : password };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

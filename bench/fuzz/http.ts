/** HTTP: every route of the description with bodies from its schema and with none of it, tokens right and wrong, and bytes that are no HTTP. */
import { connect } from 'node:net';
import { CAMPAIGN, SELLER } from '../../test/support/serve-client.ts';
import { type Dice, mutateBytes, oddValue, oneOf } from './mutate.ts';
import { DUE, NEVER, type Target, TOKENS } from './target.ts';
import type { Fuzzing } from './run.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly pattern?: string;
}
interface Operation {
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema?: Schema }[];
}
interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const KNOWN: Readonly<Record<string, readonly unknown[]>> = {
  number: [...DUE.slice(0, 8), ...NEVER.slice(0, 4), '303-555-0112', ''],
  campaign: [CAMPAIGN, CAMPAIGN, 'talks', 'lunar'],
  seller: [SELLER, SELLER, 'other'],
  call_id: ['fuzz-1', 'fuzz-2', 'fuzz-3', null],
  caller_id: ['+13035550101', '+13035550109', null],
  place: [false, false, true],
  outcome: ['connected', 'dropped', 'busy', 'no_answer', 'machine'],
  state: ['ready', 'paused', 'CO'],
  channel: ['voice', 'email'],
  zip: ['80202', '00000'],
  at: ['2026-11-23T18:30:00Z', '2026-11-26T13:00:00Z'],
  who: ['Kim'],
  why: ['fuzz'],
  id: ['fuzz-1', '2001', CAMPAIGN, '3001', 'nobody'],
};
/** An override may make a call lawful that was not: what is fuzzed there are strangers. */
const NOT_WITH_A_RIGHT = /^\/v1\/overrides/;
/** Loads the whole law: now and then is enough. */
const SLOW = /^\/v1\/reload/;
const STREAMS = /feed|screen|batch/;

export async function fuzzHttp(target: Target, fuzzing: Fuzzing): Promise<void> {
  const described = (await (await fetch(`${target.url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
  };
  const schemas = described.components?.schemas ?? {};
  const routes: readonly Route[] = Object.entries(described.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  await fuzzing.inTurns(8, async (dice) => {
    if (dice(20) === 0) return sendBytes(target, dice, fuzzing);
    const route = oneOf(dice, routes);
    if (STREAMS.test(route.path) || (SLOW.test(route.path) && dice(50) > 0)) return;
    await askOnce(target, route, schemas, dice, fuzzing);
  });
}

async function askOnce(
  target: Target,
  { method, path, operation }: Route,
  schemas: Readonly<Record<string, Schema>>,
  dice: Dice,
  { keep }: Fuzzing,
): Promise<void> {
  const stranger = dice(6) === 0 || NOT_WITH_A_RIGHT.test(path);
  const token = stranger
    ? oneOf(dice, ['', 'x', 'bwt_x', `${TOKENS.dialer}x`, TOKENS.dialer.slice(0, -1)])
    : oneOf(dice, Object.values(TOKENS));
  const filled = path.replace(/\{(\w+)\}|:(id|source)/g, (_, one: string) =>
    encodeURIComponent(
      String(dice(6) === 0 ? oddText(dice) : oneOf(dice, KNOWN[one] ?? KNOWN['id'] ?? ['x'])),
    ),
  );
  const query = (operation.parameters ?? [])
    .filter((each) => each.in === 'query' && dice(2) === 0)
    .map(
      ({ name, schema }) =>
        `${name}=${encodeURIComponent(shown(valueOf(schema ?? {}, name, schemas, dice)))}`,
    );
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const json = schema === undefined ? undefined : JSON.stringify(valueOf(schema, '', schemas, dice));
  const spoilt = json !== undefined && dice(10) === 0;
  const body = json === undefined ? undefined : spoilt ? mutateBytes(Buffer.from(json), dice) : json;
  const url = `${target.url}${filled}${query.length === 0 ? '' : `?${query.join('&')}`}`;
  keep.sent(
    `${method} ${url} [${token}] ${typeof body === 'string' ? body : (body?.toString('base64') ?? '')}`,
  );
  const headers = {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': dice(30) === 0 ? 'text/plain' : 'application/json' }),
    ...(dice(15) === 0 ? { origin: 'http://evil.example' } : {}),
    ...(dice(15) === 0 ? { 'idempotency-key': oddText(dice).replace(/[^\x21-\x7e]/g, '') } : {}),
  };
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await answer.text();
  judge(
    { status: answer.status, type: answer.headers.get('content-type') ?? '', text, path: filled, stranger },
    keep,
  );
  if (answer.ok && path === '/v1/originations' && method === 'POST') await settle(target, text, dice);
}

function judge(
  seen: { status: number; type: string; text: string; path: string; stranger: boolean },
  keep: Fuzzing['keep'],
): void {
  const { status, type, text, path, stranger } = seen;
  // Its 503 lists what is not ready, which is an answer.
  if (status >= 500 && !(path === '/readyz' && status === 503)) {
    const code = type.includes('problem+json') ? (JSON.parse(text) as { code?: string }).code : undefined;
    if (code === undefined || code === 'internal')
      keep.failed(`${status} without a cause: ${type} ${text.slice(0, 500)}`);
  }
  if (stranger && status < 300 && path.startsWith('/v1/')) keep.failed(`a stranger was answered ${status}`);
  for (const token of Object.values(TOKENS)) if (text.includes(token)) keep.failed('an answer holds a token');
}

/** Most reservations get a result, so that the budget is not all that is fuzzed. */
async function settle(target: Target, text: string, dice: Dice): Promise<void> {
  const { verdict, call_id: callId } = JSON.parse(text) as { verdict?: string; call_id?: string };
  if (verdict !== 'permit' || callId === undefined || dice(5) === 0) return;
  await target.ask(
    'POST',
    `/v1/calls/${encodeURIComponent(callId)}/result`,
    { outcome: 'busy' },
    TOKENS.dialer,
  );
}

const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
const oddText = (dice: Dice): string => shown(oddValue(dice)).slice(0, 300);

function valueOf(
  schema: Schema,
  name: string,
  schemas: Readonly<Record<string, Schema>>,
  dice: Dice,
  depth = 0,
): unknown {
  if (dice(12) === 0) return oddValue(dice);
  if (depth > 6) return null;
  const { $ref, enum: words, properties, items, required = [] } = schema;
  const choices = schema.anyOf ?? schema.oneOf;
  const known = KNOWN[name];
  if (known !== undefined && dice(8) > 0) return oneOf(dice, known);
  if ($ref !== undefined)
    return valueOf(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, name, schemas, dice, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (words !== undefined) return oneOf(dice, words);
  if (choices !== undefined) return valueOf(oneOf(dice, choices), name, schemas, dice, depth + 1);
  if (properties !== undefined) {
    const chosen = Object.entries(properties).filter(([key]) =>
      required.includes(key) ? dice(20) > 0 : dice(2) === 0,
    );
    const value = Object.fromEntries(
      chosen.map(([key, each]) => [key, valueOf(each, key, schemas, dice, depth + 1)]),
    );
    return dice(25) === 0 ? { ...value, stranger: oddValue(dice) } : value;
  }
  const type = typeof schema.type === 'string' ? schema.type : oneOf(dice, schema.type ?? ['string']);
  if (type === 'array')
    return Array.from({ length: dice(4) }, () => valueOf(items ?? {}, name, schemas, dice, depth + 1));
  if (type === 'integer' || type === 'number') return oneOf(dice, [0, 1, 5, 100, -1, 2 ** 31, 1e9]);
  if (type === 'boolean') return dice(2) === 0;
  if (/_at$|until|since|from/.test(name))
    return oneOf(dice, ['2026-11-23T18:00:00Z', '2027-01-01T00:00:00Z', '2026-11-20']);
  return oneOf(dice, ['x', 'fuzz-1', 'written', '2026-11-20', '+13035550111', 'CO', '7']);
}

const REQUESTS = [
  'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
  'POST /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /v1/originations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'GET /v1/feed HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
] as const;

/** Bytes on the socket; whatever comes back, the sidecar is looked at afterwards. */
async function sendBytes(target: Target, dice: Dice, { keep }: Fuzzing): Promise<void> {
  const bytes = mutateBytes(Buffer.from(oneOf(dice, REQUESTS)), dice);
  keep.sent(bytes);
  await new Promise<void>((resolve) => {
    const socket = connect(target.ports.http, '127.0.0.1');
    const cut = setTimeout(() => socket.destroy(), 50 + dice(200));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(cut);
      resolve();
    });
    socket.resume();
    socket.write(bytes);
  });
}

/** The sidecar over HTTP, for the commands: JSON in, JSON out, a deadline, and messages that say what to do. */
import { CommandFailed, EXIT, type Io } from './io.ts';
import { plain } from './text.ts';

export interface Connection {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  /** Milliseconds for one request. */
  readonly timeoutMs?: number | undefined;
}

export interface Client {
  readonly url: string;
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** The bytes of what is no JSON. */
  download(path: string): Promise<Uint8Array>;
}

export const DEFAULT_URL = 'http://127.0.0.1:4580';
const TIMEOUT_MS = 10_000;

/** RFC 9457; members that this sidecar's problems have. */
interface ProblemDetails {
  readonly title?: string;
  readonly detail?: string;
  readonly field?: string;
  readonly value?: string;
  readonly expected?: string;
  readonly problems?: readonly string[];
}

export function connectTo(connection: Connection, io: Io): Client {
  const base = baseUrl(connection.url ?? io.env['BREAKWATER_URL'] ?? DEFAULT_URL);
  const token = connection.token ?? io.env['BREAKWATER_TOKEN'] ?? '';
  const timeoutMs = connection.timeoutMs ?? TIMEOUT_MS;

  async function exchange(
    method: 'GET' | 'POST',
    path: string,
    accept: string,
    body?: unknown,
  ): Promise<{ readonly response: Response; readonly bytes: Buffer }> {
    try {
      const response = await fetch(`${base}${path}`, {
        method,
        headers: {
          accept,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { response, bytes: Buffer.from(await response.arrayBuffer()) };
    } catch (error) {
      throw unreachable(base, timeoutMs, error);
    }
  }

  async function ask<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
    const { response, bytes } = await exchange(method, path, 'application/json', body);
    const answer = parse(bytes.toString());
    if (!response.ok) throw refused(response.status, answer as ProblemDetails | undefined, base);
    if (answer === undefined) {
      throw new CommandFailed(
        EXIT.fault,
        `what answers at ${base} does not speak JSON`,
        'is it the sidecar? see --url',
      );
    }
    return answer as Answer;
  }
  return {
    url: base,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    async download(path) {
      const { response, bytes } = await exchange('GET', path, '*/*');
      if (response.ok) return bytes;
      throw refused(response.status, parse(bytes.toString()) as ProblemDetails | undefined, base);
    },
  };
}

function baseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new CommandFailed(
      EXIT.usage,
      `--url \`${text}\`: expected an http or https address like ${DEFAULT_URL}`,
    );
  }
  return text.replace(/\/+$/, '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(base: string, timeoutMs: number, error: unknown): CommandFailed {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new CommandFailed(
      EXIT.fault,
      `no answer from ${base} within ${timeoutMs} ms`,
      'try --timeout, or `breakwater doctor`',
    );
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === 'ECONNREFUSED'
    ? new CommandFailed(
        EXIT.fault,
        `nothing listens at ${base}`,
        'start the sidecar with `breakwater serve`, or name another address with --url',
      )
    : new CommandFailed(
        EXIT.fault,
        `${base} cannot be reached: ${code === '' ? (cause instanceof Error ? cause.message : String(error)) : code}`,
      );
}

/** An unusable value is the asker's; a missing thing is an answer; the rest is a fault. */
function refused(status: number, problem: ProblemDetails | undefined, base: string): CommandFailed {
  const what = problem?.detail ?? problem?.title ?? `status ${status}`;
  if (status === 401 || status === 403) {
    return new CommandFailed(
      EXIT.fault,
      `${base} refuses: ${what}`,
      'name a token with --token or BREAKWATER_TOKEN',
    );
  }
  if (status === 404) return new CommandFailed(EXIT.notOk, what);
  if (problem?.problems !== undefined) {
    return new CommandFailed(EXIT.notOk, [...problem.problems.map(plain), what].join('\n'));
  }
  if (status < 500 && status !== 429) {
    const { field, value, expected } = problem ?? {};
    const told = what.includes(expected ?? '\0') || expected === undefined;
    return new CommandFailed(
      EXIT.usage,
      told ? what : `${field ?? 'value'} \`${value ?? ''}\`: expected ${expected}`,
    );
  }
  return new CommandFailed(EXIT.fault, `${base} answers ${status}: ${what}`);
}

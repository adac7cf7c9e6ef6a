/** One request with its deadline, its token and its repeats. Only what may be asked twice is asked twice. */
import type { Problem } from './api.ts';
import { BreakwaterProblem, BreakwaterUnreachable } from './problem.ts';

export interface ClientOptions {
  /** Default `http://127.0.0.1:4580`. */
  readonly url?: string;
  /** Bearer token; left out where the sidecar listens on loopback without tokens. */
  readonly token?: string;
  /** For one attempt; default 10,000. */
  readonly timeoutMs?: number;
  /** How often a request that rings nobody twice is asked at most; default 3. */
  readonly attemptsMax?: number;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** A stream has no deadline. */
  readonly streams?: boolean;
  /** False: asked once, whatever happens. */
  readonly repeatable?: boolean;
}

export interface Transport {
  /** Resolves with an answer 2xx. Rejects with `BreakwaterProblem`, `BreakwaterUnreachable`, or what `signal` was aborted with. */
  ask(given: Ask): Promise<Response>;
}

const FIRST_WAIT_MS = 250;
/** Told by one who will soon be able again. */
const PASSING: readonly number[] = [429, 502, 503];

export function createTransport(options: ClientOptions): Transport {
  const base = (options.url ?? 'http://127.0.0.1:4580').replace(/\/+$/, '');
  const { token, timeoutMs = 10_000, attemptsMax = 3, fetch: send = fetch } = options;

  async function once(given: Ask): Promise<Response> {
    const signals = [
      ...(given.signal === undefined ? [] : [given.signal]),
      ...(given.streams === true ? [] : [AbortSignal.timeout(timeoutMs)]),
    ];
    try {
      return await send(`${base}${given.path}`, {
        method: given.method,
        headers: {
          ...(given.body === undefined ? {} : { 'content-type': given.contentType ?? 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...given.headers,
        },
        redirect: 'error',
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
        ...(given.body === undefined ? {} : { body: given.body }),
      });
    } catch (error) {
      given.signal?.throwIfAborted();
      throw new BreakwaterUnreachable(`no answer of ${base}: ${said(error)}`, { cause: error });
    }
  }

  return {
    async ask(given) {
      const most = given.repeatable === false ? 1 : attemptsMax;
      for (let attempt = 1; ; attempt += 1) {
        try {
          const answer = await once(given);
          if (answer.ok) return answer;
          throw new BreakwaterProblem(answer.status, await problemIn(answer));
        } catch (error) {
          if (attempt >= most || !mayPass(error)) throw error;
        }
        await pause(FIRST_WAIT_MS * 2 ** (attempt - 1), given.signal);
      }
    },
  };
}

const mayPass = (error: unknown): boolean =>
  error instanceof BreakwaterUnreachable ||
  (error instanceof BreakwaterProblem && PASSING.includes(error.status));

const said = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
};

async function problemIn(answer: Response): Promise<Partial<Problem>> {
  try {
    return (await answer.json()) as Partial<Problem>;
  } catch {
    return {};
  }
}

/** Ends early, by throwing what the signal was aborted with. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

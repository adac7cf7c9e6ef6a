/**
 * Every rule asks the same of the same request: the last answer stays with the request and goes away with it. Only a request that was made
 * to remember does; of any other each answer is worked out anew.
 * Not a WeakMap beside the requests: with one the rules decide a fifth fewer requests a second.
 */
import type { OriginationRequest } from '../domain/origination.ts';

/** A copy is no longer the same request: it takes the members along and not the answers. */
class RememberingRequest {
  readonly #answers = new Map<object, unknown>();

  constructor(request: OriginationRequest) {
    Object.assign(this, request);
  }

  static answersOf(request: OriginationRequest): Map<object, unknown> | null {
    return #answers in request ? request.#answers : null;
  }
}

/** The same request, able to remember. */
export const remembering = (request: OriginationRequest): OriginationRequest =>
  RememberingRequest.answersOf(request) === null
    ? (new RememberingRequest(request) as unknown as OriginationRequest)
    : request;

/** One thing that is kept with each request. */
export interface Kept<Value> {
  get(request: OriginationRequest): Value | undefined;
  set(request: OriginationRequest, value: Value): void;
}

export function keptWithRequests<Value>(): Kept<Value> {
  const key = {};
  return {
    get: (request) => RememberingRequest.answersOf(request)?.get(key) as Value | undefined,
    set: (request, value) => void RememberingRequest.answersOf(request)?.set(key, value),
  };
}

/**
 * The same function, which works an answer out once for each request as long as its other arguments are the same. Requests, policies and
 * campaigns are never changed in place, so an answer for the same ones holds. What throws is not remembered.
 */
export function perRequest<Rest extends readonly unknown[], Answer>(
  work: (request: OriginationRequest, ...rest: Rest) => Answer,
): (request: OriginationRequest, ...rest: Rest) => Answer {
  const answers = keptWithRequests<{ readonly rest: Rest; readonly answer: Answer }>();
  return (request, ...rest) => {
    const last = answers.get(request);
    if (last !== undefined && areTheSame(last.rest, rest)) return last.answer;
    const answer = work(request, ...rest);
    answers.set(request, { rest, answer });
    return answer;
  };
}

function areTheSame(before: readonly unknown[], now: readonly unknown[]): boolean {
  if (before.length !== now.length) return false;
  for (let index = 0; index < now.length; index += 1) {
    if (!Object.is(before[index], now[index])) return false;
  }
  return true;
}

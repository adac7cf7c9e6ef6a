/** Every rule asks the same of the same request: the last answer stays with the request and goes away with it. */
import type { OriginationRequest } from '../domain/origination.ts';

/**
 * The same function, which works an answer out once for each request as long as its other arguments are the same. Requests, policies and
 * campaigns are never changed in place, so an answer for the same ones holds. What throws is not remembered.
 */
export function perRequest<Rest extends readonly unknown[], Answer>(
  work: (request: OriginationRequest, ...rest: Rest) => Answer,
): (request: OriginationRequest, ...rest: Rest) => Answer {
  const answers = new WeakMap<OriginationRequest, { readonly rest: Rest; readonly answer: Answer }>();
  return (request, ...rest) => {
    const last = answers.get(request);
    if (last?.rest.length === rest.length && last.rest.every((each, index) => Object.is(each, rest[index]))) {
      return last.answer;
    }
    const answer = work(request, ...rest);
    answers.set(request, { rest, answer });
    return answer;
  };
}

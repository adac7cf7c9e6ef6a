/**
 * `Idempotency-Key` of the requests that ask for a call (draft-ietf-httpapi-idempotency-key-header). The key is the call id: what the
 * ledger keeps under it outlives restarts and holds for all sidecars, so there is no second book of keys.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Screened, ScreenInput } from '../control/operations.ts';
import { HttpProblem, invalidInput } from './problem.ts';
import { readCallId } from './parse.ts';

export const IDEMPOTENCY_NOTE =
  'With `Idempotency-Key` the key is the call id, where the body has none: asked again the first decision stands and nobody is rung twice; the same key with another call is refused.';

/** Bare, or a quoted string as the draft writes it. */
function keyIn(headers: IncomingHttpHeaders): string | null {
  const said = headers['idempotency-key'];
  if (said === undefined) return null;
  const text = Array.isArray(said) ? said.join(', ') : said;
  return readCallId('Idempotency-Key', /^"(.*)"$/.exec(text)?.[1] ?? text);
}

export function keyedInput(input: ScreenInput, headers: IncomingHttpHeaders): ScreenInput {
  const key = keyIn(headers);
  if (key === null) return input;
  if (input.callId !== null && input.callId !== key) {
    throw new HttpProblem(
      'invalid_input',
      'call_id and Idempotency-Key differ: expected one of them, or the same',
      {
        field: 'Idempotency-Key',
        value: key,
        expected: 'the call_id of the body, or no call_id',
      },
    );
  }
  return { ...input, callId: key };
}

/** One key cannot stand for many calls; whoever sends one counts on it, and asked again every line would be another call. */
export function refuseKey(headers: IncomingHttpHeaders): void {
  const key = headers['idempotency-key'];
  if (key === undefined) return;
  throw invalidInput('Idempotency-Key', String(key), 'no key: a call_id in each line of the batch');
}

/** Without a key the answer itself says it: a veto of the call that is asked for now. */
export function refuseOtherCall(
  headers: IncomingHttpHeaders,
  { callId, sameCall }: Pick<Screened, 'callId' | 'sameCall'>,
): void {
  if (sameCall !== false || keyIn(headers) === null) return;
  throw new HttpProblem(
    'idempotency_key_reused',
    `\`${callId}\` was used for a call with other data; nobody was rung`,
    {
      field: 'Idempotency-Key',
      value: callId,
      expected: 'a key of its own for each call',
    },
  );
}

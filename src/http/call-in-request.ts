/** The call that a request is about, where its path or its body names one; for the log. */
import type { FastifyRequest } from 'fastify';
import { parseCallId } from '../domain/ids.ts';
import { isJsonObject, textIn } from '../domain/json-parts.ts';

/** Routes whose `:id` is a call's. */
const OF_A_CALL = /^\/v1\/(?:calls|recordings)\/:id/;

/** Null where none is named, or what is named is no call id. */
export function callInRequest({
  params,
  body,
  routeOptions: { url = '' },
}: Pick<FastifyRequest, 'params' | 'body' | 'routeOptions'>): string | null {
  const isInPath = OF_A_CALL.test(url);
  const from = isInPath ? params : body;
  const named = isJsonObject(from) ? textIn(from[isInPath ? 'id' : 'call_id']) : null;
  const read = named === null ? null : parseCallId(named);
  return read?.ok === true ? read.value : null;
}

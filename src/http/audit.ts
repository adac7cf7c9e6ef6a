/**
 * Who did what at the door: each request of a supervisor, compliance officer or administrator that changes something stands in the ledger
 * under the holder of its token before it is carried out.
 * INVARIANT (asked-before-done): where that cannot be written, nothing is done.
 * What dialers do call by call is not here: each decision and result is an entry of its own. The same doors under a person's token are.
 */
import type { FastifyRequest } from 'fastify';
import type { Operations } from '../control/operations.ts';
import { callerOf, type Scope } from './auth.ts';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** A cookie of the asker's own browser, and questions that reserve and record nothing. */
const OF_NO_CONSEQUENCE: readonly string[] = ['/v1/session', '/v1/decisions', '/v1/decisions:batch'];

/** Does this request belong into the ledger? */
const isAudited = (request: FastifyRequest): boolean =>
  !SAFE_METHODS.includes(request.method) &&
  !OF_NO_CONSEQUENCE.includes(routeOf(request)) &&
  !(isForDialers(request.routeOptions.config.scopes) && isForDialers(request.caller?.scopes));

const isForDialers = (scopes: readonly Scope[] = []): boolean => scopes.includes('dialer');

/** As it is asked for: a colon that begins no parameter is written twice where routes are declared. */
const routeOf = ({ routeOptions: { url = '' } }: FastifyRequest): string => url.replaceAll('::', ':');

/** `preHandler` hook: the token is known and the request can be meant. */
export const auditor =
  (operations: Pick<Operations, 'recordAction'>) =>
  async (request: FastifyRequest): Promise<void> => {
    if (!isAudited(request)) return;
    const subject = Object.values((request.params ?? {}) as Readonly<Record<string, string>>).join(' ');
    await operations.recordAction({
      who: callerOf(request),
      method: request.method,
      route: routeOf(request),
      subject: subject === '' ? null : subject,
      address: request.ip,
    });
  };

/**
 * Who did what at the door: each request of a supervisor, compliance officer or administrator that changes something stands in the ledger
 * under the holder of its token before it is carried out.
 * INVARIANT (asked-before-done): where that cannot be written, nothing is done.
 * What dialers do call by call is not here: each decision and result is an entry of its own.
 */
import type { FastifyRequest } from 'fastify';
import type { Operations } from '../control/operations.ts';
import { callerOf } from './auth.ts';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** Keeps or forgets a cookie of the asker's own browser, and changes nothing here. */
const OF_NO_CONSEQUENCE: readonly string[] = ['/v1/session'];

/** Does a request of this route belong into the ledger? */
export const isAudited = ({ method, routeOptions: { url = '', config } }: FastifyRequest): boolean =>
  !SAFE_METHODS.includes(method) &&
  !OF_NO_CONSEQUENCE.includes(url) &&
  config.scopes?.includes('dialer') !== true;

/** `preHandler` hook: the token is known and the request can be meant. */
export const auditor =
  (operations: Pick<Operations, 'recordAction'>) =>
  async (request: FastifyRequest): Promise<void> => {
    if (!isAudited(request)) return;
    const subject = Object.values((request.params ?? {}) as Readonly<Record<string, string>>).join(' ');
    await operations.recordAction({
      who: callerOf(request),
      method: request.method,
      route: request.routeOptions.url ?? '',
      subject: subject === '' ? null : subject,
      address: request.ip,
    });
  };

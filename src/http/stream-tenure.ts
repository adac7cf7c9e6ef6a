/**
 * Long answers (the feed, screens, batches) outlive the look at their token. A stream whose token has expired or was revoked is ended within
 * seconds, and one holder has a bounded number of them, so that one token cannot keep the others out.
 */
import type { FastifyRequest, FastifyReply } from 'fastify';
import { HttpProblem } from './problem.ts';

export interface StreamTenureLimits {
  /** Streams of one holder at one address at a time. Where no token is configured, only the limits of each kind of stream hold. */
  readonly perHolderMax: number;
  readonly lookEachMs: number;
}

export const STREAM_TENURE_LIMITS: StreamTenureLimits = { perHolderMax: 64, lookEachMs: 2_000 };

export interface StreamTenure {
  /** `onRequest`, behind the guard. `stillAdmitted` looks at the request's token anew. */
  admit(request: FastifyRequest, reply: FastifyReply, stillAdmitted: () => boolean): void;
  close(): void;
}

export function createStreamTenure(limits: StreamTenureLimits, hasTokens: boolean): StreamTenure {
  const perHolder = new Map<string, number>();
  const open = new Map<FastifyReply, () => boolean>();
  const look = setInterval(() => {
    for (const [reply, stillAdmitted] of open) if (!stillAdmitted()) reply.raw.destroy();
  }, limits.lookEachMs).unref();
  return {
    admit(request, reply, stillAdmitted) {
      if (!hasTokens) return;
      const holder = `${request.caller?.name ?? ''} ${request.ip}`;
      const count = perHolder.get(holder) ?? 0;
      if (count >= limits.perHolderMax) {
        void reply.header('retry-after', '5');
        throw new HttpProblem('too_many_streams', `${limits.perHolderMax} streams of this token are open`);
      }
      perHolder.set(holder, count + 1);
      open.set(reply, stillAdmitted);
      reply.raw.once('close', () => {
        open.delete(reply);
        const left = (perHolder.get(holder) ?? 1) - 1;
        if (left === 0) perHolder.delete(holder);
        else perHolder.set(holder, left);
      });
    },
    close: () => clearInterval(look),
  };
}

/**
 * Events of foreign systems about people's requests. No bearer token opens this door: each source signs what it sends. The body is read as
 * bytes, because the signature is over bytes; what the bytes say is looked at only when the signature holds.
 */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { InputProblem, type Operations } from '../../control/operations.ts';
import type { Json } from '../../domain/canonical-json.ts';
import type { WebhookMapping } from '../../domain/webhook-event.ts';
import { HttpProblem, notFound, receipts } from '../problem.ts';
import type { App } from '../schema.ts';
import { ReceiptSchema } from '../views/entry.ts';
import { judgeSignature } from '../webhook-signature.ts';
import { receiptAnswer } from './people.ts';

export interface WebhookSource extends WebhookMapping {
  /** Shared with the sender. */
  readonly secret: string;
  /** Seconds that the sender's clock and the way here may take. */
  readonly freshSeconds: number;
}

/** Opaque to the hooks that walk through bodies: nothing of it goes anywhere before the signature holds. */
class SignedBytes {
  readonly #bytes: Buffer;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  bytes(): Buffer {
    return this.#bytes;
  }
}

const Params = Type.Object({ source: Type.String({ minLength: 1, maxLength: 64 }) });

/** Wants a scope of the server of its own: here a JSON body is not parsed. */
export function webhookRoutes(
  scope: FastifyInstance,
  operations: Operations,
  sources: readonly WebhookSource[],
): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, bytes, done) => {
    done(null, new SignedBytes(bytes as Buffer));
  });
  const app = scope as unknown as App;
  app.post(
    '/v1/webhooks/:source',
    {
      schema: {
        tags: ['people'],
        summary:
          'Take a signed event: an opt-out, a revocation or a consent, as the mapping of its source says',
        description: 'Breakwater-Signature: t=<seconds>,v1=<HMAC-SHA256 over `<t>.<raw body>`, hexadecimal>',
        params: Params,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ params, headers, body }, reply) => {
      const source = sources.find((each) => each.source === params.source);
      if (source === undefined) throw notFound('webhook source', params.source);
      const bytes = body instanceof SignedBytes ? body.bytes() : Buffer.alloc(0);
      const header = headers['breakwater-signature'];
      const verdict = judgeSignature(typeof header === 'string' ? header : undefined, bytes, {
        ...source,
        nowMs: operations.now(),
      });
      if (verdict !== 'valid') throw new HttpProblem('bad_signature', REFUSALS[verdict]);
      const answer = receiptAnswer(await take(operations, parsed(bytes), source));
      return reply.code(answer.status).send(answer.body);
    },
  );
}

const REFUSALS = {
  malformed: 'Breakwater-Signature must be `t=<seconds>,v1=<64 hexadecimal digits>`',
  wrong: 'the signature does not fit the body and the secret of this source',
  stale: 'the signature is not of now: it was made too long ago or in the future',
} as const;

function parsed(bytes: Buffer): Json {
  try {
    return JSON.parse(bytes.toString('utf8')) as Json;
  } catch {
    throw new HttpProblem('invalid_json', 'the event is signed, but it is not JSON');
  }
}

/** What the mapping cannot read is the sender's or the configuration's fault, and says where. */
async function take(operations: Operations, event: Json, source: WebhookSource) {
  try {
    return await operations.receiveEvent(event, source);
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    const { field, value, expected } = error;
    throw new HttpProblem('unusable_event', error.message, { field, value, expected });
  }
}

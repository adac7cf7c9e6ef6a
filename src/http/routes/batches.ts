/** Many questions in one request, as NDJSON: to scrub a hopper before it is dialed, or to reserve calls that the asker places. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type TSchema } from 'typebox';
import type { Operations, ScreenInput } from '../../control/operations.ts';
import { refuseKey } from '../idempotency-key.ts';
import { type Batches, NDJSON } from '../ndjson-batch.ts';
import type { App } from '../schema.ts';
import { DecisionBody, readScreenInput, ReservationBody, type ScreenBody } from '../screen-body.ts';
import { refuseUnstorableText } from '../unstorable-text.ts';
import { viewReservation, viewScreened } from '../views/decision.ts';
import { viewExplained } from '../views/explanation.ts';

const STREAM = {
  200: {
    description: 'one line for each line, in order: an answer with its `line`, or `line` and `error`',
    content: { [NDJSON]: { schema: Type.String() } },
  },
};

/** Wants a scope of the server of its own: here a body is a stream, and is not parsed. */
export function batchRoutes(scope: FastifyInstance, operations: Operations, batches: Batches): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser([NDJSON, 'application/ndjson'], (_request, _stream, done) => {
    done(null, undefined);
  });
  const app = scope as unknown as App;

  // Two colons are one: what follows is no parameter.
  app.post(
    '/v1/decisions::batch',
    {
      config: { scopes: ['dialer', 'supervisor', 'compliance'] },
      schema: {
        tags: ['calls'],
        summary: 'Screen only, many at once: each line as the body of POST /v1/decisions',
        description: `Body and answer are ${NDJSON}; nothing is reserved or recorded.`,
        response: STREAM,
      },
    },
    (request, reply) => {
      const read = readerOf(request, DecisionBody);
      return batches.run(request, reply, async (said) => {
        const { input, body } = read(said);
        return body.explain === true
          ? { view: viewExplained(await operations.explain(input)) }
          : { view: viewScreened(await operations.decide(input)) };
      });
    },
  );

  app.post(
    '/v1/originations::batch',
    {
      config: { scopes: ['dialer'] },
      schema: {
        tags: ['calls'],
        summary: 'Screen and reserve, many at once: each line as a POST /v1/originations with `place: false`',
        description: `Body and answer are ${NDJSON}; each decision is durable before its line is answered, and the asker places the call.`,
        response: STREAM,
      },
    },
    (request, reply) => {
      refuseKey(request.headers);
      const read = readerOf(request, ReservationBody);
      return batches.run(request, reply, async (said) => {
        const screened = await operations.screen(read(said).input);
        const view = viewReservation(screened);
        if (screened.decision.kind === 'veto' || screened.repeated) return { view };
        const untold = () => operations.withdraw(screened.callId, 'the asker hung up before the answer');
        return { view, untold };
      });
    },
  );
}

interface Question extends ScreenBody {
  readonly explain?: boolean;
}

/** Refuses in the words in which the single question is refused. */
function readerOf(request: FastifyRequest, schema: TSchema) {
  const isValid = request.compileValidationSchema(schema);
  return (said: unknown): { readonly body: Question; readonly input: ScreenInput } => {
    refuseUnstorableText(said, 'body');
    if (!isValid(said)) {
      throw Object.assign(new Error('line not usable'), {
        validation: isValid.errors ?? [],
        validationContext: 'line',
      });
    }
    const body = said as Question;
    return { body, input: readScreenInput(body) };
  };
}

/** Supervisors who have come in by telephone, and the talks they are let into. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import {
  SUPERVISION_MODES,
  SUPERVISION_REFUSALS,
  type SupervisionRefusal,
} from '../../domain/supervision.ts';
import { formatInstant } from '../../domain/time.ts';
import { callerOf } from '../auth.ts';
import { readCallId, readSupervisorId } from '../parse.ts';
import { answers } from '../problem.ts';
import { Body, Id, MaybeText, OneOf, type App } from '../schema.ts';

const Params = Type.Object({ id: Id('a supervisor id') });

const MODES = OneOf(
  SUPERVISION_MODES,
  'listen: hears both; whisper: only the agent hears the supervisor too; barge: all hear each other',
);

const SupervisorSchema = Type.Object(
  {
    supervisor: Type.String(),
    talk: Type.Unsafe<{ call_id: string; campaign: string; mode: string; since: string } | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'call_id, campaign, mode and since of the talk the supervisor is at',
    }),
  },
  { $id: 'Supervisor' },
);

const TalkAnswer = Type.Object({
  supervisor: Type.String(),
  call_id: Type.String(),
  mode: MODES,
  admitted: Type.Boolean({ description: 'false: nobody was let in, `because` says why' }),
  since: MaybeText,
  because: Type.Unsafe<SupervisionRefusal | null>({
    enum: [...Object.keys(SUPERVISION_REFUSALS), null],
  }),
  meaning: MaybeText,
});

const SCOPES = { config: { scopes: ['supervisor'] } } as const;

export function supervisorRoutes(app: App, operations: Operations): void {
  app.get(
    '/v1/supervisors',
    {
      ...SCOPES,
      schema: {
        tags: ['supervisors'],
        summary: 'Supervisors who have come in, and the talks they are at',
        response: answers(Type.Object({ supervisors: Type.Array(SupervisorSchema) })),
      },
    },
    () => ({
      supervisors: operations.supervisors().map(({ supervisorId, at }) => ({
        supervisor: supervisorId,
        talk:
          at === null
            ? null
            : {
                call_id: at.callId,
                campaign: at.campaignId,
                mode: at.mode,
                since: formatInstant(at.since),
              },
      })),
    }),
  );

  app.post(
    '/v1/supervisors/:id/talk',
    {
      ...SCOPES,
      schema: {
        tags: ['supervisors'],
        summary: 'Let a supervisor into a talk, or change the mode; each use is a ledger entry',
        params: Params,
        body: Body({ call_id: Id('a call id'), mode: MODES }),
        response: answers(TalkAnswer),
      },
    },
    async (request) => {
      const { params, body } = request;
      const answer = await operations.supervise({
        callId: readCallId('call_id', body.call_id),
        supervisorId: readSupervisorId('id', params.id),
        mode: body.mode,
        who: callerOf(request),
      });
      const admitted = answer.kind === 'on';
      return {
        supervisor: params.id,
        call_id: body.call_id,
        mode: body.mode,
        admitted,
        since: admitted ? formatInstant(answer.since) : null,
        because: admitted ? null : answer.because,
        meaning: admitted ? null : SUPERVISION_REFUSALS[answer.because],
      };
    },
  );

  app.post(
    '/v1/supervisors/:id/leave',
    {
      ...SCOPES,
      schema: {
        tags: ['supervisors'],
        summary: 'Take a supervisor out of the talk',
        params: Params,
        body: Body({}),
        response: answers(
          Type.Object({
            supervisor: Type.String(),
            left: Type.Boolean({ description: 'false: the supervisor was at no talk' }),
          }),
        ),
      },
    },
    async (request) => {
      const { params } = request;
      const left = await operations.release(readSupervisorId('id', params.id), callerOf(request));
      return { supervisor: params.id, left };
    },
  );
}

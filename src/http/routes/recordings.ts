/** Recordings: hearing one (who and why are on record first), legal holds, and a person's refusal to be recorded. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { RecordingDoors } from '../../control/recordings/recording-doors.ts';
import { objectsIn, snakeNames } from '../../domain/json-parts.ts';
import { HOLD_SCOPES, RECORDING_TRACKS } from '../../domain/recording.ts';
import { formatInstant } from '../../domain/time.ts';
import { callerOf } from '../auth.ts';
import { readCallId } from '../parse.ts';
import { answers, binaries, CREATED, HttpProblem, notFound, receipts } from '../problem.ts';
import { Body, CountText, Id, MaybeText, OneOf, readCount, Text, type App } from '../schema.ts';
import { ReceiptSchema, viewReceipt } from '../views/entry.ts';
import { HoldSchema, viewHold } from '../views/hold.ts';

const Params = Type.Object({ id: Id('a call id') });
const HOLDS_MAX = 1_000;

const RecordingSchema = Type.Object({
  call_id: Type.String(),
  record: Type.Unsafe<object>({
    type: 'object',
    additionalProperties: true,
    description: 'as its entry has it: parties, times, hashes, keys, retention',
  }),
  archived_at: Type.String(),
  deleted_at: MaybeText,
  holds: Type.Array(HoldSchema, { description: 'that forbid its deletion now' }),
});

export function recordingRoutes(app: App, recordings: RecordingDoors): void {
  app.get(
    '/v1/recordings/:id',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['recordings'],
        summary: 'One file of a recording, decrypted and checked; the access is in the ledger first',
        params: Params,
        querystring: Body({
          track: Type.Optional(OneOf(RECORDING_TRACKS, 'mixed is both voices')),
          who: Text('who wants to hear it'),
          why: Text('why', 1_000),
        }),
        response: binaries('audio/wav'),
      },
    },
    async (request, reply) => {
      const { track = 'mixed', who, why } = request.query;
      const callId = readCallId('id', request.params.id);
      const access = await recordings.fetch({ callId, track, who, why, door: callerOf(request) });
      if (access.kind === 'unknown') throw notFound('recording', `${callId} ${track}`);
      if (access.kind === 'gone') {
        const at = access.recording.deletedAt ?? access.recording.archivedAt;
        throw new HttpProblem('recording_deleted', `it was deleted at ${formatInstant(at)}`);
      }
      return reply
        .type('audio/wav')
        .header('content-length', access.bytes)
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="${access.file}"`)
        .send(Readable.from(access.plain));
    },
  );

  app.get(
    '/v1/recordings/:id/record',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['recordings'],
        summary: 'What is kept of a recording, until when, and which holds bind it; no sound',
        params: Params,
        response: answers(RecordingSchema),
      },
    },
    async ({ params }) => {
      const shown = await recordings.show(readCallId('id', params.id));
      if (shown === null) throw notFound('recording', params.id);
      const { recording, holds } = shown;
      return {
        call_id: recording.callId,
        record: {
          ...snakeNames(recording.record),
          files: objectsIn(recording.record['files']).map(snakeNames),
        },
        archived_at: formatInstant(recording.archivedAt),
        deleted_at: recording.deletedAt === null ? null : formatInstant(recording.deletedAt),
        holds: holds.map(viewHold),
      };
    },
  );

  holdRoutes(app, recordings);

  app.post(
    '/v1/calls/:id/recording/refuse',
    {
      config: { scopes: ['dialer', 'supervisor', 'compliance'] },
      schema: {
        tags: ['recordings'],
        summary:
          'The person does not want to be recorded: stop it, or never start; the call goes on. Soon after the call: delete it',
        params: Params,
        body: Body({ who: Text('who says so for the person') }),
        response: answers(
          Type.Object({
            call_id: Type.String(),
            recording: OneOf(['stopped', 'never_starts', 'to_be_deleted', 'stays']),
          }),
        ),
      },
    },
    async ({ params, body }) => {
      const callId = readCallId('id', params.id);
      const recording = await recordings.refuse({ callId, who: body.who });
      if (recording === 'unknown') throw notFound('live or just ended call that is recorded', callId);
      return { call_id: callId, recording };
    },
  );
}

function holdRoutes(app: App, recordings: RecordingDoors): void {
  app.get(
    '/v1/recording-holds',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['recordings'],
        summary: 'Legal holds, lifted ones too, newest first',
        querystring: Body({ limit: Type.Optional(CountText(HOLDS_MAX)) }),
        response: answers(Type.Object({ holds: Type.Array(HoldSchema) })),
      },
    },
    async ({ query }) => {
      const found = await recordings.holds(readCount('limit', query.limit, 100, HOLDS_MAX));
      return { holds: found.map(viewHold) };
    },
  );

  app.post(
    '/v1/recording-holds',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['recordings'],
        summary: 'Forbid the deletion of recordings of a call, a number or a seller',
        body: Body({
          scope: OneOf(HOLD_SCOPES),
          value: Text('the call id, telephone number or seller id', 64),
          who: Text('who sets it'),
          why: Text('why', 1_000),
        }),
        response: receipts(Type.Object({ hold_id: Type.String(), receipt: ReceiptSchema })),
      },
    },
    async ({ body }, reply) => {
      const { holdId, receipt } = await recordings.setHold(body);
      return reply.code(CREATED).send({ hold_id: holdId, receipt: viewReceipt(receipt) });
    },
  );

  app.post(
    '/v1/recording-holds/lifts',
    {
      config: { scopes: ['compliance'] },
      schema: {
        tags: ['recordings'],
        summary: 'Lift a legal hold; recordings past their time are deleted again',
        body: Body({
          hold_id: Text('the id of the hold', 64),
          who: Text('who lifts it'),
          why: Text('why', 1_000),
        }),
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { hold_id: holdId, who, why } = body;
      return reply.code(CREATED).send(viewReceipt(await recordings.liftHold({ holdId, who, why })));
    },
  );
}

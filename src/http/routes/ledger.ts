/** Reading the ledger: latest decisions for people, raw entries in the feed's own form, the feed, and what reasons mean. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { REASONS } from '../../domain/decision.ts';
import { ENTRY_KINDS, type EntryKind } from '../../domain/ledger-entry.ts';
import { readNumber } from '../parse.ts';
import { answers, invalidInput } from '../problem.ts';
import { Body, CountText, NumberText, OneOf, readCount, type App } from '../schema.ts';
import type { Feed } from '../sse.ts';
import { DecisionEntrySchema, EntrySchema, viewDecisionEntry, viewEntry } from '../views/entry.ts';

const PAGE_MAX = 1_000;

const KindsText = Type.String({ maxLength: 1_000, description: 'kinds of entry, separated by commas' });
const IdText = Type.String({ pattern: '^[0-9]{1,15}$', description: 'an entry id' });

const ReasonsSchema = Type.Object({
  reasons: Type.Array(
    Type.Object({
      code: Type.String(),
      rank: Type.Integer(),
      meaning: Type.String(),
      transient: Type.Boolean(),
    }),
    { description: 'in rank order' },
  ),
});

const isEntryKind = (kind: string): kind is EntryKind => (ENTRY_KINDS as readonly string[]).includes(kind);

/** Undefined when all kinds are wanted. */
function readKinds(text: string | undefined): readonly EntryKind[] | undefined {
  if (text === undefined || text === '') return undefined;
  return text.split(',').map((kind) => {
    if (!isEntryKind(kind)) throw invalidInput('kinds', kind, `some of ${ENTRY_KINDS.join(', ')}`);
    return kind;
  });
}

export function ledgerRoutes(app: App, operations: Operations, feed: Feed): void {
  const watching = { scopes: ['supervisor', 'compliance'] } as const;

  app.get(
    '/v1/reasons',
    {
      config: { scopes: ['dialer', 'supervisor', 'compliance'] },
      schema: {
        tags: ['ledger'],
        summary: 'What every reason code means',
        response: answers(ReasonsSchema),
      },
    },
    () => ({ reasons: Object.entries(REASONS).map(([code, info]) => ({ code, ...info })) }),
  );

  app.get(
    '/v1/decisions',
    {
      config: watching,
      schema: {
        tags: ['ledger'],
        summary: 'Latest decisions, newest first',
        querystring: Body({
          limit: Type.Optional(CountText(PAGE_MAX)),
          number: Type.Optional(NumberText),
        }),
        response: answers(Type.Object({ decisions: Type.Array(DecisionEntrySchema) })),
      },
    },
    async ({ query }) => {
      const entries = await operations.entries({
        kinds: ['decision'],
        order: 'desc',
        limit: readCount('limit', query.limit, 50, PAGE_MAX),
        ...(query.number === undefined ? {} : { number: readNumber('number', query.number) }),
      });
      return { decisions: entries.map(viewDecisionEntry) };
    },
  );

  app.get(
    '/v1/entries',
    {
      config: watching,
      schema: {
        tags: ['ledger'],
        summary: 'Ledger entries in the form of the feed; the largest id seen is where a feed goes on',
        querystring: Body({
          after: Type.Optional(IdText),
          kinds: Type.Optional(KindsText),
          order: Type.Optional(OneOf(['asc', 'desc'])),
          limit: Type.Optional(CountText(PAGE_MAX)),
        }),
        response: answers(Type.Object({ entries: Type.Array(EntrySchema) })),
      },
    },
    async ({ query }) => {
      const kinds = readKinds(query.kinds);
      const entries = await operations.entries({
        order: query.order ?? 'asc',
        limit: readCount('limit', query.limit, 100, PAGE_MAX),
        ...(query.after === undefined ? {} : { afterId: Number(query.after) }),
        ...(kinds === undefined ? {} : { kinds }),
      });
      return { entries: entries.map(viewEntry) };
    },
  );

  app.get(
    '/v1/feed',
    {
      config: watching,
      schema: {
        tags: ['ledger'],
        summary:
          'Server-sent events: every ledger entry as it becomes durable, and with `figures` the campaigns as they change; resumable by Last-Event-ID',
        querystring: Body({
          after: Type.Optional(IdText),
          kinds: Type.Optional(KindsText),
          figures: Type.Optional(OneOf(['on', 'off'])),
        }),
        headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 40 })) }),
        produces: ['text/event-stream'],
        response: {
          200: {
            description: 'text/event-stream',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
        },
      },
    },
    async (request, reply) => {
      const kinds = readKinds(request.query.kinds);
      const header = request.headers['last-event-id'] ?? '';
      if (header !== '' && !/^[0-9]{1,15}$/.test(header)) {
        throw invalidInput('Last-Event-ID', header, 'an entry id');
      }
      const after = header === '' ? request.query.after : header;
      await feed.open(reply, {
        afterId: after === undefined ? null : Number(after),
        kinds,
        figures: request.query.figures === 'on',
      });
    },
  );
}

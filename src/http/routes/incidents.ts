/** The record of incidents: finding, cause, correction, verification. Durable before it is answered. */
import { Type } from 'typebox';
import type { Incidents } from '../../control/incidents.ts';
import { readInstant } from '../parse.ts';
import { answers, receipts } from '../problem.ts';
import { Body, Id, InstantText, MaybeText, Text, type App } from '../schema.ts';
import { ReceiptSchema } from '../views/entry.ts';
import { receiptAnswer } from './people.ts';

const SAID_MAX = 4_000;

const FindingBody = Body({
  incident_id: Id('an id for the incident'),
  finding: Text('what was found', SAID_MAX),
  found_at: InstantText,
  who: Text('who enters it'),
});
const ClosingBody = Body({
  incident_id: Id('the id of an open incident'),
  cause: Text('why it happened', SAID_MAX),
  correction: Text('what was done', SAID_MAX),
  verification: Text('how it is known to be over', SAID_MAX),
  who: Text('who enters it'),
});

const IncidentSchema = Type.Object(
  {
    incident_id: Type.String(),
    finding: Type.String(),
    found_at: Type.String(),
    opened_by: Type.String(),
    opened_at: Type.String(),
    cause: MaybeText,
    correction: MaybeText,
    verification: MaybeText,
    closed_by: MaybeText,
    closed_at: MaybeText,
  },
  { $id: 'Incident', description: 'what is null of the last five is not known yet: it is open' },
);

export function incidentRoutes(app: App, incidents: Incidents): void {
  const config = { scopes: ['compliance'] as const };
  app.post(
    '/v1/incidents',
    {
      config,
      schema: {
        tags: ['ledger'],
        summary: 'Record what was found',
        body: FindingBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { incident_id: incidentId, finding, found_at: foundAt, who } = body;
      const receipt = await incidents.open({
        ...{ incidentId, finding, who },
        foundAt: readInstant('found_at', foundAt),
      });
      const answer = receiptAnswer(receipt);
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.post(
    '/v1/incidents/closings',
    {
      config,
      schema: {
        tags: ['ledger'],
        summary: 'Close an incident with its cause, its correction and how that was verified',
        body: ClosingBody,
        response: receipts(ReceiptSchema),
      },
    },
    async ({ body }, reply) => {
      const { incident_id: incidentId, ...said } = body;
      const answer = receiptAnswer(await incidents.close({ incidentId, ...said }));
      return reply.code(answer.status).send(answer.body);
    },
  );

  app.get(
    '/v1/incidents',
    {
      config: { scopes: ['supervisor', 'compliance'] },
      schema: {
        tags: ['ledger'],
        summary: 'All incidents, in the order of their opening',
        response: answers(Type.Object({ incidents: Type.Array(IncidentSchema) })),
      },
    },
    async () => ({
      incidents: (await incidents.list()).map((each) => ({
        incident_id: each.incidentId,
        finding: each.finding,
        found_at: each.foundAt,
        opened_by: each.openedBy,
        opened_at: each.openedAt,
        cause: each.closing?.cause ?? null,
        correction: each.closing?.correction ?? null,
        verification: each.closing?.verification ?? null,
        closed_by: each.closing?.closedBy ?? null,
        closed_at: each.closing?.closedAt ?? null,
      })),
    }),
  );
}

/** Asking for calls: place one, or only hear what would be said. A veto is an answer, so both answer 200. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { IDEMPOTENCY_NOTE, keyedInput, refuseOtherCall } from '../idempotency-key.ts';
import { readAgentId } from '../parse.ts';
import { answers } from '../problem.ts';
import { Id, type App } from '../schema.ts';
import { AgentCallBody, DecisionBody, OriginationBody, readScreenInput } from '../screen-body.ts';
import { OriginationSchema, viewOrigination, viewReservation, viewScreened } from '../views/decision.ts';
import { ExplainedSchema, viewExplained } from '../views/explanation.ts';

export function originationRoutes(app: App, operations: Operations): void {
  app.post(
    '/v1/originations',
    {
      config: { scopes: ['dialer'] },
      schema: {
        tags: ['calls'],
        summary: 'Screen a call and place it when permitted',
        description: IDEMPOTENCY_NOTE,
        body: OriginationBody,
        response: answers(OriginationSchema, 'the decision, and what became of the call'),
      },
    },
    async ({ body, headers }, reply) => {
      const input = keyedInput(readScreenInput(body), headers);
      if (body.place !== false) {
        const placed = await operations.originate({ ...input, agentFacts: body.agent_facts ?? [] });
        refuseOtherCall(headers, placed);
        return viewOrigination(placed);
      }
      const screened = await operations.screen(input);
      // A repeated permit leaves the first one standing: its call may be ringing.
      if (screened.decision.kind === 'permit' && !screened.repeated && reply.raw.destroyed) {
        await operations.withdraw(screened.callId, 'the asker hung up before the answer');
      }
      refuseOtherCall(headers, screened);
      return viewReservation(screened);
    },
  );

  app.post(
    '/v1/agents/:id/calls',
    {
      config: { scopes: ['dialer'] },
      schema: {
        tags: ['calls'],
        summary:
          'Manual and preview dialing: screen a call and place it for this agent, who has come in by telephone',
        description: IDEMPOTENCY_NOTE,
        params: Type.Object({ id: Id('an agent id') }),
        body: AgentCallBody,
        response: answers(OriginationSchema, 'the decision, and what became of the call'),
      },
    },
    async ({ params, body, headers }) => {
      const agentId = readAgentId('id', params.id);
      const input = keyedInput(readScreenInput(body), headers);
      const placed = await operations.originate({ ...input, agentFacts: body.agent_facts ?? [], agentId });
      refuseOtherCall(headers, placed);
      return viewOrigination(placed);
    },
  );

  app.post(
    '/v1/decisions',
    {
      config: { scopes: ['dialer', 'supervisor', 'compliance'] },
      schema: {
        tags: ['calls'],
        summary: 'Screen only: reserves and records nothing',
        body: DecisionBody,
        response: answers(ExplainedSchema),
      },
    },
    async ({ body }) =>
      body.explain === true
        ? viewExplained(await operations.explain(readScreenInput(body)))
        : viewScreened(await operations.decide(readScreenInput(body))),
  );
}

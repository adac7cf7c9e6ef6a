/** Agents: a dialer that keeps its own agents reports here who is ready; an agent's program hears here whose call comes. */
import { Type } from 'typebox';
import type { Operations } from '../../control/operations.ts';
import { AGENT_STATES } from '../../ports/counters.ts';
import { readAgentId, readCampaignId } from '../parse.ts';
import { answers } from '../problem.ts';
import { Body, Id, OneOf, type App } from '../schema.ts';
import type { ScreenStreams } from '../screen-stream.ts';

const StateBody = Body({
  state: OneOf(AGENT_STATES),
  campaigns: Type.Optional(
    Type.Array(Id('a campaign id'), { maxItems: 100, description: 'at most 100 campaign ids' }),
  ),
});

const StateAnswer = Type.Object({ agent: Type.String(), state: Type.String() });

export function agentRoutes(app: App, operations: Operations, screens: ScreenStreams): void {
  app.put(
    '/v1/agents/:id/state',
    {
      config: { scopes: ['dialer', 'supervisor'] },
      schema: {
        tags: ['agents'],
        summary: "Say what an agent is doing; without `campaigns`, for all the agent's campaigns",
        params: Type.Object({ id: Id('an agent id') }),
        body: StateBody,
        response: answers(StateAnswer),
      },
    },
    async ({ params, body }) => {
      const campaigns = body.campaigns?.map((id, at) => readCampaignId(`campaigns.${at}`, id)) ?? null;
      await operations.setAgentState(readAgentId('id', params.id), body.state, campaigns);
      return { agent: params.id, state: body.state };
    },
  );

  app.get(
    '/v1/agents/:id/screen',
    {
      config: { scopes: ['dialer', 'supervisor'] },
      schema: {
        tags: ['agents'],
        summary:
          "Server-sent events: the calls of one agent as they are reserved, connected and over, with the lead's facts",
        params: Type.Object({ id: Id('an agent id') }),
        produces: ['text/event-stream'],
        response: {
          200: {
            description: 'text/event-stream',
            content: { 'text/event-stream': { schema: Type.String() } },
          },
        },
      },
    },
    (request, reply) => {
      screens.open(reply, readAgentId('id', request.params.id));
    },
  );
}

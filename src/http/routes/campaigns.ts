/** Campaigns: where their drop rates and dial levels stand, and the supervisor's two levers, pause and resume. */
import { Type } from 'typebox';
import type { CampaignStatus, Operations } from '../../control/operations.ts';
import { readCampaignId } from '../parse.ts';
import { answers, notFound } from '../problem.ts';
import { Body, Id, Text, type App } from '../schema.ts';
import {
  CampaignSchema,
  DialLevelNowSchema,
  DropRateSchema,
  viewCampaign,
  viewDialLevelNow,
  viewDropRate,
} from '../views/campaign.ts';

const Params = Type.Object({ id: Id('a campaign id') });
const CampaignsSchema = Type.Object({
  policy_hash: Type.String({ description: 'of the policy in force' }),
  campaigns: Type.Array(CampaignSchema),
});
const LeverBody = Body({ who: Text('a name'), why: Text('a reason', 500) });

export function campaignRoutes(app: App, operations: Operations): void {
  const reading = { scopes: ['dialer', 'supervisor', 'compliance'] } as const;
  const find = async (id: string): Promise<CampaignStatus> => {
    const status = await operations.campaign(readCampaignId('id', id));
    if (status === null) throw notFound('campaign', id);
    return status;
  };

  app.get(
    '/v1/campaigns',
    {
      config: reading,
      schema: { tags: ['campaigns'], summary: 'All campaigns', response: answers(CampaignsSchema) },
    },
    async () => ({
      policy_hash: operations.policyHash(),
      campaigns: (await operations.campaigns()).map(viewCampaign),
    }),
  );

  app.get(
    '/v1/campaigns/:id',
    {
      config: reading,
      schema: {
        tags: ['campaigns'],
        summary: 'One campaign',
        params: Params,
        response: answers(CampaignSchema),
      },
    },
    async ({ params }) => viewCampaign(await find(params.id)),
  );

  app.get(
    '/v1/campaigns/:id/drop-rate',
    {
      config: reading,
      schema: {
        tags: ['campaigns'],
        summary: 'Drop rate of today, the 30-day block and the last 30 days',
        params: Params,
        response: answers(DropRateSchema),
      },
    },
    async ({ params }) => viewDropRate(await find(params.id)),
  );

  app.get(
    '/v1/campaigns/:id/dial-level',
    {
      config: reading,
      schema: {
        tags: ['campaigns'],
        summary: 'Lines per agent who takes calls, and lines that may be opened now',
        params: Params,
        response: answers(DialLevelNowSchema),
      },
    },
    async ({ params }) => {
      const status = await find(params.id);
      return viewDialLevelNow(status, operations.toldLevel(status.campaign.id), operations.now());
    },
  );

  for (const lever of ['pause', 'resume'] as const) {
    app.post(
      `/v1/campaigns/:id/${lever}`,
      {
        config: { scopes: ['supervisor'] },
        schema: {
          tags: ['campaigns'],
          summary: lever === 'pause' ? 'Place no more calls' : 'Place calls again',
          params: Params,
          body: LeverBody,
          response: answers(CampaignSchema),
        },
      },
      async ({ params, body }) => {
        const { campaign } = await find(params.id);
        await operations[lever](campaign.id, body.who, body.why);
        return viewCampaign(await find(params.id));
      },
    );
  }
}

/** Figures on the feed: each text is made once for all viewers; a viewer that is behind gets the newest of each campaign and no older one. */
import type { CampaignFigures, LiveFigures } from '../control/live-figures.ts';
import { viewCampaignFigures } from './views/figures.ts';

/** No `id:` of its own: a viewer resumes by the newest ledger entry it has, and gets all figures anew. */
const frameOf = (figures: CampaignFigures): Buffer =>
  Buffer.from(`event: figures\ndata: ${JSON.stringify(viewCampaignFigures(figures))}\n\n`);

export interface FigureFrames {
  /** The newest of each campaign in force, then each as it changes. `take` MUST NOT throw. */
  follow(take: (campaignId: string, frame: Buffer) => void): { unsubscribe(): void };
  /** Those of now, for a viewer that has just come. */
  now(): Promise<readonly (readonly [string, Buffer])[]>;
}

export function createFigureFrames(figures: LiveFigures): FigureFrames {
  const takers = new Set<(campaignId: string, frame: Buffer) => void>();
  let subscription: { unsubscribe(): void } | null = null;
  return {
    follow(take) {
      takers.add(take);
      subscription ??= figures.follow((each) => {
        const frame = frameOf(each);
        for (const taker of takers) taker(each.status.campaign.id, frame);
      });
      return {
        unsubscribe() {
          takers.delete(take);
          if (takers.size > 0) return;
          subscription?.unsubscribe();
          subscription = null;
        },
      };
    },
    async now() {
      const { campaigns } = await figures.snapshot();
      return campaigns.map((each) => [each.status.campaign.id, frameOf(each)] as const);
    },
  };
}

/** The campaigns' figures as the server told them last: of each campaign the newest, whichever way it came. */
import { get } from './api.js';

let figures = new Map(); // campaign id -> figures
let policyHash = null;

/** Of the policy in force, or null before the first answer. */
export const policy = () => policyHash;
/** In the order of the settings. */
export const allFigures = () => [...figures.values()];
export const allCampaigns = () => allFigures().map(({ campaign }) => campaign);

/** What was asked for may come later than what was told meanwhile. */
const isOlder = (each, known) =>
  known !== undefined &&
  (each.sequence < known.sequence || (each.sequence === known.sequence && each.at < known.at));

/** One campaign, from the feed; false when the page has newer ones. */
export function takeFigures(each) {
  const known = figures.get(each.campaign.id);
  if (isOlder(each, known)) return false;
  figures.set(each.campaign.id, each);
  return true;
}

/** All campaigns in force; those that are gone go. */
export async function fetchFigures() {
  const answer = await get('/v1/figures');
  policyHash = answer.policy_hash;
  figures = new Map(
    answer.campaigns.map((each) => {
      const known = figures.get(each.campaign.id);
      return [each.campaign.id, isOlder(each, known) ? known : each];
    }),
  );
}

/** A campaign as a lever left it: the figures of its entry come with the feed. */
export function takeCampaign(campaign) {
  const known = figures.get(campaign.id);
  if (known !== undefined) figures.set(campaign.id, { ...known, campaign });
}

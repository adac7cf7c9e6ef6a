import type { VicidialDatabase } from '../../config/vicidial.ts';
import type { CampaignId } from '../../domain/ids.ts';

/** VICIdial compares names without case, and so must we: no agent, lead or wish is lost by its spelling. Undefined: none of ours. */
export const ourCampaign = (
  campaigns: VicidialDatabase['campaigns'],
  theirs: string | null,
): CampaignId | undefined => campaigns.get((theirs ?? '').toUpperCase());

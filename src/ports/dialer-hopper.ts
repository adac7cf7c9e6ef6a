/** Leads that a dialer will dial next, before it does. */
import type { CampaignId } from '../domain/ids.ts';

export interface HopperLead {
  readonly leadId: string;
  readonly campaignId: CampaignId;
  /** As the dialer would dial it. */
  readonly number: string;
  readonly zip: string | null;
  readonly state: string | null;
}

export interface DialerHopper {
  /** For the log. */
  readonly name: string;
  /** Who is next, at most so many. MUST settle within a bound of its own, MUST write nothing; rejects when it cannot tell. */
  read(atMost: number): Promise<readonly HopperLead[]>;
  /** Asks the dialer to dial this lead no more. Resolves only when it has said that it will not. */
  takeOut(lead: HopperLead): Promise<void>;
  close(): Promise<void>;
}

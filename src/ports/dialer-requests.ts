/** People who told a dialer's agent that they want no more calls, read from where the dialer keeps it. */
import type { CampaignId } from '../domain/ids.ts';

export interface LoggedRequest {
  /** The dialer's own name of it. */
  readonly name: string;
  /** As the dialer dialed it. */
  readonly number: string;
  readonly campaignId: CampaignId;
  /** Since it was said, by the dialer's own clock; never less. */
  readonly askedAgoMs: number;
}

export interface DialerRequests {
  /** For the log. */
  readonly name: string;
  /** Of calls that began at most so long ago, each once. MUST settle within a bound of its own, MUST write nothing; rejects when it cannot tell. */
  read(backMs: number): Promise<readonly LoggedRequest[]>;
  close(): Promise<void>;
}

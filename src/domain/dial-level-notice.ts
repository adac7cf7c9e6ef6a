/** A campaign's dial level as dialers are told of it, and the names under which the exchange shows it. */
import type { CampaignId, WriterId } from './ids.ts';
import { formatInstant, type Instant } from './time.ts';

export interface DialLevelNotice {
  readonly campaignId: CampaignId;
  /** Lines per ready agent, in hundredths. */
  readonly levelHundredths: number;
  /** Lines that may be opened now. */
  readonly linesNow: number;
  /** One sentence for people. */
  readonly because: string;
  readonly at: Instant;
  /** Id of its ledger entry, the event id of the feed; null when the ledger could not take it. */
  readonly entryId: number | null;
  /** The sidecar that says so. */
  readonly writer: WriterId;
}

/** As it is sent outside. */
export const dialLevelDocument = (notice: DialLevelNotice): Readonly<Record<string, unknown>> => ({
  event: 'dial_level_changed',
  campaign: notice.campaignId,
  level: notice.levelHundredths / 100,
  lines_now: notice.linesNow,
  because: notice.because,
  at: formatInstant(notice.at),
  entry: notice.entryId,
  writer: notice.writer,
});

/** Global variables of the exchange: hundredths of a line per ready agent, lines to open now, epoch seconds of the writing. */
const VARIABLES = {
  level: 'BREAKWATER_LEVEL_',
  lines: 'BREAKWATER_LINES_',
  at: 'BREAKWATER_AT_',
} as const;

/** Dots and dashes of a campaign id are underscores in the name: variables of a dialplan are letters, digits and underscores. */
export const levelVariable = (figure: keyof typeof VARIABLES, campaignId: CampaignId): string =>
  VARIABLES[figure] + campaignId.replace(/[^A-Za-z0-9_]/g, '_');

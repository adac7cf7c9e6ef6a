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

/** `LEVEL` in hundredths of a line per agent, `LINES` to open now, `AT` in epoch seconds of the exchange's machine. */
export type LevelFigure = 'LEVEL' | 'LINES' | 'AT';

/** Dots and dashes of a campaign id are underscores in the name: variables of a dialplan are letters, digits and underscores. */
export const levelVariable = (figure: LevelFigure, campaignId: CampaignId): string =>
  `BREAKWATER_${figure}_${campaignId.replace(/[^A-Za-z0-9_]/g, '_')}`;

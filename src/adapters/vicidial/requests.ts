/** What agents of VICIdial have noted as a wish not to be called: the statuses of `vicidial_log` that the site says mean it. */
import type { RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';
import type { DialerRequests, LoggedRequest } from '../../ports/dialer-requests.ts';
import { dialedNumber } from './dialed-number.ts';
import { ourCampaign } from './our-campaign.ts';
import { readOnlyDatabase } from './read-only-database.ts';

/** Said at the end of the call, and not later than now. */
const REQUESTS = `SELECT uniqueid, lead_id, campaign_id, phone_code, phone_number,
    GREATEST(0, TIMESTAMPDIFF(SECOND, call_date, NOW()) - COALESCE(length_in_sec, 0)) AS seconds_ago
  FROM vicidial_log
  WHERE call_date > NOW() - INTERVAL ? SECOND AND status IN (?) AND campaign_id IN (?)`;

interface RequestRow extends RowDataPacket {
  readonly uniqueid: string;
  readonly lead_id: number;
  readonly campaign_id: string | null;
  readonly phone_code: string | null;
  readonly phone_number: string | null;
  readonly seconds_ago: number | string | null;
}

export function vicidialRequests(given: VicidialDatabase, statuses: readonly string[]): DialerRequests {
  const database = readOnlyDatabase(given);
  return {
    name: "VICIdial's requests",
    async read(backMs) {
      const theirs = [...given.campaigns.keys()];
      const backSeconds = Math.ceil(backMs / 1_000);
      const rows = await database.rows<RequestRow>(REQUESTS, [backSeconds, statuses, theirs]);
      return requestsOf(rows, given.campaigns);
    },
    close: () => database.close(),
  };
}

type Row = Pick<
  RequestRow,
  'uniqueid' | 'lead_id' | 'campaign_id' | 'phone_code' | 'phone_number' | 'seconds_ago'
>;

/** Those of our campaigns; a number that is none is told as it stands. */
export const requestsOf = (
  rows: readonly Row[],
  campaigns: VicidialDatabase['campaigns'],
): readonly LoggedRequest[] =>
  rows.flatMap((row) => {
    const campaignId = ourCampaign(campaigns, row.campaign_id);
    if (campaignId === undefined) return [];
    const name = `${row.uniqueid}:${row.lead_id}`;
    const askedAgoMs = Number(row.seconds_ago ?? 0) * 1_000;
    return [{ name, number: dialedNumber(row), campaignId, askedAgoMs }];
  });

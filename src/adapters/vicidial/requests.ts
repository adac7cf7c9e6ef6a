/** What agents of VICIdial have noted as a wish not to be called: the statuses of `vicidial_log` that the site says mean it. */
import type { RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';
import type { DialerRequests, LoggedRequest } from '../../ports/dialer-requests.ts';
import { dialedNumber } from './dialed-number.ts';
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
  // VICIdial compares names without case, and so must we: a wish is not lost by its spelling.
  const ours = new Map(
    [...given.campaigns].map(([theirs, campaignId]) => [theirs.toUpperCase(), campaignId]),
  );
  return {
    name: "VICIdial's requests",
    async read(backMs) {
      const backSeconds = Math.ceil(backMs / 1_000);
      const rows = await database.rows<RequestRow>(REQUESTS, [backSeconds, statuses, [...ours.keys()]]);
      return rows.flatMap((row): readonly LoggedRequest[] => {
        const campaignId = ours.get((row.campaign_id ?? '').toUpperCase());
        if (campaignId === undefined) return [];
        return [
          {
            name: `${row.uniqueid}:${row.lead_id}`,
            number: dialedNumber(row),
            campaignId,
            askedAgoMs: Number(row.seconds_ago ?? 0) * 1_000,
          },
        ];
      });
    },
    close: () => database.close(),
  };
}

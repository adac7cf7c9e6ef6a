/**
 * VICIdial's hopper: read from its database, changed by its own API alone. A lead that is taken out gets a status that its campaigns do not
 * dial, or the next filling of the hopper would bring it back.
 */
import type { RowDataPacket } from 'mysql2/promise';
import type { VicidialDatabase } from '../../config/vicidial.ts';
import type { VicidialHopper } from '../../config/vicidial-hopper.ts';
import type { DialerHopper, HopperLead } from '../../ports/dialer-hopper.ts';
import { callApi } from './api.ts';
import { dialedNumber } from './dialed-number.ts';
import { ourCampaign } from './our-campaign.ts';
import { readOnlyDatabase } from './read-only-database.ts';

/** Only the lead's first number: its status speaks for the lead, and another number of it may be in order. */
const NEXT = `SELECT h.lead_id, h.campaign_id, l.phone_code, l.phone_number, l.postal_code, l.state
  FROM vicidial_hopper h JOIN vicidial_list l ON l.lead_id = h.lead_id
  WHERE h.status = 'READY' AND h.alt_dial IN ('NONE', 'MAIN') AND h.campaign_id IN (?)
  ORDER BY h.priority DESC, h.hopper_id LIMIT ?`;

interface HopperRow extends RowDataPacket {
  readonly lead_id: number;
  readonly campaign_id: string | null;
  readonly phone_code: string | null;
  readonly phone_number: string | null;
  readonly postal_code: string | null;
  readonly state: string | null;
}

export function vicidialHopper(database: VicidialDatabase, { api, status }: VicidialHopper): DialerHopper {
  const reader = readOnlyDatabase(database);
  return {
    name: "VICIdial's hopper",
    async read(atMost) {
      const rows = await reader.rows<HopperRow>(NEXT, [[...database.campaigns.keys()], atMost]);
      return leadsOf(rows, database.campaigns);
    },
    takeOut: ({ leadId }) =>
      callApi(
        api,
        'update_lead',
        { lead_id: leadId, search_method: 'LEAD_ID', status, remove_from_hopper: 'Y' },
        `lead ${leadId}`,
      ),
    close: () => reader.close(),
  };
}

type Row = Pick<
  HopperRow,
  'lead_id' | 'campaign_id' | 'phone_code' | 'phone_number' | 'postal_code' | 'state'
>;

/** Those of our campaigns, in their order. */
export const leadsOf = (
  rows: readonly Row[],
  campaigns: VicidialDatabase['campaigns'],
): readonly HopperLead[] =>
  rows.flatMap((row) => {
    const campaignId = ourCampaign(campaigns, row.campaign_id);
    if (campaignId === undefined) return [];
    const { lead_id: leadId, postal_code: zip, state } = row;
    return [{ leadId: String(leadId), campaignId, number: dialedNumber(row), zip, state }];
  });

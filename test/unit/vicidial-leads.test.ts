/** Leads and wishes of VICIdial belong to a campaign of ours, in whatever case it is written there. */
import { expect, test } from 'vitest';
import { dialedNumber } from '../../src/adapters/vicidial/dialed-number.ts';
import { leadsOf } from '../../src/adapters/vicidial/hopper.ts';
import { requestsOf } from '../../src/adapters/vicidial/requests.ts';
import type { CampaignId } from '../../src/domain/ids.ts';

const OURS = new Map([['SALES', 'solar' as CampaignId]]);
const PHONE = { phone_code: '1', phone_number: '3035550121' };
const LEAD = { lead_id: 4_711, campaign_id: 'SALES', ...PHONE, postal_code: '80202', state: 'CO' };
const WISH = {
  uniqueid: '1700000000.1',
  lead_id: 4_711,
  campaign_id: 'SALES',
  ...PHONE,
  seconds_ago: '7',
};

test.each(['SALES', 'sales', 'Sales'])('%s is ours', (theirs) => {
  expect(leadsOf([{ ...LEAD, campaign_id: theirs }], OURS)).toEqual([
    { leadId: '4711', campaignId: 'solar', number: '13035550121', zip: '80202', state: 'CO' },
  ]);
  expect(requestsOf([{ ...WISH, campaign_id: theirs }], OURS)).toEqual([
    { name: '1700000000.1:4711', campaignId: 'solar', number: '13035550121', askedAgoMs: 7_000 },
  ]);
});

test.each(['LOANS', '', null])('%s is not', (theirs) => {
  expect(leadsOf([{ ...LEAD, campaign_id: theirs }], OURS)).toEqual([]);
  expect(requestsOf([{ ...WISH, campaign_id: theirs }], OURS)).toEqual([]);
});

test.each([
  ['1', '3035550121', '13035550121'],
  ['1', '(303) 555-0121', '13035550121'],
  ['+1', '3035550121', '13035550121'],
  // The code's column is not dialed, and holds what it may.
  ['01', '3035550121', '13035550121'],
  ['001', '3035550121', '13035550121'],
  ['0', '3035550121', '13035550121'],
  ['', '3035550121', '13035550121'],
  [null, '3035550121', '13035550121'],
  ['1', '13035550121', '13035550121'],
  ['01', '13035550121', '13035550121'],
  ['44', '2079460000', '442079460000'],
  ['0044', '2079460000', '442079460000'],
  ['1', '5550121', '15550121'],
  ['', '5550121', '5550121'],
  [null, null, ''],
])('code %j with number %j is %s', (code, number, dialed) => {
  expect(dialedNumber({ phone_code: code, phone_number: number })).toBe(dialed);
});

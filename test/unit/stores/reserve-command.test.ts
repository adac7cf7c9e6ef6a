import { expect, test } from 'vitest';
import { reserveCommand } from '../../../src/adapters/redis/reserve-command.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import type { Claim, ReservationRequest } from '../../../src/ports/counters.ts';
import { hours, request } from '../../support/reservations.ts';

const keysOf = (id: CampaignId) => ({
  tally: `{${id}}:tally`,
  flight: `{${id}}:flight`,
  agents: `{${id}}:staff`,
  floors: `{${id}}:floors`,
  opened: `{${id}}:opened`,
});
const encoder = () => reserveCommand('sidecar', keysOf);

const asking = (runId: string, claim: string | null, change: Partial<ReservationRequest> = {}) => ({
  request: request('1', { limits: NONE, ...change }),
  runId,
  claim: claim as Claim | null,
  attempts: 'attempts:1',
  dropped: 'dropped:1',
  call: 'call:1',
});
const NONE = { paceLinesMax: null, linesMax: null, callsPerSecondMax: null };
const CHANGES: readonly Partial<ReservationRequest>[] = [
  { campaignId: 'c2' as CampaignId },
  { besides: ['c3' as CampaignId] },
  { besides: ['c4' as CampaignId] },
  { at: hours(24) },
  { at: hours(24 * 30) },
  { ceilingBp: 100 },
  { overDialing: 'barred' },
  { agentsOf: 'this_sidecar' },
  { attempts: { max: 1, windowHours: 24 } },
  { attempts: { max: 3, windowHours: 168 } },
  { lockoutHours: 24 },
  { leaseMs: 90_000 },
  { limits: { ...NONE, paceLinesMax: 1 } },
  { limits: { ...NONE, linesMax: 1 } },
  { limits: { ...NONE, callsPerSecondMax: 1 } },
];
const plain = asking('r1', 'a');
const others = [...CHANGES.map((change) => asking('r1', 'a', change)), asking('r2', 'a'), asking('r1', null)];

test('what is kept of the asking before is nothing that has changed since', () => {
  const lasting = encoder();
  for (const one of [plain, ...others]) {
    for (const next of [one, plain, one]) expect(lasting(next)).toEqual(encoder()(next));
    if (one !== plain) expect(lasting(one)).not.toEqual(lasting(plain));
  }
});

test('as many keys and arguments go over the wire as are announced', () => {
  for (const one of [plain, ...others]) {
    const { keys, count, text } = encoder()(one);
    expect(text.match(/\$\d+\r\n/g)).toHaveLength(count);
    expect(keys).toBe(8 + one.request.besides.length);
  }
});

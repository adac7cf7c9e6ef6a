import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reserveCommand } from '../../../src/adapters/redis/reserve-command.ts';
import type { CampaignId } from '../../../src/domain/ids.ts';
import type { Claim } from '../../../src/ports/counters.ts';
import { hours, request } from '../../support/reservations.ts';

const keysOf = (id: CampaignId) => ({
  tally: `{${id}}:tally`,
  flight: `{${id}}:flight`,
  agents: `{${id}}:staff`,
  floors: `{${id}}:floors`,
  opened: `{${id}}:opened`,
});
const encoder = () => reserveCommand('sidecar', keysOf);

const few = (...values: number[]) => fc.constantFrom(...values);
const limit = fc.constantFrom(null, 1, 2);
const askings = fc
  .record({
    callId: fc.constantFrom('1', '2'),
    campaign: fc.constantFrom('c1', 'c2'),
    besides: fc.subarray(['c3', 'c4']),
    at: few(0, 24, 24 * 30).map(hours),
    ceilingBp: few(0, 300),
    overDialing: fc.constantFrom('allowed' as const, 'barred' as const),
    agentsOf: fc.constantFrom('all' as const, 'this_sidecar' as const),
    attempts: fc.record({ max: few(1, 3), windowHours: few(24, 168) }),
    lockoutHours: few(24, 72),
    leaseMs: few(60_000, 90_000),
    limits: fc.option(fc.record({ paceLinesMax: limit, linesMax: limit, callsPerSecondMax: limit }), {
      nil: undefined,
    }),
    runId: fc.constantFrom('r1', 'r2'),
    claim: fc.constantFrom(null, 'a', 'b'),
  })
  .map(({ callId, campaign, besides, limits, runId, claim, ...change }) => ({
    request: request(callId, {
      campaignId: campaign as CampaignId,
      besides: besides as CampaignId[],
      ...change,
      ...(limits === undefined ? {} : { limits }),
    }),
    runId,
    claim: claim as Claim | null,
    attempts: `attempts:${callId}`,
    dropped: `dropped:${callId}`,
    call: `call:${callId}`,
  }));

test('what is kept of the asking before is nothing that has changed since', () => {
  fc.assert(
    fc.property(fc.array(askings, { minLength: 2, maxLength: 6 }), (all) => {
      const lasting = encoder();
      for (const asking of all) expect(lasting(asking)).toEqual(encoder()(asking));
    }),
    { numRuns: 500 },
  );
});

test('as many keys and arguments go over the wire as are announced', () => {
  fc.assert(
    fc.property(askings, (asking) => {
      const { keys, count, text } = encoder()(asking);
      expect(text.match(/\$\d+\r\n/g)).toHaveLength(count);
      expect(keys).toBe(8 + asking.request.besides.length);
    }),
  );
});

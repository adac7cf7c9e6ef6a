/** The screen pop that goes outside: who, which call, the decision, the consent it saw and the seller's earlier calls. */
import { expect, test } from 'vitest';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { createScreens } from '../../../src/control/screen-pops.ts';
import type { Station } from '../../../src/control/sidecar.ts';
import type { AgentId, CallId, CampaignId, WriterId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { type ScreenPop, screenPopDocument } from '../../../src/domain/screen-pop.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { fakeClock, settle } from '../../support/fake-clock.ts';
import { SOLAR } from '../../support/sim-world.ts';
import { PERSON } from '../../support/text-world.ts';

const pop = (event: ScreenPop['event'], callId = 'c-2'): ScreenPop => ({
  event,
  at: clock.now(),
  agentId: 'ann' as AgentId,
  callId: callId as CallId,
  campaignId: SOLAR.id,
  number: PERSON,
  leadId: '77',
  facts: [],
});

const clock = fakeClock('2026-11-24T18:00:00Z');

function openScreens() {
  const ledger = openMemoryLedger({ writer: 'screens' as WriterId, clock });
  const told: Readonly<Record<string, unknown>>[] = [];
  const other = { ...SOLAR, id: 'lunar' as CampaignId, seller: { ...SOLAR.seller, id: 'moon' } };
  const station = {
    clock,
    ledger,
    log: { warn: () => undefined },
    screenPops: { tell: (each: ScreenPop) => void told.push(screenPopDocument(each)) },
    inForce: () => ({
      limits: { factMs: 250 },
      campaigns: new Map([
        [SOLAR.id, SOLAR],
        [other.id, other],
      ]),
      retired: new Map(),
    }),
  } as unknown as Station;
  return { ledger, told, screens: createScreens(station) };
}

const result = (callId: string, campaignId: string, outcome: string, number: PhoneNumber = PERSON) => ({
  kind: 'call_result' as const,
  body: { callId, campaignId, number, outcome, endedAt: '2026-11-20T18:00:00.000Z' },
});

test('a call that reaches an agent is told with what is on record of it', async () => {
  const { ledger, told, screens } = openScreens();
  const newest = { consentId: 'consent-1', kind: 'written', givenAt: 1_780_315_200_000, source: 'web' };
  await ledger.append(result('c-1', SOLAR.id, 'no_answer'));
  await ledger.append(result('m-1', 'lunar', 'connected'));
  await ledger.append(result('c-0', SOLAR.id, 'busy', '+13035550199' as PhoneNumber));
  const { entry } = await ledger.append({
    kind: 'decision',
    body: {
      ...{ callId: 'c-2', campaignId: SOLAR.id, number: PERSON, verdict: 'permit' },
      facts: { consent: { known: true, value: { newest } } },
    },
  });
  for (const event of ['reserved', 'connected', 'ended'] as const) screens.tell(pop(event));
  while (told.length < 3) await settle();
  const record = {
    decision_id: entry.id,
    consent: {
      consent_id: 'consent-1',
      kind: 'written',
      given_at: '2026-06-01T12:00:00.000Z',
      source: 'web',
    },
    earlier: [{ call_id: 'c-1', campaign: SOLAR.id, outcome: 'no_answer', at: '2026-11-20T18:00:00.000Z' }],
  };
  expect(told).toEqual([
    expect.objectContaining({ event: 'reserved', agent: 'ann', call_id: 'c-2', number: PERSON, record }),
    expect.objectContaining({ event: 'connected', campaign: SOLAR.id, lead_id: '77', record }),
    expect.not.objectContaining({ record: expect.anything() as unknown }),
  ]);
});

test('a ledger that does not answer leaves the pop without a record, and its order stands', async () => {
  const { ledger, told, screens } = openScreens();
  const read = ledger.read.bind(ledger);
  ledger.read = () => new Promise(() => undefined);
  screens.tell(pop('connected'));
  await settle();
  expect(told).toEqual([]);
  ledger.read = () => Promise.reject(new LedgerUnavailable('away'));
  screens.tell(pop('ended'));
  screens.tell(pop('connected', 'c-3'));
  await clock.go(250);
  while (told.length < 3) await settle();
  ledger.read = read;
  expect(told.map(({ event, record }) => [event, record])).toEqual([
    ['connected', null],
    ['ended', undefined],
    ['connected', null],
  ]);
});

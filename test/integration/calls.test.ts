/** Calls through the whole middle on a real Asterisk: what the person heard, what the ledger says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { ScreenInput } from '../../src/control/operations.ts';
import type { CallId } from '../../src/domain/ids.ts';
import { parsePhoneNumber } from '../../src/domain/phone-number.ts';
import { instant } from '../../src/domain/time.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { promptSamples, until } from '../support/wait.ts';

const DROPPED = '13035550110';

let rig: Rig;

beforeAll(async () => {
  rig = await openRig({
    name: 'calls',
    people: [{ numbers: [DROPPED], behaviour: { kind: 'answers' } }],
  });
  await until('exchange', () => rig.telephony.problem() === null);
});

afterAll(() => rig.close());

const originate = (number: string, campaignId = 'solar') =>
  rig.running.operations.originate({
    callId: null,
    campaignId,
    number: `+${number}`,
    callerId: null,
    lead: { zip: null, state: null, leadId: null },
    automated: false,
    door: 'http',
    at: null,
  } satisfies ScreenInput);

async function consentFor(number: string): Promise<void> {
  const parsedNumber = parsePhoneNumber(`+${number}`);
  if (!parsedNumber.ok) throw new Error(parsedNumber.problem);
  await rig.running.operations.recordConsent({
    consentId: `consent-${number}`,
    number: parsedNumber.value,
    sellerId: rig.config.campaigns[0]!.seller.id,
    kind: 'written',
    givenAt: instant(Date.parse('2026-11-20T18:00:00Z')),
    expiresAt: null,
    disclosureText: 'By signing I agree that Sunrise Solar may call me.',
    act: 'checked the box and pressed Send',
    signature: 'Anna Example',
    source: 'https://example.com/form',
    notConditionOfPurchase: true,
  });
}

describe('a live answer without an agent', () => {
  test('hears the whole message after the greeting and is recorded as one drop', async () => {
    await consentFor(DROPPED);
    await rig.running.operations.setAgentState('agent-1' as never, 'ready', null);
    const answer = await originate(DROPPED);
    if (answer.decision.kind === 'veto') console.log(JSON.stringify(answer.decision.reasons), JSON.stringify(answer.facts.budget), JSON.stringify(answer.facts.consent));
    expect(answer.decision).toMatchObject({ kind: 'permit' });
    // The agent leaves while the phone rings.
    await rig.running.operations.setAgentState('agent-1' as never, 'paused', null);
    const [call] = await rig.floor.callsOver(DROPPED);
    const prompt = await promptSamples(rig, 'solar', 'safe-harbor');
    const heard = compareAudio(call!.heard.samples, prompt);
    console.log('gap', call!.heard.firstVoicedAt! - call!.spoken.lastVoicedAt!, heard);
    expect(heard.matchedShare).toBeGreaterThan(0.95);
    await until('result', async () => (await rig.running.operations.call(answer.callId as CallId))?.state === 'settled');
    const history = await rig.running.operations.call(answer.callId as CallId);
    console.log(JSON.stringify(history?.entries.map((e) => [e.kind, e.kind === 'decision' ? '' : e.body]), null, 1));
  });
});

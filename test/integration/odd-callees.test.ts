/**
 * People who do not behave as expected, all called at once on one real Asterisk by one sidecar: one scenario file each in `callees/`.
 * Judged by what the person heard, in order, and by the ledger's one result.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { OriginationAnswer } from '../../src/control/operations.ts';
import type { AgentId } from '../../src/domain/ids.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { promptSamples, until } from '../support/wait.ts';
import { AT_ANSWER } from './callees/at-answer.ts';
import { BLOCKED } from './callees/blocked.ts';
import { BUSY_HERE } from './callees/busy-here.ts';
import { BUSY } from './callees/busy.ts';
import { COMFORT_NOISE } from './callees/comfort-noise.ts';
import { DECLINES } from './callees/declines.ts';
import { DTX } from './callees/dtx.ts';
import { EARLY_HANG_UP } from './callees/early-hang-up.ts';
import { EARLY_KEY } from './callees/early-key.ts';
import { EARLY_MEDIA } from './callees/early-media.ts';
import { HOLD } from './callees/hold.ts';
import { LATE_HELLO } from './callees/late-hello.ts';
import { LONG_PAUSE } from './callees/long-pause.ts';
import { NO_RTP } from './callees/no-rtp.ts';
import { NOISE } from './callees/noise.ts';
import { SILENT } from './callees/silent.ts';
import { SPLIT_GREETING } from './callees/split-greeting.ts';
import { TWO_KEYS } from './callees/two-keys.ts';
import { VOICEMAIL } from './callees/voicemail.ts';
import { WRONG_KEY } from './callees/wrong-key.ts';
import type { OddCallee, Seen } from './callees/callee.ts';
import { youngConsent } from '../support/written-consent.ts';

const CALLEES: readonly OddCallee[] = [
  AT_ANSWER,
  BLOCKED,
  BUSY_HERE,
  BUSY,
  COMFORT_NOISE,
  DECLINES,
  DTX,
  EARLY_HANG_UP,
  EARLY_KEY,
  EARLY_MEDIA,
  HOLD,
  LATE_HELLO,
  LONG_PAUSE,
  NO_RTP,
  NOISE,
  SILENT,
  SPLIT_GREETING,
  TWO_KEYS,
  VOICEMAIL,
  WRONG_KEY,
];
const EVERYBODY = CALLEES.map((callee, index) => ({ ...callee, number: `130355501${index + 10}` }));
/** Their lines are there when the calls are placed, and gone when they are answered. */
const LEAVING = CALLEES.map((_, index) => `30${index + 10}` as AgentId);

const campaignYaml = (id: string, offer: string, members: readonly string[], more: string): string => `
id: ${id}
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: ${offer}
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: false, disclosure: law }
agents: { place: CO, members: [${members.map((member) => `'${member}'`).join(', ')}] }
${more}
`;

let rig: Rig;
let agent: Agent;
const calls = new Map<OddCallee, OriginationAnswer>();

const originate = (number: string, campaignId: string): Promise<OriginationAnswer> =>
  rig.running.operations.originate({
    callId: null,
    campaignId,
    number: `+${number}`,
    callerId: null,
    lead: NO_LEAD_FACTS,
    automated: false,
    door: 'http',
    at: null,
  });

const consent = (number: string): Promise<unknown> => {
  const sellerId = rig.config.campaigns.find(({ id }) => id === 'odd')!.seller.id;
  return rig.running.operations.recordConsent(youngConsent(`+${number}` as PhoneNumber, sellerId));
};

async function seen({ number }: { readonly number: string }, answer: OriginationAnswer): Promise<Seen> {
  let entries: readonly LedgerEntry[] = [];
  await until(
    'end of the call in the ledger',
    async () => {
      entries = (await rig.running.operations.call(answer.callId))?.entries ?? [];
      return entries.some((entry) => entry.kind === 'call_progress');
    },
    40_000,
  );
  const [call] = await rig.floor.callsOver(number);
  const progress = entries.find((entry) => entry.kind === 'call_progress')!.body;
  const results = entries.filter((entry) => entry.kind === 'call_result');
  return {
    call: call!,
    message: compareAudio(call!.heard.samples, await promptSamples(rig, 'odd', 'safe-harbor')),
    entries,
    outcomes: results.map((entry) => textOf(entry, 'outcome')),
    result: results[0]!,
    clock: progress['clock'] as Seen['clock'],
    timeline: progress['timeline'] as Seen['timeline'],
    next: (await originate(number, 'odd')).decision,
  };
}

beforeAll(async () => {
  if (missingAsterisk !== undefined) return;
  rig = await openRig({
    name: 'odd',
    campaigns: {
      'odd.yaml': campaignYaml('odd', 'battery storage', LEAVING, ''),
      'answering.yaml': campaignYaml('answering', 'heat pumps', ['4001'], 'connect: at_answer'),
    },
    people: EVERYBODY.map(({ number, behaviour }) => ({ numbers: [number], behaviour })),
  });
  const { operations } = rig.running;
  await until('exchange', async () => (await operations.readiness()).ready);
  agent = await rig.floor.callIn('agent-4001');
  await agent.answered();
  const answering = rig.config.campaigns.find(({ id }) => id === 'answering')!.id;
  await until('agent ready', async () => (await operations.campaign(answering))?.agents.ready === 1);
  for (const { number } of EVERYBODY) await consent(number);
  await Promise.all(LEAVING.map((id) => operations.setAgentState(id, 'ready', null)));
  const answers = await Promise.all(
    EVERYBODY.map(({ number, campaign = 'odd' }) => originate(number, campaign)),
  );
  await Promise.all(LEAVING.map((id) => operations.setAgentState(id, 'paused', null)));
  EVERYBODY.forEach((callee, index) => calls.set(callee, answers[index]!));
});

afterAll(async () => {
  if (missingAsterisk !== undefined) return;
  await agent.hangUp();
  await rig.close();
});

describe('a person who', () => {
  test.for(EVERYBODY)('$who', async (callee) => {
    const answer = calls.get(callee)!;
    expect(answer).toMatchObject({ decision: { kind: 'permit' }, placement: 'placed' });
    callee.check(await seen(callee, answer));
  });
});

test('no channel is left, neither of a call nor of an ear', async () => {
  await until('an empty exchange', async () => {
    const left = await rig.telephony.channels();
    return left.length === 1; // the agent's
  });
});

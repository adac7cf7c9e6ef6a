/**
 * Canaries on a real Asterisk that signs: a carrier brings them back with what it left of the signature, and what arrives is verified. And a
 * network that refuses a call with its reasons.
 */
import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { freeUdpPort } from '../../scripts/asterisk/port-block.ts';
import {
  SIGNED_ENDPOINT,
  signingExchange,
  type SigningExchange,
} from '../../scripts/asterisk/signing-exchange.ts';
import { identityVerifier } from '../../src/adapters/certificates/identity-verifier.ts';
import { startAgiServer } from '../../src/adapters/agi/server.ts';
import { openHepListener } from '../../src/adapters/hep/hep-listener.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { openLog } from '../../src/adapters/system/log.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import type { CanaryResult } from '../../src/control/canary-desk.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { readCertificates } from '../../src/passport/certificate.ts';
import { instant } from '../../src/domain/time.ts';
import type { IdentityVerifier } from '../../src/ports/identity-verifier.ts';
import type { SignallingTap } from '../../src/ports/signalling-tap.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import { type LoopCarrier, startLoopCarrier } from '../support/loop-carrier.ts';
import { identityOf, sipDate } from '../support/passports.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { consentTo, originateTo } from '../support/rig-calls.ts';
import { pointAgi } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const CALLER_ID = '+13035550101' as PhoneNumber;
const OWN = '+13035550150' as PhoneNumber;
const BLOCKED = '13035550161';
const TRUNK = 'loop';

const CAMPAIGN = `
id: canaries
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: canaries
startedOn: '2026-11-02'
zone: America/Denver
mode: preview
consent: { mode: written }
callerIds: [{ number: '${CALLER_ID}', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@${TRUNK}
attestation: { minimum: A, ways: [seen_there], maxAgeHours: 24 }
recording: { enabled: false, disclosure: law }
agents: { place: CO, members: ['3001'], wrapUpSeconds: 0 }
`;
/** The same caller ID over the people's trunk, which asks for no level. */
const CALLS = CAMPAIGN.replaceAll('id: canaries', 'id: blocked')
  .replace('offer: canaries', 'offer: heat pumps')
  .replace(`@${TRUNK}`, '@carrier')
  .replace("'3001'", "'3002'")
  .replace(/^attestation: .*$/m, 'attestation: { minimum: none }');

/** Each number of ours leads to the canaries, and everybody else is looked at and sent away. */
const DIALPLAN = `
exten => ${OWN.slice(1)},1,Goto(breakwater-canary,\${EXTEN},1)
exten => desk,1,Gosub(breakwater-identity,s,1)
 same => n,Set(GLOBAL(SEEN_IDENTITY)=\${BREAKWATER_IDENTITY} \${BREAKWATER_ATTESTATION})
 same => n,Answer()
 same => n,Wait(1)
 same => n,Hangup()
`;

let rig: Rig;
let carrier: LoopCarrier;
let signing: SigningExchange;
let tap: SignallingTap;
let agi: Awaited<ReturnType<typeof startAgiServer>>;
const log = openLog(process.env['RIG_LOG'] ?? 'silent');

beforeAll(async () => {
  const hepPort = await freeUdpPort();
  signing = await signingExchange(hepPort, { [CALLER_ID.slice(1)]: 'A' });
  carrier = await startLoopCarrier(() => rig.floor.asterisk.sip);
  const leafPem = await (await fetch(signing.certificateUrl)).text();
  const verifier = identityVerifier({
    trust: { roots: rootsOf(signing.rootsPem), revocationLists: () => [] },
    source: {
      certificateAt: () => ({ kind: 'found', document: { bytes: Buffer.from(leafPem) } }),
      distrust: () => undefined,
    },
    freshMs: 60_000,
  });
  // The exchange signs by the clock on the wall, and the sidecar's stands at noon.
  const identity: IdentityVerifier = {
    verify: (call) => verifier.verify({ ...call, seenAt: instant(Date.now()) }),
  };
  tap = await openHepListener({ host: '127.0.0.1', port: hepPort, log });
  rig = await openRig({
    name: 'canary',
    campaigns: { 'canaries.yaml': CAMPAIGN, 'blocked.yaml': CALLS },
    dialplanText: DIALPLAN,
    people: [
      { numbers: [BLOCKED], behaviour: { kind: 'blocked' } },
      { numbers: ['13035550162'], behaviour: { kind: 'answers' } },
    ],
    endpoints: [{ name: TRUNK, host: '127.0.0.1', port: carrier.port, settings: SIGNED_ENDPOINT }],
    extraFiles: signing.files,
    given: {
      canary: {
        numbers: [OWN],
        everyHours: 12,
        retryMinutes: 30,
        // Asked for one by one.
        minutesBetween: 1_440,
        callsPerDayMax: 100,
        arrivesWithinSeconds: 5,
        words: [{ text: 'full', level: 'A' }],
      },
      identity,
      signedHere: { tap, verifier: identity, settings: null },
    },
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
  agi = await startAgiServer({
    host: '127.0.0.1',
    port: rig.floor.takePort(),
    scripts: agiScripts(rig.running.operations),
    clock: systemClock(null),
    answerMs: 400,
  });
  await pointAgi(rig.floor.asterisk, agi.port);
  await rig.floor.asterisk.cli('dialplan set global BREAKWATER_ECHO_HEADER X-Level');
});

afterAll(async () => {
  await agi.close();
  await rig.close();
  await tap.close();
  await carrier.close();
  await signing.close();
});

function rootsOf(pem: string) {
  const read = readCertificates(Buffer.from(pem));
  if (!read.ok) throw new Error(read.problem);
  return read.value;
}

/** As a carrier that has the same certificate signs. */
function signedAs(attest: 'A' | 'B', { caller, called }: { caller: string; called: string }) {
  const at = Date.now();
  const key = createPrivateKey(signing.files['tn.key'] ?? '');
  const claims = { attest, orig: { tn: caller }, dest: { tn: [called] } };
  return { Identity: identityOf({ key, at, claims }), Date: sipDate(at) };
}

const entries = (kind: LedgerEntry['kind']): Promise<readonly LedgerEntry[]> =>
  rig.ledger.read({ kinds: [kind], limit: 100 });

/** The result of a canary that is placed now. */
async function canary(): Promise<CanaryResult> {
  const [run] = await rig.running.operations.runCanaries({ callerId: CALLER_ID, trunk: TRUNK });
  if (run?.kind !== 'placed') throw new Error(`not placed: ${JSON.stringify(run)}`);
  return run.result;
}

/** What a decision says of the level now. */
async function verdict(): Promise<readonly string[]> {
  const { decision } = await rig.running.operations.decide({
    callId: null,
    campaignId: 'canaries',
    number: '+13035550170',
    callerId: null,
    lead: NO_LEAD_FACTS,
    automated: false,
    door: 'http',
    at: null,
  });
  const codes = decision.kind === 'veto' ? decision.reasons.map(({ code }) => code) : [];
  return codes.filter((code) => code.startsWith('attestation'));
}

test('handed on whole: the signature of the exchange is verified where it arrives, and confirms A', async () => {
  carrier.treat({ kind: 'returns', headers: () => ({}) });
  expect(await verdict()).toEqual(['attestation_unconfirmed']);
  const result = await canary();
  expect(result).toMatchObject({ outcome: 'arrived', level: 'A', alarm: null });
  expect(result.findings.map(({ source, level }) => `${source} ${level}`)).toEqual(['identity A']);
  expect(await verdict()).toEqual([]);
}, 120_000);

test('signed anew with B on the way: an alarm, and the next call is vetoed within the second', async () => {
  carrier.treat({ kind: 'returns', headers: (call) => signedAs('B', call) });
  const placed = canary();
  const before = (await entries('attestation_alarm')).length;
  const result = await placed;
  const settledAt = performance.now();
  expect(await verdict()).toEqual(['attestation_below_minimum']);
  expect(performance.now() - settledAt).toBeLessThan(1_000);
  expect(result).toMatchObject({ level: 'B', alarm: 'fell' });
  expect((await entries('attestation_alarm')).slice(before).at(-1)?.body).toMatchObject({
    ...{ callerId: CALLER_ID, trunk: TRUNK, level: 'B', before: 'A' },
  });
}, 120_000);

test('taken away on the way, with the level in the carrier’s own words: verstat and echo; the lowest counts', async () => {
  carrier.treat({
    kind: 'returns',
    headers: ({ caller }) => ({
      Identity: null,
      'P-Asserted-Identity': `<sip:${caller}@carrier.example;verstat=TN-Validation-Passed-A>`,
      'X-Level': 'full',
    }),
  });
  const result = await canary();
  expect(result.findings.map(({ source, level }) => `${source} ${level}`)).toEqual(['verstat A', 'echo A']);
  expect(result).toMatchObject({ level: 'A', alarm: null });
  expect(await verdict()).toEqual([]);
}, 120_000);

test('stripped: nothing proves anything, and that is held against the caller ID', async () => {
  carrier.treat({ kind: 'returns', headers: () => ({ Identity: null, Date: null }) });
  expect(await canary()).toMatchObject({ outcome: 'arrived', level: 'none', alarm: 'fell' });
  expect(await verdict()).toEqual(['attestation_unconfirmed']);
}, 120_000);

test('lost on the way: missing in its time', async () => {
  carrier.treat({ kind: 'loses' });
  expect(await canary()).toMatchObject({ outcome: 'missing', level: 'none', alarm: 'missing' });
  expect(await verdict()).toEqual(['attestation_unconfirmed']);
}, 120_000);

test('blocked on the way: 603+ with its reason, told by the mirror, is a signal against the caller ID on the trunk', async () => {
  await consentTo(rig, BLOCKED);
  const agent = await rig.floor.callIn('agent-3002');
  await agent.answered();
  await until('agent ready', async () => {
    const status = await rig.running.operations.campaign('blocked' as never);
    return status?.agents.ready === 1;
  });
  const answer = await originateTo(rig, BLOCKED, 'blocked');
  expect(answer.placement).toBe('placed');
  await until('signal', async () => (await entries('blocking_signal')).length > 0, 30_000);
  expect((await entries('blocking_signal')).map(({ body }) => body)).toEqual([
    {
      ...{ callId: answer.callId, campaignId: 'blocked', callerId: CALLER_ID, trunk: 'carrier' },
      ...{ signal: 'network_blocked', sipStatus: 603, phrase: 'Network Blocked' },
      header: 'Q.850;cause=21;text="v=analytics1;url=https://redress.example.com"',
      redressUrl: 'https://redress.example.com',
    },
  ]);
  await agent.hangUp();
}, 120_000);

test('somebody who calls us: the dialplan hears that nothing proves who it is, and so does the feed', async () => {
  const caller = await rig.floor.callIn('desk', { from: '13035550177' });
  await caller.answered();
  const globals = await rig.floor.asterisk.cli('dialplan show globals');
  expect(globals).toContain('SEEN_IDENTITY=missing_identity none');
  await caller.ended;
  const [entry] = await entries('inbound_identity');
  expect(entry?.body).toMatchObject({
    number: '+13035550177',
    identity: 'missing_identity',
    attestation: 'none',
  });
}, 120_000);

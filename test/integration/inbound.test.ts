/** People who call us, on a real Asterisk: the disclosure is heard before anything is recorded, and what is recorded is kept. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace } from '../../scripts/callers/heard.ts';
import { readWav } from '../../scripts/callers/wav.ts';
import { startAgiServer } from '../../src/adapters/agi/server.ts';
import { folderVault } from '../../src/adapters/recordings/folder-vault.ts';
import { masterKeys } from '../../src/adapters/recordings/master-keys.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { agiScripts } from '../../src/control/agi-scripts.ts';
import { type LedgerEntry, textOf } from '../../src/domain/ledger-entry.ts';
import type { RecordingTrack } from '../../src/domain/recording.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { pointAgi } from '../support/serve-world.ts';
import { until } from '../support/wait.ts';

const DESK = '13035550139';
/** Pennsylvania wants everybody's consent; in Colorado, where the agents sit, one party's is enough. */
const FROM_PENNSYLVANIA = '12155550134';
const FROM_COLORADO = '13035550134';

const CAMPAIGN = `
id: helpline
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: helpline
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: true, disclosure: law }
agents: { place: CO, members: ['3001'], wrapUpSeconds: 0 }
`;

/** As an operator has it: a queue or a Dial() behind our two words. */
const DIALPLAN = `
exten => sales,1,Gosub(breakwater-inbound,s,1(helpline))
 same => n,Dial(PJSIP/${DESK}@carrier,30)
 same => n,Hangup()
`;

let rig: Rig;
let agi: Awaited<ReturnType<typeof startAgiServer>>;

beforeAll(async () => {
  rig = await openRig({
    name: 'inbound',
    campaigns: { 'helpline.yaml': CAMPAIGN },
    dialplanText: DIALPLAN,
    people: [{ numbers: [DESK], behaviour: { kind: 'answers' } }],
    archive: ({ directory, monitorDirectory, ledger }) => {
      const key = { id: 'test-1', secret: randomBytes(32) };
      return {
        records: ledger.records.recordings,
        vault: folderVault({
          monitorDirectory,
          directory: join(directory, 'kept'),
          keys: {
            ...masterKeys([{ id: key.id, source: { kind: 'file', path: join(directory, 'none') } }], 1_000),
            current: () => Promise.resolve(key),
            secretOf: () => Promise.resolve(key.secret),
          },
          nowMs: () => Date.now(),
        }),
        targets: [],
        sweepMs: 60_000,
        deleteAfterRetention: true,
      };
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
});

afterAll(async () => {
  await agi.close();
  await rig.close();
});

const opened = (from: string): Promise<readonly LedgerEntry[]> =>
  rig.ledger.read({ number: `+${from}`, kinds: ['inbound_call'], limit: 10 });

/** Calls, talks to the desk for a while, and hangs up. */
async function callIn(from: string): Promise<CallTrace> {
  const before = (await rig.floor.calls('sales')).length;
  const desks = (await rig.floor.calls(DESK)).length;
  const caller = await rig.floor.callIn('sales', { from });
  await caller.answered();
  await until('talk', async () => ((await rig.floor.calls(DESK))[desks]?.heard.packets ?? 0) > 200, 30_000);
  await caller.hangUp();
  return (await rig.floor.callsOver('sales', before + 1))[before]!;
}

async function kept(callId: string): Promise<readonly LedgerEntry[]> {
  await until('kept', async () => (await rig.ledger.records.recordings.recording(callId)) !== null, 20_000);
  return rig.ledger.read({ callId, limit: 100 });
}

async function fetched(callId: string, track: RecordingTrack): Promise<Int16Array> {
  const access = await rig.running.operations.recordings.fetch({
    callId,
    track,
    who: 'Jo Example',
    why: 'test',
    door: 'test',
  });
  if (access.kind !== 'open') throw new Error(access.kind);
  const pieces: Uint8Array[] = [];
  for await (const piece of access.plain) pieces.push(piece);
  const path = join(rig.floor.directory, `${callId}-${track}.wav`);
  await writeFile(path, Buffer.concat(pieces));
  return (await readWav(path)).samples;
}

/** The share of the disclosure that is in a sound. */
async function disclosureIn(sound: Int16Array): Promise<number> {
  const prompt = await readWav(
    join(rig.floor.asterisk.soundsDirectory, 'breakwater/helpline/disclosure.wav'),
  );
  // Two voices of one speech synthesizer are alike; the same sound is much more so.
  return compareAudio(sound, prompt.samples, { minCorrelation: 0.85 }).matchedShare;
}

const monitorFiles = (): readonly string[] => readdirSync(rig.floor.asterisk.monitorDirectory);

test('from an all-party state: the disclosure first, then the recording, kept encrypted with both voices', async () => {
  const trace = await callIn(FROM_PENNSYLVANIA);
  expect(await disclosureIn(trace.heard.samples)).toBeGreaterThan(0.8);
  const opening = (await opened(FROM_PENNSYLVANIA))[0]!;
  const callId = textOf(opening, 'callId');
  expect(opening.body).toMatchObject({ campaignId: 'helpline', number: `+${FROM_PENNSYLVANIA}` });
  expect(textOf(opening, 'disclosureBasis')).toMatch(/5703|5704/);

  const entries = await kept(callId);
  const stored = entries.find(({ kind }) => kind === 'recording_stored');
  const gapMs = Number(stored?.body['gapMs']);
  expect(gapMs).toBeGreaterThanOrEqual(0);
  expect(gapMs).toBeLessThan(1_000);
  expect(entries.find(({ kind }) => kind === 'recording_archived')?.body).toMatchObject({
    consentClass: 'disclosed',
    number: `+${FROM_PENNSYLVANIA}`,
  });
  await until('no plain file', () => monitorFiles().length === 0);
  const caller = trace.spoken.samples.subarray(-24_000, -8_000);
  expect(
    compareAudio(await fetched(callId, 'called'), caller, { minCorrelation: 0.6 }).matchedShare,
  ).toBeGreaterThan(0.5);
  expect(await disclosureIn(await fetched(callId, 'mixed'))).toBeLessThan(0.3);
});

test('both ends where one party is enough: no disclosure, and the recording is kept all the same', async () => {
  const trace = await callIn(FROM_COLORADO);
  expect(await disclosureIn(trace.heard.samples)).toBeLessThan(0.3);
  const opening = (await opened(FROM_COLORADO))[0]!;
  expect(opening.body['disclosureBasis']).toBeNull();
  const entries = await kept(textOf(opening, 'callId'));
  expect(entries.find(({ kind }) => kind === 'recording_archived')?.body).toMatchObject({
    consentClass: 'one_party',
  });
});

test('no sidecar: the call goes on, and nothing is recorded', async () => {
  await until('no plain file', () => monitorFiles().length === 0);
  await pointAgi(rig.floor.asterisk, rig.floor.takePort());
  try {
    await callIn(FROM_PENNSYLVANIA);
    expect(monitorFiles()).toEqual([]);
    expect(await opened(FROM_PENNSYLVANIA)).toHaveLength(1);
  } finally {
    await pointAgi(rig.floor.asterisk, agi.port);
  }
});

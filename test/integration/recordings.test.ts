/** Recordings on a real Asterisk: kept encrypted, both voices in them, in a real S3 store; stopped by a key; with a beep both ends hear. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Agent } from '../../scripts/callers/agent.ts';
import { compareAudio } from '../../scripts/callers/compare-audio.ts';
import type { CallTrace, Stream } from '../../scripts/callers/heard.ts';
import { readWav } from '../../scripts/callers/wav.ts';
import { open } from '../../src/adapters/recordings/container.ts';
import { folderVault } from '../../src/adapters/recordings/folder-vault.ts';
import { masterKeys } from '../../src/adapters/recordings/master-keys.ts';
import { s3Target } from '../../src/adapters/recordings/s3-target.ts';
import type { OriginationAnswer } from '../../src/control/operations.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { NO_LEAD_FACTS } from '../../src/domain/origination.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { RECORDING_TRACKS, type RecordingTrack } from '../../src/domain/recording.ts';
import { instant } from '../../src/domain/time.ts';
import { recordingFiles } from '../../src/ports/recordings.ts';
import { test } from '../support/real-asterisk.ts';
import { openRig, type Rig } from '../support/rig.ts';
import { BUCKET, S3_KEY, s3Server, type S3Server } from '../support/s3-server.ts';
import { until } from '../support/wait.ts';

const TALKS = '13035550130';
const REFUSES = '13035550131';
const LISTENS = '13035550132';
const ANSWER =
  'Yes, I have been waiting for this call, please tell me everything about it and do not leave anything out.';

const campaign = (id: string, recording: string, agent: string): string => `
id: ${id}
seller:
  id: sunrise
  name: Sunrise Solar
  callbackNumber: '+13035550100'
  registrations:
    - { state: CO, number: TEST-CO-1, from: '2026-01-01', until: '2030-12-31', source: made up for tests }
offer: ${id}
startedOn: '2026-11-02'
zone: America/Denver
mode: progressive
consent: { mode: written }
callerIds: [{ number: '+13035550101', proofOfRight: carrier agreement, takesDoNotCallRequests: true }]
endpoint: PJSIP/{number}@carrier
recording: { enabled: true, disclosure: law, ${recording} }
agents: { place: CO, members: ['${agent}'], wrapUpSeconds: 0 }
`;

let rig: Rig;
let s3: S3Server;
const key = { id: 'test-1', secret: randomBytes(32) };
const agents: Agent[] = [];

beforeAll(async () => {
  s3 = await s3Server();
  rig = await openRig({
    name: 'recordings',
    campaigns: {
      'taped.yaml': campaign('taped', "refusalDigit: '4'", '3001'),
      'beeping.yaml': campaign('beeping', 'beepSeconds: 5', '3002'),
    },
    people: [
      {
        numbers: [TALKS],
        behaviour: { kind: 'answers', goesOn: { afterMs: 2_500, greeting: ANSWER } },
      },
      { numbers: [REFUSES], behaviour: { kind: 'answers', keys: [{ digit: '4', afterMs: 6_000 }] } },
      { numbers: [LISTENS], behaviour: { kind: 'answers' } },
    ],
    archive: ({ directory, monitorDirectory, ledger }) => {
      const file = join(directory, 'recording.key');
      return {
        records: ledger.records.recordings,
        vault: folderVault({
          monitorDirectory,
          directory: join(directory, 'kept'),
          keys: {
            ...masterKeys([{ id: key.id, source: { kind: 'file', path: file } }], 1_000),
            current: () => Promise.resolve(key),
            secretOf: () => Promise.resolve(key.secret),
          },
          nowMs: () => Date.now(),
        }),
        targets: [
          s3Target(
            {
              kind: 's3',
              name: 'store',
              url: s3.url,
              bucket: BUCKET,
              region: 'us-east-1',
              prefix: 'r/',
              timeoutMs: 5_000,
              largestBytes: 5_000_000_000,
              ...S3_KEY,
            },
            () => Date.now(),
          ),
        ],
        sweepMs: 60_000,
        deleteAfterRetention: true,
      };
    },
  });
  await until('exchange', async () => (await rig.running.operations.readiness()).ready);
});

afterAll(async () => {
  for (const agent of agents) await agent.hangUp();
  await rig.close();
  await s3.close();
});

async function agentIn(extension: string, says?: null): Promise<void> {
  const agent = await rig.floor.callIn(extension, says === null ? { says } : {});
  agents.push(agent);
  await agent.answered();
}

async function call(number: string, campaignId: string): Promise<OriginationAnswer> {
  const { id, seller } = rig.config.campaigns.find((each) => each.id === campaignId)!;
  await until('agent ready', async () => (await rig.running.operations.campaign(id))!.agents.ready === 1);
  await rig.running.operations.recordConsent({
    consentId: `consent-${number}`,
    number: `+${number}` as PhoneNumber,
    sellerId: seller.id,
    kind: 'written',
    givenAt: instant(Date.parse('2026-11-20T18:00:00Z')),
    expiresAt: null,
    disclosureText: 'By signing I agree that Sunrise Solar may call me with an autodialer.',
    act: 'checked the box and pressed Send',
    signature: 'Anna Example',
    source: 'paper form 12',
    notConditionOfPurchase: true,
    pageUrl: null,
    ip: null,
    userAgent: null,
    prefilled: null,
    leadSourceTier: null,
    topic: null,
  });
  const answer = await rig.running.operations.originate({
    callId: null,
    campaignId,
    number: `+${number}`,
    callerId: null,
    lead: NO_LEAD_FACTS,
    automated: false,
    door: 'http',
    at: null,
  });
  expect(answer).toMatchObject({ placement: 'placed' });
  await until('connected', async () => (await rig.running.operations.campaign(id))!.agents.busy === 1);
  return answer;
}

const entriesOf = ({ callId }: OriginationAnswer): Promise<readonly LedgerEntry[]> =>
  rig.ledger.read({ callId, limit: 100 });
const entryOf = async (answer: OriginationAnswer, kind: string): Promise<LedgerEntry> => {
  let found: LedgerEntry | undefined;
  await until(kind, async () => {
    found = (await entriesOf(answer)).find((entry) => entry.kind === kind);
    return found !== undefined;
  });
  return found!;
};
const plainFiles = ({ callId }: OriginationAnswer): readonly string[] =>
  readdirSync(rig.floor.asterisk.monitorDirectory).filter((name) => name.startsWith(callId));

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The sound of a track as a door hands it out. */
async function fetched(answer: OriginationAnswer, track: RecordingTrack): Promise<Int16Array> {
  const access = await rig.running.operations.recordings.fetch({
    callId: answer.callId,
    track,
    who: 'Jo Example',
    why: 'test',
    door: 'test',
  });
  if (access.kind !== 'open') throw new Error(access.kind);
  const path = join(rig.floor.directory, `fetched-${track}.wav`);
  await writeFile(path, await collect(access.plain));
  return (await readWav(path)).samples;
}

/** A second and a half of what was said, from its loudest time on. */
function sample({ samples, voicedAt, startedAt }: Stream, at: 'early' | 'late'): Int16Array {
  const instants = at === 'early' ? voicedAt : voicedAt.slice(-75);
  const from = Math.max(0, Math.round(((instants[0] ?? 0) - (startedAt ?? 0)) * 8));
  return samples.subarray(from, from + 12_000);
}

const share = (heard: Int16Array, said: Int16Array): number =>
  compareAudio(heard, said, { minCorrelation: 0.6 }).matchedShare;

test('a call is recorded, kept encrypted, fetched with both voices in it, and delivered to a real S3 store that was down at first', async () => {
  await agentIn('agent-3001');
  const answer = await call(TALKS, 'taped');
  await sleep(8_000);
  await rig.telephony.hangUp(answer.callId);
  await entryOf(answer, 'recording_archived');
  await until('no plain file', () => plainFiles(answer).length === 0);
  const [trace] = (await rig.floor.callsOver(TALKS)) as [CallTrace];

  const tracks = {
    called: await fetched(answer, 'called'),
    agent: await fetched(answer, 'agent'),
    mixed: await fetched(answer, 'mixed'),
  };
  const person = sample(trace.spoken, 'late');
  const agent = sample(trace.heard, 'early');
  expect(share(tracks.called, person)).toBeGreaterThan(0.8);
  expect(share(tracks.agent, agent)).toBeGreaterThan(0.8);
  expect(share(tracks.called, agent)).toBeLessThan(0.3);
  expect(share(tracks.agent, person)).toBeLessThan(0.3);
  // Both at once: each is the other's noise.
  const loose = (said: Int16Array) => compareAudio(tracks.mixed, said, { minCorrelation: 0.4 }).matchedShare;
  expect(loose(person)).toBeGreaterThan(0.5);
  expect(loose(agent)).toBeGreaterThan(0.5);
  const accesses = (await entriesOf(answer)).filter(({ kind }) => kind === 'recording_accessed');
  expect(accesses.map(({ body }) => body['track'])).toEqual(['called', 'agent', 'mixed']);

  // Nothing has listened there until now.
  await until(
    'a failed delivery',
    async () => (await rig.ledger.records.recordings.pushQueue())[0]?.waiting === 3,
  );
  await s3.up();
  await until(
    'delivered',
    async () => (await rig.ledger.records.recordings.pushQueue()).length === 0,
    30_000,
  );
  const row = (await rig.ledger.records.recordings.recording(answer.callId))!;
  expect(row.files.map(({ track }) => track)).toEqual(RECORDING_TRACKS);
  for (const file of row.files) {
    const name = `r/${answer.callId}.${file.track}.${file.sha256.slice(0, 16)}`;
    const stored = (await s3.object(`${name}.bwrc`))!;
    expect(sha256Hex(stored.bytes)).toBe(file.containerSha256);
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield stored.bytes;
      await Promise.resolve();
    }
    expect(sha256Hex(await collect(open(bytes(), () => Promise.resolve(key.secret))))).toBe(file.sha256);
    expect((await s3.object(`${name}.json`))?.bytes.toString()).toContain(answer.callId);
  }
});

test('the key stops the recording and deletes it; the call goes on', async () => {
  const answer = await call(REFUSES, 'taped');
  const recording = join(rig.floor.asterisk.monitorDirectory, recordingFiles(answer.callId)[0]);
  await until('recording', () => existsSync(recording));
  const refused = await entryOf(answer, 'recording_refused');
  expect(refused.body).toMatchObject({ how: 'key', running: true, policy: 'stop_and_delete' });
  const deleted = await entryOf(answer, 'recording_deleted');
  expect(deleted.body).toMatchObject({ why: 'refused' });
  expect(JSON.stringify(deleted.body['files'])).toMatch(/"sha256":"[0-9a-f]{64}"/);
  await until('no file', () => plainFiles(answer).length === 0);
  // They go on talking, and nothing is recorded any more.
  const before = (await rig.floor.calls(REFUSES))[0]!.heard.packets;
  await sleep(1_500);
  expect((await rig.floor.calls(REFUSES))[0]!.heard.packets).toBeGreaterThan(before + 50);
  expect(plainFiles(answer)).toEqual([]);
  await rig.telephony.hangUp(answer.callId);
  await entryOf(answer, 'recording_stored');
  expect((await entriesOf(answer)).map(({ kind }) => kind)).not.toContain('recording_archived');
});

test('a beep every five seconds, heard at both ends', async () => {
  await agentIn('agent-3002', null);
  const answer = await call(LISTENS, 'beeping');
  await sleep(13_000);
  await rig.telephony.hangUp(answer.callId);
  const [person] = (await rig.floor.callsOver(LISTENS)) as [CallTrace];
  const [agent] = (await rig.floor.calls('agent-3002')) as [CallTrace];
  const after = person.spoken.lastVoicedAt!;
  for (const [end, { heard }] of Object.entries({ person, agent })) {
    const beeps = heard.stretches.filter(({ from }) => from > after + 500).map(({ from }) => from);
    process.stderr.write(`${end}: ${JSON.stringify(beeps.map((at) => Math.round(at - after)))}\n`);
    expect(beeps.length, end).toBeGreaterThanOrEqual(2);
    for (const [index, at] of beeps.slice(1).entries()) {
      expect(at - beeps[index]!, end).toBeGreaterThan(4_000);
      expect(at - beeps[index]!, end).toBeLessThan(6_500);
    }
  }
});

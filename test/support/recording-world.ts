/**
 * Recordings on a real disk with a memory ledger and a clock that stands; any step can be made to end the process before or after it.
 * Sellers with a campaign are `sunrise`, whose calls are recorded, and `clearview`, which has no recording.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderVault } from '../../src/adapters/recordings/folder-vault.ts';
import { type MasterKeys, masterKeys } from '../../src/adapters/recordings/master-keys.ts';
import { openMemoryLedger, type MemoryLedger } from '../../src/adapters/memory/ledger.ts';
import type { Archive } from '../../src/control/recordings/archive.ts';
import type { Ruling } from '../../src/control/ruling.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { KeptFile } from '../../src/domain/recording.ts';
import { type Instant, instant, monotonicMs } from '../../src/domain/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { RecordingTarget } from '../../src/ports/recording-targets.ts';
import type { RecordingDigest } from '../../src/ports/recordings.ts';
import { recordingFiles } from '../../src/ports/recordings.ts';

export const NUMBER = '+13035550123';

export interface RecordingWorld {
  readonly directory: string;
  readonly monitor: string;
  readonly kept: string;
  readonly ledger: MemoryLedger;
  readonly archive: Archive;
  now: Instant;
  /** Log lines of level warn. */
  readonly complaints: string[];
  keys: MasterKeys | null;
  /** A permitted call with its campaign on record, and the files of its recording, `named` as they are now unless told. */
  record(
    callId: string,
    more?: { readonly retentionYears?: number; readonly named?: typeof recordingFiles },
  ): Promise<ReadonlyMap<string, string>>;
  refuse(callId: string, policy?: string): Promise<void>;
  /** The same disk and ledger for a new life, in which step number `at` is the last: `before` it, or `after` it was done. */
  dyingAt(at: number, when: 'before' | 'after'): { readonly archive: Archive; readonly died: () => boolean };
  plain(): Promise<readonly string[]>;
  containers(): Promise<readonly string[]>;
  hear(kept: KeptFile): Promise<string>;
  close(): Promise<void>;
}

export class Died extends Error {}

export async function openRecordingWorld(targets: readonly RecordingTarget[] = []): Promise<RecordingWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-recordings-'));
  const [monitor, kept] = [join(directory, 'monitor'), join(directory, 'kept')];
  await mkdir(monitor);
  const keyFile = join(directory, 'first.key');
  await writeFile(keyFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  const complaints: string[] = [];
  const clock: Clock = {
    now: () => world.now,
    monotonic: () => monotonicMs(0),
    after: () => ({ cancel: () => undefined }),
  };
  const ledger = openMemoryLedger({ writer: 'keeper' as WriterId, clock });
  const vaultOf = () =>
    folderVault({
      monitorDirectory: monitor,
      directory: kept,
      keys: world.keys,
      nowMs: () => Date.now() + 3_600_000,
    });
  const digest = (files: readonly string[]): Promise<readonly RecordingDigest[]> =>
    Promise.all(
      files.map(async (file) => {
        const bytes = await readFile(join(monitor, file)).catch(() => null);
        return bytes === null
          ? { file, sha256: null, bytes: null, problem: 'not there' }
          : { file, sha256: sha256Hex(bytes), bytes: bytes.length, problem: null };
      }),
    );
  const complain = (fields: object, message: string): void =>
    void complaints.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: () => undefined, warn: complain, error: complain };
  const campaigns = new Map(
    ['sunrise', 'clearview'].map((id) => [id, { id, seller: { id } } as unknown as Campaign]),
  );
  const inForce = () => ({ campaigns, retired: new Map() }) as unknown as Ruling;
  const world: RecordingWorld = {
    directory,
    monitor,
    kept,
    ledger,
    complaints,
    now: instant(Date.parse('2026-11-24T18:00:00Z')),
    keys: masterKeys([{ id: 'first', source: { kind: 'file', path: keyFile } }], 1_000),
    get archive() {
      const station = { clock, ledger, log, recordings: { digest }, records: ledger.records, inForce };
      return { station, records: ledger.records.recordings, vault: vaultOf(), targets };
    },
    async record(callId, { retentionYears = 5, named = recordingFiles } = {}) {
      const retention = { name: 'tsr', years: retentionYears, citation: '16 CFR 310.5' };
      const sellerId = 'sunrise';
      await ledger.append({
        kind: 'campaign_loaded',
        body: {
          campaignId: 'solar',
          policyHash: 'p',
          recording: { retention },
          messages: { disclosure: { text: 'This call is recorded.', sha256: 'audio' } },
        },
      });
      await ledger.append({
        kind: 'decision',
        dedupeKey: callId,
        body: { callId, campaignId: 'solar', sellerId, number: NUMBER, verdict: 'permit', policyHash: 'p' },
      });
      const audio = new Map(named(callId).map((file) => [file, `${file} `.repeat(10_000)]));
      for (const [file, text] of audio) await writeFile(join(monitor, file), text);
      return audio;
    },
    async refuse(callId, policy = 'stop_and_delete') {
      const refusedAt = new Date(world.now).toISOString();
      const body = {
        callId,
        number: NUMBER,
        how: 'key',
        who: 'called party',
        policy,
        running: true,
        refusedAt,
      };
      await ledger.append({ kind: 'recording_refused', dedupeKey: callId, body });
    },
    dyingAt(at, when) {
      const { archive } = world;
      let steps = 0;
      let died = false;
      const step = async <T>(work: () => Promise<T>): Promise<T> => {
        steps += 1;
        if (died || (steps === at && when === 'before')) {
          died = true;
          throw new Died();
        }
        const done = await work();
        if (steps !== at) return done;
        died = true;
        throw new Died();
      };
      const { vault, station } = archive;
      return {
        died: () => died,
        archive: {
          ...archive,
          station: { ...station, ledger: { ...ledger, append: (draft) => step(() => ledger.append(draft)) } },
          vault: {
            ...vault,
            keep: (track, plain) => step(() => vault.keep(track, plain)),
            removePlain: (files) => step(() => vault.removePlain(files)),
            removeKept: (files) => step(() => vault.removeKept(files)),
          },
        },
      };
    },
    plain: async () => (await readdir(monitor)).filter((name) => name.endsWith('.wav')).sort(),
    async containers() {
      const found = await readdir(kept, { recursive: true }).catch(() => []);
      return found.filter((name) => name.includes('.bwrc')).sort();
    },
    async hear(file) {
      const pieces: Uint8Array[] = [];
      for await (const piece of world.archive.vault.open(file)) pieces.push(piece);
      return Buffer.concat(pieces).toString();
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
  return world;
}

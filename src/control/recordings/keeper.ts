/** Looks after recordings for as long as the process lives: settles them, sweeps up, deletes what is past its time, feeds the targets. */
import { messageOf } from '../deadline.ts';
import type { RecordingRecords } from '../../ports/recording-records.ts';
import type { RecordingTarget } from '../../ports/recording-targets.ts';
import type { RecordingVault } from '../../ports/recording-vault.ts';
import { deleteDue } from './delete-recordings.ts';
import { pushDue } from './push-recordings.ts';
import type { RecordingStatus } from './recording-doors.ts';
import type { Archive } from './archive.ts';
import { settleRecording } from './settle-recording.ts';
import { leftOvers } from './sweep-recordings.ts';

/** What `main` hands in. */
export interface ArchiveParts {
  readonly records: RecordingRecords;
  readonly vault: RecordingVault;
  readonly targets: readonly RecordingTarget[];
  readonly sweepMs: number;
  readonly deleteAfterRetention: boolean;
}

export interface RecordingKeeper {
  /** A recording has ended, or was refused. Never rejects: what fails is taken up by the next sweep. */
  settle(callId: string): Promise<void>;
  status(): Promise<RecordingStatus>;
  stop(): void;
}

/** Deliveries that became due are looked for this often. */
const PUSH_ROUND_MS = 2_000;

export function startKeeper(
  archive: Archive,
  { sweepMs, deleteAfterRetention }: Pick<ArchiveParts, 'sweepMs' | 'deleteAfterRetention'>,
  isLive: (callId: string) => boolean,
): RecordingKeeper {
  const { clock, log } = archive.station;
  const underWay = new Map<string, Promise<string>>();
  let stopped = false;
  let waiting = 0;
  let putOff = 0;

  /** One after the other for each call: a refusal, the end of the call and the sweep may ask at once. */
  function settleInTurn(callId: string): Promise<string> {
    const before = underWay.get(callId) ?? Promise.resolve('');
    const own = before.catch(() => '').then(() => settleRecording(archive, callId));
    underWay.set(callId, own);
    const forget = (): void => {
      if (underWay.get(callId) === own) underWay.delete(callId);
    };
    own.then(forget, forget);
    return own;
  }

  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.warn({ what, problem: messageOf(error) }, 'will be tried again');
    }
  };

  const left = leftOvers(archive, settleInTurn);
  const sweepRound = async (): Promise<void> => {
    await attempt('sweep of recordings', async () => {
      waiting = await left.sweep(isLive);
    });
    await attempt('deletion of recordings', async () => {
      ({ putOff } = await deleteDue(archive, deleteAfterRetention));
    });
    if (!stopped) clock.after(sweepMs, () => void sweepRound());
  };
  const pushRound = async (): Promise<void> => {
    await attempt('push of recordings', () => pushDue(archive));
    if (!stopped) clock.after(PUSH_ROUND_MS, () => void pushRound());
  };
  void sweepRound();
  if (archive.targets.length > 0) void pushRound();

  return {
    settle: (callId) =>
      settleInTurn(callId).then(
        () => undefined,
        (error: unknown) => {
          log.warn({ callId, problem: messageOf(error) }, 'a recording waits in plain files');
        },
      ),
    async status() {
      const [problem, pushes] = await Promise.all([archive.vault.problem(), archive.records.pushQueue()]);
      return { problem, waiting, putOff, pushes };
    },
    stop() {
      stopped = true;
    },
  };
}

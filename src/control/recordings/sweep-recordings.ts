/** What a crash left over, and what is past its time. */
import type { KeptRecording } from '../../domain/recording.ts';
import { messageOf } from '../deadline.ts';
import { callsOfFile } from '../../ports/recordings.ts';
import { deletedDraft } from './recording-entries.ts';
import type { Archive } from './settle-recording.ts';

/** A file that the exchange may still write to is left alone. */
const QUIET_MS = 15_000;
/** Files of a sidecar that shares the folder are its own business, until it has surely been gone for long. */
const ORPHANED_MS = 3_600_000;
const DELETIONS_MAX = 100;

export interface LeftOvers {
  /** Settles recordings whose plain files still lie there; calls in `isLive` are left alone. Answers how many wait still. */
  sweep(isLive: (callId: string) => boolean): Promise<number>;
}

/** `settle` as in `settleRecording`, one at a time for each call. */
export function leftOvers(archive: Archive, settle: (callId: string) => Promise<string>): LeftOvers {
  const { station, vault } = archive;
  /** Bases that are no call of ours, and recordings that are kept where they lie: not looked at again. */
  const atRest = new Set<string>();

  async function settleOne(callId: string, quietMs: number): Promise<boolean> {
    const [decision] = await station.ledger.read({ callId, kinds: ['decision'], limit: 1 });
    if (decision === undefined) {
      atRest.add(callId);
      return true;
    }
    const ours = decision.writer === station.ledger.writer;
    if (quietMs < (ours ? QUIET_MS : ORPHANED_MS)) return false;
    const answer = await settle(callId);
    if (answer !== 'deleted') atRest.add(callId);
    station.log.info({ callId, answer }, 'a recording that was left over');
    return true;
  }

  return {
    async sweep(isLive) {
      const quiet = new Map<string, number>();
      for (const { file, quietMs } of await vault.plainFiles()) {
        for (const callId of callsOfFile(file)) {
          if (!atRest.has(callId)) quiet.set(callId, Math.min(quietMs, quiet.get(callId) ?? quietMs));
        }
      }
      let waiting = 0;
      for (const [callId, quietMs] of quiet) {
        if (isLive(callId)) continue;
        try {
          if (!(await settleOne(callId, quietMs))) waiting += 1;
        } catch (error) {
          waiting += 1;
          station.log.warn({ callId, problem: messageOf(error) }, 'a recording waits in plain files');
        }
      }
      return waiting;
    },
  };
}

/**
 * Deletes recordings past their time. INVARIANT (held-stays): holds are looked at again for each, right before its files go. The files
 * first, then the entry: until it is durable the row stays due, and files that are gone are no error.
 */
export async function deletePastRetention({ station, records, vault }: Archive): Promise<number> {
  const due = await records.pastRetention(station.clock.now(), DELETIONS_MAX);
  let deleted = 0;
  for (const recording of due) {
    if ((await records.holdsOn(recording)).length > 0) continue;
    if (recording.keeper !== station.ledger.writer && !(await isHere(vault, recording))) continue;
    const names = recording.files.map(({ file }) => file);
    await vault.removePlain(names);
    await vault.removeKept(names);
    const why = recording.record['refused'] === true ? 'refused' : 'retention';
    await station.ledger.append(deletedDraft(recording, why, recording.files, station.clock.now()));
    deleted += 1;
  }
  return deleted;
}

async function isHere(vault: Archive['vault'], { files }: KeptRecording): Promise<boolean> {
  const found = await Promise.all(files.map((file) => vault.has(file)));
  return found.includes(true);
}

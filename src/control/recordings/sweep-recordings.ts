/** What a crash left over in the folder of the exchange. */
import type { EntryKind } from '../../domain/ledger-entry.ts';
import { messageOf } from '../deadline.ts';
import { callsOfFile } from '../../ports/recordings.ts';
import type { Archive } from './archive.ts';
import { OPENING_KINDS } from './recorded-call.ts';

/** A file that the exchange may still write to is left alone. */
const QUIET_MS = 15_000;
/** Files of a sidecar that shares the folder are its own business, until it has surely been gone for long. */
const ORPHANED_MS = 3_600_000;

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
    const [opening] = await station.ledger.read({ callId, kinds: OPENING_KINDS, limit: 1 });
    if (opening === undefined) {
      atRest.add(callId);
      return true;
    }
    const ours = opening.writer === station.ledger.writer;
    const isQuick = ours && (await mayBeOver(callId, opening.kind));
    if (quietMs < (isQuick ? QUIET_MS : ORPHANED_MS)) return false;
    const answer = await settle(callId);
    if (answer !== 'deleted') atRest.add(callId);
    station.log.info({ callId, answer }, 'a recording that was left over');
    return true;
  }

  /** Nobody here follows a call that people place to us, and it is quiet for as long as they wait in a queue. */
  async function mayBeOver(callId: string, opening: EntryKind): Promise<boolean> {
    if (opening !== 'inbound_call') return true;
    return (await station.ledger.read({ callId, kinds: ['recording_stored'], limit: 1 })).length > 0;
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

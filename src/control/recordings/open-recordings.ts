/** The doors' requests about recordings, carried out. */
import { InputProblem } from '../input-problem.ts';
import { formatInstant } from '../../domain/time.ts';
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import type { HoldScope } from '../../domain/recording.ts';
import { RecordingDamaged, RecordingUnavailable } from '../../ports/recording-vault.ts';
import type { Access, AccessRequest, RecordingDoors } from './recording-doors.ts';
import { knownSeller } from '../doors/known-sellers.ts';
import type { Archive } from './archive.ts';

export function openRecordings(
  archive: Archive,
  newId: () => string,
): Omit<RecordingDoors, 'refuse' | 'status'> {
  const { station, records, vault } = archive;
  const { ledger, clock } = station;

  async function fetch(request: AccessRequest): Promise<Access> {
    const { callId, track, who, why, door } = request;
    const recording = await records.recording(callId);
    const kept = recording?.files.find((file) => file.track === track);
    if (recording === null || kept === undefined) return { kind: 'unknown' };
    if (recording.deletedAt !== null) return { kind: 'gone', recording };
    const { number } = recording;
    // INVARIANT (access-before-sound): who asks is on record before a byte is read for them.
    await ledger.append({
      kind: 'recording_accessed',
      body: { callId, number, track, who, why, door, sha256: kept.sha256, keyId: kept.keyId },
    });
    const found = await vault.check(kept);
    if (found.kind === 'unavailable')
      throw new RecordingUnavailable(`recording of \`${callId}\`: ${found.problem}`);
    if (found.kind === 'damaged') {
      const { problem } = found;
      await ledger.append({
        kind: 'recording_damaged',
        body: { callId, number, track, container: kept.container, sha256: kept.sha256, problem },
      });
      throw new RecordingDamaged(`recording of \`${callId}\`: ${problem}`);
    }
    return { kind: 'open', file: kept.file, bytes: kept.bytes, plain: vault.open(kept) };
  }

  /** Spelled as recordings are and known to the ledger, or the hold would bind nothing. */
  async function subjectOf(scope: HoldScope, value: string): Promise<string> {
    switch (scope) {
      case 'seller':
        return knownSeller({ ...station.inForce(), records: station.records }, value, 'value');
      case 'call': {
        const decided = await ledger.read({ callId: value, kinds: ['decision'], limit: 1 });
        if (decided.length === 0)
          throw new InputProblem('value', value, 'the id of a call that the ledger has');
        return value;
      }
      case 'number': {
        const number = parsePhoneNumber(value);
        if (!number.ok)
          throw new InputProblem('value', value, 'a telephone number, for example +13035550101');
        return number.value;
      }
      default:
        return scope satisfies never;
    }
  }

  return {
    fetch,
    async show(callId) {
      const recording = await records.recording(callId);
      return recording === null ? null : { recording, holds: await records.holdsOn(recording) };
    },
    async setHold({ scope, value: given, who, why }) {
      const value = await subjectOf(scope, given);
      const holdId = newId();
      const recording = scope === 'call' ? await records.recording(value) : null;
      const number = scope === 'number' ? value : (recording?.number ?? null);
      const naming = { callId: scope === 'call' ? value : null, number };
      const body = { holdId, scope, value, who, why, setAt: formatInstant(clock.now()), ...naming };
      return {
        holdId,
        receipt: await ledger.append({ kind: 'recording_hold_set', dedupeKey: holdId, body }),
      };
    },
    async liftHold({ holdId, who, why }) {
      const hold = await records.hold(holdId);
      if (hold?.liftedAt !== null)
        throw new InputProblem('hold_id', holdId, 'a hold that is set and not lifted');
      const { scope, value } = hold;
      const naming = { callId: scope === 'call' ? value : null, number: scope === 'number' ? value : null };
      const body = { holdId, scope, value, who, why, liftedAt: formatInstant(clock.now()), ...naming };
      return ledger.append({ kind: 'recording_hold_lifted', dedupeKey: holdId, body });
    },
    holds: (limit) => records.holds(limit),
  };
}

const notKept = (): Promise<never> =>
  Promise.reject(
    new InputProblem('recordings', '', 'asterisk.monitorDirectory: without it nothing is kept here'),
  );

/** A sidecar that has no files. */
export const nothingKept: Omit<RecordingDoors, 'refuse'> = {
  fetch: notKept,
  show: notKept,
  setHold: notKept,
  liftHold: notKept,
  holds: notKept,
  status: () => Promise.resolve({ problem: null, waiting: 0, putOff: 0, pushes: [] }),
};

/** Deletes what is kept: recordings past their time, and those that the person refused. */
import type { KeptRecording } from '../../domain/recording.ts';
import type { Custody } from '../../ports/recording-records.ts';
import type { Archive } from './archive.ts';
import { deletedDraft } from './recording-entries.ts';

/** In one round; what is left is taken up by the next. */
const DELETIONS_MAX = 100;

export interface DeletionRound {
  readonly deleted: number;
  /** Due, but nothing proves that their folder is here: put off until it is. */
  readonly putOff: number;
}

/** The rows that lie with this sidecar. */
export const custodyOf = async ({ station, vault }: Archive): Promise<Custody> => ({
  keeper: station.ledger.writer,
  stores: await vault.stores(),
});

/** `retention` false: unwanted ones alone, those past their time are kept for ever. */
export async function deleteDue(archive: Archive, retention: boolean): Promise<DeletionRound> {
  const { station, records } = archive;
  const now = retention ? station.clock.now() : null;
  const custody = await custodyOf(archive);
  let deleted = 0;
  let putOff = await records.dueElsewhere(custody, now);
  if (putOff > 0)
    station.log.warn({ recordings: putOff }, 'not deleted: the folder that has them is not here');
  for (const recording of await records.dueForDeletion(custody, now, DELETIONS_MAX)) {
    const answer = await deleteKept(archive, recording);
    if (answer === 'deleted') deleted += 1;
    else if (answer === 'absent') putOff += 1;
  }
  return { deleted, putOff };
}

/**
 * INVARIANT (held-stays): holds are looked at again for each, right before its files go.
 * INVARIANT (gone-is-proven): a deletion is on record only when the folder of the files was there as they went.
 * The files first, then the entry: until it is durable the row stays due, and files that are gone are no error.
 */
export async function deleteKept(
  { station, records, vault }: Archive,
  recording: KeptRecording,
): Promise<'deleted' | 'held' | 'absent'> {
  if ((await records.holdsOn(recording)).length > 0) return 'held';
  const names = recording.files.map(({ file }) => file);
  const problem = await vault.absence(recording.files);
  if (problem !== null) {
    station.log.warn({ callId: recording.callId, problem }, 'a recording is not deleted yet');
    return 'absent';
  }
  await vault.removePlain(names);
  await vault.removeKept(names);
  const why = recording.unwanted ? 'refused' : 'retention';
  await station.ledger.append(deletedDraft(recording, why, recording.files, station.clock.now()));
  return 'deleted';
}

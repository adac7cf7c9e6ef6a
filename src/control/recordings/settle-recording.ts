/**
 * A finished recording, brought to rest: hashed, kept, its row durable, the plain files gone; or, where the person refused, deleted.
 * Each step looks at the ledger for what was done, so that it can be begun again after a crash between any two.
 * INVARIANT (kept-before-removed): a plain file goes only when what is kept of it was read back and the row is durable.
 */
import { knownCampaign } from '../ruling.ts';
import type { CampaignId } from '../../domain/ids.ts';
import type { LedgerEntry } from '../../domain/ledger-entry.ts';
import type { KeptFile, KeptRecording } from '../../domain/recording.ts';
import { callsOfFile, formerFiles, recordingFiles, trackFiles } from '../../ports/recordings.ts';
import type { Archive } from './archive.ts';
import { deleteKept } from './delete-recordings.ts';
import {
  OPENING_KINDS,
  RECORDED_CALL_KINDS,
  recordedCall,
  type RecordedCall,
  type RecordingTerms,
  termsOf,
} from './recorded-call.ts';
import { archivedDraft, deletedDraft, hashedDraft } from './recording-entries.ts';

/** Loaded once at each start or reload; a call's own is among the newest. */
const CAMPAIGN_ENTRIES_MAX = 1_000;

/** `stranger`: the ledger knows no such call. Rejects when a step failed; nothing is lost, and it is to be asked again. */
export async function settleRecording(
  archive: Archive,
  callId: string,
): Promise<'kept' | 'deleted' | 'nothing' | 'stranger'> {
  const { station, records, vault } = archive;
  const entries = await station.ledger.read({ callId, kinds: RECORDED_CALL_KINDS, limit: 100 });
  const call = recordedCall(entries);
  if (call === null) return 'stranger';
  const names = await namesOf(archive, call);
  if (call.isDeleted) {
    await removeAll(archive, names);
    return 'deleted';
  }
  const unwanted = call.refusal?.policy === 'stop_and_delete';
  if (!call.isArchived) {
    const hashes = await hash(archive, call, names);
    if (hashes.size === 0) return 'nothing';
    if (unwanted && (await records.holdsOn(call)).length === 0)
      return deleteRefused(archive, call, names, hashes);
    const files: KeptFile[] = [];
    for (const { track, file } of trackFiles(names)) {
      const sha256 = hashes.get(file);
      if (sha256 !== undefined) files.push(await vault.keep(track, { file, sha256 }));
    }
    const targets = archive.targets.map(({ name }) => name);
    await station.ledger.append(archivedDraft(call, await termsFor(archive, call), files, targets));
  }
  const row = await records.recording(callId);
  if (row === null) throw new Error(`the row of ${callId} is not there yet`);
  // The refusal came while the recording was brought to rest, or after.
  if (unwanted && (await deleteKept(archive, row)) === 'deleted') return 'deleted';
  await removeKeptPlain(archive, row);
  return 'kept';
}

/** Names of its three files: as they were hashed, else as they lie in the folder of the exchange. */
async function namesOf({ station, vault }: Archive, call: RecordedCall): Promise<readonly string[]> {
  if (call.names.length > 0) return call.names;
  const { callId } = call;
  const names = recordingFiles(callId);
  if ((await vault.plainFiles(names)).length > 0) return names;
  const former = formerFiles(callId);
  const [mixed] = former;
  if ((await vault.plainFiles([mixed])).length === 0) return names;
  for (const file of former) {
    for (const other of callsOfFile(file).filter((each) => each !== callId)) {
      const found = await station.ledger.read({ callId: other, kinds: OPENING_KINDS, limit: 1 });
      if (found.length > 0)
        throw new Error(`\`${file}\` may be of call ${callId} or of ${other}: a person must say which`);
    }
  }
  return former;
}

/** Of the files that are there; an entry of its own, durable before anything is done with them. */
async function hash(
  { station, vault }: Archive,
  call: RecordedCall,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (call.hashedAt !== null && names.every((name) => call.hashes.has(name))) return call.hashes;
  const digests = await station.recordings.digest(names);
  const present = new Set((await vault.plainFiles(names)).map(({ file }) => file));
  const unread = digests.find(({ file, sha256 }) => sha256 === null && present.has(file));
  if (unread !== undefined) throw new Error(`${unread.file}: ${unread.problem ?? 'has no hash'}`);
  await station.ledger.append(hashedDraft(call, digests));
  return new Map([
    ...digests.flatMap(({ file, sha256 }) => (sha256 === null ? [] : [[file, sha256] as const])),
    // What the ledger has already stands: a file that differs from it is found when it is kept.
    ...call.hashes,
  ]);
}

/** The entry first: a plain file that a crash leaves behind it brings the sweep back here. */
async function deleteRefused(
  archive: Archive,
  call: RecordedCall,
  names: readonly string[],
  hashes: ReadonlyMap<string, string>,
): Promise<'deleted'> {
  const { station, vault } = archive;
  const { ledger, clock } = station;
  if ((await vault.plainFiles(names)).length === 0)
    throw new Error('nothing of it lies in the folder of the exchange: its deletion is put off');
  const files = names.map((file) => ({ file, sha256: hashes.get(file) ?? null }));
  await ledger.append(deletedDraft(call, 'refused', files, clock.now()));
  await removeAll(archive, names);
  return 'deleted';
}

async function removeAll({ vault }: Archive, names: readonly string[]): Promise<void> {
  await vault.removeKept(names);
  await vault.removePlain(names);
}

async function removeKeptPlain({ vault }: Archive, row: KeptRecording): Promise<void> {
  for (const kept of row.files) {
    if (kept.keyId !== null && (await vault.has(kept))) await vault.removePlain([kept.file]);
  }
}

/** Of the campaign as it was when the call was decided; else as it is known now. */
async function termsFor({ station }: Archive, call: RecordedCall): Promise<RecordingTerms> {
  const loaded = await station.ledger.read({
    campaignId: call.campaignId,
    kinds: ['campaign_loaded'],
    order: 'desc',
    limit: CAMPAIGN_ENTRIES_MAX,
  });
  const samePolicy = ({ body }: LedgerEntry): boolean => body['policyHash'] === call.policyHash;
  const terms = termsOf(loaded.find(samePolicy) ?? loaded[0]);
  if (terms !== null) return terms;
  const known = knownCampaign(station.inForce(), call.campaignId as CampaignId);
  if (known === undefined) throw new Error(`campaign ${call.campaignId} is not known: how long to keep it?`);
  const { retention } = known.campaign.recording;
  return { retention, disclosureTextSha256: null, disclosureAudioSha256: null };
}

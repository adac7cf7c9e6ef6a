/** What the ledger says of one recorded call: all that is needed to keep its recording, so that a life after a crash keeps it the same. */
import { sha256Hex } from '../../domain/hash-chain.ts';
import { numberIn, objectIn, objectsIn, textIn } from '../../domain/json-parts.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { HoldSubject, RefusalPolicy, RetentionProfile } from '../../domain/recording.ts';
import { type Instant, parseInstant } from '../../domain/time.ts';

export interface RecordedCall extends HoldSubject {
  readonly campaignId: string;
  readonly policyHash: string | null;
  /** The sidecar that decided the call, and has its plain files. */
  readonly keeper: string;
  readonly decidedAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** From the end of the disclosure to the start of the recording. */
  readonly gapMs: number | null;
  readonly connectedAt: Instant | null;
  /** Why the disclosure was played: the paragraph or setting; null where one party's consent is enough. */
  readonly disclosureBasis: string | null;
  readonly disclosureFinishedAt: Instant | null;
  readonly refusal: { readonly policy: RefusalPolicy; readonly at: Instant } | null;
  /** Names of its files as they were hashed, in the order of `recordingFiles`; empty before. */
  readonly names: readonly string[];
  /** SHA-256 of the files that have been hashed. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly hashedAt: Instant | null;
  /** Permitted and dialed by ourselves, or a person's call to us: of a dialer's call nothing is recorded by us. */
  readonly isOursToRecord: boolean;
  /** One life followed it to its end, so `startedAt` tells whether it was recorded. Of a talk that outlived a restart nobody can tell. */
  readonly isSeenThrough: boolean;
  readonly isArchived: boolean;
  readonly isDeleted: boolean;
}

/** What a call that may be recorded begins with. */
export const OPENING_KINDS: readonly EntryKind[] = ['decision', 'inbound_call'];

export const RECORDED_CALL_KINDS: readonly EntryKind[] = [
  ...OPENING_KINDS,
  'call_progress',
  'recording_stored',
  'recording_hashed',
  'recording_refused',
  'recording_archived',
  'recording_deleted',
];

/** Null for entries of something that is no call from or to a number. */
export function recordedCall(entries: readonly LedgerEntry[]): RecordedCall | null {
  const first = (kind: EntryKind): LedgerEntry | null => entries.find((each) => each.kind === kind) ?? null;
  const opening = entries.find(({ kind }) => OPENING_KINDS.includes(kind)) ?? null;
  const of = (name: string): string | null => textIn(opening?.body[name]);
  const [callId, number, sellerId, campaignId] = ['callId', 'number', 'sellerId', 'campaignId'].map(of);
  if (opening === null || callId == null || number == null || sellerId == null || campaignId == null)
    return null;
  const stored = first('recording_stored')?.body;
  const timeline = objectIn(first('call_progress')?.body['timeline']) ?? {};
  const refused = first('recording_refused')?.body;
  const hashed = first('recording_hashed');
  return {
    callId,
    number,
    sellerId,
    campaignId,
    policyHash: of('policyHash'),
    keeper: opening.writer,
    decidedAt: opening.at,
    startedAt: instantIn(stored, 'recordingStartedAt') ?? instantIn(timeline, 'recording_started'),
    endedAt: instantIn(timeline, 'ended'),
    gapMs: numberIn(stored?.['gapMs']),
    connectedAt: instantIn(timeline, 'connected'),
    disclosureBasis: opening.kind === 'inbound_call' ? of('disclosureBasis') : disclosureBasis(opening.body),
    disclosureFinishedAt: instantIn(stored, 'disclosureFinishedAt'),
    refusal: refusalOf(refused),
    names: objectsIn(hashed?.body['files']).flatMap((file) => textIn(file['file']) ?? []),
    hashes: new Map(
      objectsIn(hashed?.body['files']).flatMap((file) => {
        const [name, sha256] = [textIn(file['file']), textIn(file['sha256'])];
        return name === null || sha256 === null ? [] : [[name, sha256] as const];
      }),
    ),
    hashedAt: hashed?.at ?? null,
    isOursToRecord:
      opening.kind === 'inbound_call' ||
      (of('verdict') === 'permit' && textIn(objectIn(opening.body['request'])?.['placedBy']) === 'sidecar'),
    isSeenThrough: first('call_progress') !== null,
    isArchived: first('recording_archived') !== null,
    isDeleted: first('recording_deleted') !== null,
  };
}

function disclosureBasis(decision: JsonObject): string | null {
  const obligations = objectIn(decision['decision'])?.['obligations'];
  const found = objectsIn(obligations).find(({ kind }) => kind === 'disclose_recording');
  return textIn(found?.['basis']);
}

function refusalOf(refused: JsonObject | undefined): RecordedCall['refusal'] {
  const at = instantIn(refused, 'refusedAt');
  if (refused === undefined || at === null) return null;
  return { policy: refused['policy'] === 'stop_and_keep' ? 'stop_and_keep' : 'stop_and_delete', at };
}

function instantIn(body: JsonObject | undefined, name: string): Instant | null {
  const answer = parseInstant(textIn(body?.[name]) ?? '');
  return answer.ok ? answer.value : null;
}

/** What the campaign said of recordings when the call was decided. */
export interface RecordingTerms {
  readonly retention: RetentionProfile;
  /** Of the words and of the audio of the disclosure; null where they are not on record. */
  readonly disclosureTextSha256: string | null;
  readonly disclosureAudioSha256: string | null;
}

/** Of a `campaign_loaded` entry; null when it says nothing of retention, as those before there were profiles. */
export function termsOf(campaign: LedgerEntry | undefined): RecordingTerms | null {
  const profile = objectIn(objectIn(campaign?.body['recording'])?.['retention']);
  const [name, years, citation] = [
    textIn(profile?.['name']),
    numberIn(profile?.['years']),
    textIn(profile?.['citation']),
  ];
  if (name === null || years === null || citation === null) return null;
  const disclosure = objectIn(objectIn(campaign?.body['messages'])?.['disclosure']);
  const text = textIn(disclosure?.['text']);
  return {
    retention: { name, years, citation },
    disclosureTextSha256: text === null ? null : sha256Hex(text),
    disclosureAudioSha256: textIn(disclosure?.['sha256']),
  };
}

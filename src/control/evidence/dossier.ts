/**
 * The dossier of one number, in the very spelling of its JSON document: this shape goes over HTTP and into files, and whoever reads a
 * file years later has nothing else. Everything between `asked` and `proof` can be made again from `proof.entries` (`buildDossier`),
 * so a changed word in the readable part shows as well as a changed hash.
 */
import type { Json } from '../../domain/canonical-json.ts';
import type { JsonObject } from '../../domain/ledger-entry.ts';

/** Changes when the same entries would give another document. */
export const DOSSIER_FORMAT = 'breakwater-dossier/2';

/** Instants are RFC 3339 UTC with milliseconds; `entry` is the id of the ledger entry it was read from. */
export interface Dossier {
  readonly format: typeof DOSSIER_FORMAT;
  readonly made_by: { readonly program: string; readonly version: string };
  readonly asked: Asked;
  /** One sentence: what is on record, or that nothing is. */
  readonly statement: string;
  readonly consents: readonly ConsentView[];
  readonly revocations: readonly RevocationView[];
  readonly decisions: readonly DecisionView[];
  readonly calls: readonly CallView[];
  readonly recordings: readonly RecordingView[];
  /** What the policy hashes of the decisions stand for. */
  readonly policies: readonly PolicyView[];
  /** Entries that name the number and are of none of these kinds. */
  readonly others: readonly OtherView[];
  readonly proof: Proof;
}

export interface Asked {
  /** E.164. */
  readonly number: string;
  readonly as_of: string;
  /** Nothing that became visible after this entry is in the document. */
  readonly through_id: number;
  /** Decisions and calls start after this entry; 0 is from the beginning. Consents and revocations are always all there. */
  readonly after_id: number;
  /** Where the next document goes on, or null when this is the last. */
  readonly next_after: number | null;
  /** True when there are more consents and revocations than one document holds; the newest are here. */
  readonly acts_left_out: boolean;
}

export interface ConsentView {
  readonly entry: number;
  readonly recorded_at: string;
  /** Every element as recorded. */
  readonly elements: JsonObject;
  /** Of the UTF-8 bytes of `elements.disclosure_text`, the words the person saw or heard. */
  readonly disclosure_sha256: string | null;
}

export interface RevocationView {
  readonly entry: number;
  readonly recorded_at: string;
  readonly kind: 'opt_out' | 'consent_revoked';
  readonly at: string | null;
  readonly seller_id: string | null;
  readonly channel: string | null;
  readonly call_id: string | null;
}

export interface DecisionView {
  readonly entry: number;
  readonly recorded_at: string;
  readonly call_id: string | null;
  readonly decided_at: string | null;
  readonly verdict: string | null;
  readonly campaign_id: string | null;
  readonly seller_id: string | null;
  readonly caller_id: string | null;
  /** Code, rule, basis in law and what was seen, in rank order; empty for a permit. */
  readonly reasons: readonly JsonObject[];
  readonly obligations: readonly JsonObject[];
  readonly warnings: readonly JsonObject[];
  readonly valid_until: string | null;
  readonly lists: readonly ListView[] | null;
  readonly lists_unknown_because: string | null;
  readonly local_times: readonly JsonObject[] | null;
  readonly local_times_unknown_because: string | null;
  readonly request: JsonObject;
  /** As recorded, without the lists. */
  readonly facts: JsonObject;
  readonly policy_hash: string | null;
}

export interface ListView {
  readonly name: string | null;
  readonly kind: string | null;
  readonly jurisdiction: string | null;
  readonly version: string | null;
  readonly obtained_on: string | null;
  readonly holds_number: boolean;
  /** False: the copy was not obtained for the number's area code, so that it does not hold the number says nothing. */
  readonly covers_number: boolean;
  /** What it says of the line; null when it says nothing. */
  readonly line_type: string | null;
  /** Of the file that was loaded. */
  readonly sha256: string | null;
  readonly sha256_unknown_because: string | null;
  readonly entry: number | null;
}

/** One field of 16 CFR 310.5(a)(2): its value, or null and why Breakwater cannot know it. */
export interface RecordField {
  readonly paragraph: string;
  readonly value: Json;
  readonly unknown_because: string | null;
}

export interface CallView {
  readonly call_id: string;
  readonly entries: readonly number[];
  readonly decided_at: string | null;
  /** By name, in the order of the paragraph. */
  readonly record: Readonly<Record<string, RecordField>>;
  /** Every instant of the call that was seen. */
  readonly timeline: JsonObject | null;
}

export interface RecordingView {
  readonly entry: number;
  readonly call_id: string | null;
  readonly started_at: string | null;
  readonly disclosure_finished_at: string | null;
  /** From the end of the disclosure to the start of the recording. */
  readonly gap_ms: number | null;
  readonly files: readonly RecordedFile[];
  /** Null: not archived (yet), or by a program that did not. */
  readonly kept: KeptView | null;
  /** The person refused to be recorded: how, when, and what the policy said. */
  readonly refusal: JsonObject | null;
  /** When and why its files were deleted. */
  readonly deletion: JsonObject | null;
  /** Who asked to hear it, in order of time. */
  readonly accesses: readonly JsonObject[];
  readonly deliveries: readonly JsonObject[];
  /** Legal holds on the call or on its number, set and lifted; holds on a seller name no number and are not here. */
  readonly holds: readonly JsonObject[];
}

export interface KeptView {
  readonly entry: number;
  readonly archived_at: string;
  readonly retention: JsonObject;
  readonly retention_until: string | null;
  /** Key of each file; null where it is not encrypted. */
  readonly keys: readonly JsonObject[];
  /** Why the disclosure had to be played; null where one party's consent was enough. */
  readonly disclosure_basis: string | null;
  readonly disclosure_text_sha256: string | null;
}

export interface RecordedFile {
  readonly file: string | null;
  readonly sha256: string | null;
  readonly bytes: number | null;
  readonly sha256_unknown_because: string | null;
}

export interface PolicyView {
  readonly entry: number;
  readonly recorded_at: string;
  readonly policy_hash: string | null;
  readonly files: readonly JsonObject[];
}

export interface OtherView {
  readonly entry: number;
  readonly recorded_at: string;
  readonly kind: string;
}

export interface Proof {
  /** How a stranger repeats it. */
  readonly how: string;
  /** In id order, each as in an export: the body is the very text that was hashed. */
  readonly entries: readonly JsonObject[];
  readonly chains: Chains;
  readonly not_proven: readonly string[];
}

/** What checking every chain from its first entry to `asked.through_id` has shown, when the dossier was made. */
export interface Chains {
  readonly sound: boolean | null;
  readonly unchecked_because: string | null;
  readonly fault: string | null;
  /** Entries checked. */
  readonly entries: number;
  /** Last entry of each writer: its place in the chain is the number of its entries. */
  readonly writers: readonly {
    readonly writer: string;
    readonly entries: number;
    readonly head_hash: string;
  }[];
  /** Months of which only what was left could be checked; left out where there is none. */
  readonly pruned?: readonly PrunedView[];
}

/** What the ledger says of a pruned month. Whether it was what the archive has, the archive alone can show. */
export interface PrunedView {
  readonly month: string;
  readonly entry: number;
  readonly recorded_at: string;
  /** Before it was pruned. */
  readonly entries: number;
  readonly kept: number;
  readonly who: string;
  readonly why: string;
  readonly archive_file: string;
  readonly archive_sha256: string;
}

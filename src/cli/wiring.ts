/**
 * What commands need of the rest of the program, as functions, so that a command loads only what it uses and tests hand in their
 * own. `main` is the composition root and the only module that knows adapters.
 */
import type { ExplainedIdentity } from '../adapters/certificates/identity-verifier.ts';
import type { ImportListener, ImportOutcome } from '../adapters/files/import-list.ts';
import type { ListManifest } from '../adapters/files/list-manifest.ts';
import type { ListKind } from '../domain/facts.ts';
import type { JsonObject, LedgerEntry } from '../domain/ledger-entry.ts';
import type { RetentionClass } from '../domain/ledger-retention.ts';
import type { PhoneNumber } from '../domain/phone-number.ts';
import type { PolicyDocument } from '../domain/policy.ts';
import type { CallToVerify } from '../ports/identity-verifier.ts';
import type { LedgerQuery } from '../ports/ledger.ts';
import type { LedgerKeeper } from '../ports/ledger-keeper.ts';
import type { PersonData } from '../ports/person-data.ts';
import type { PersonEraser } from '../ports/person-eraser.ts';
import type { Io } from './io.ts';
import type { AmiProxyNeeds } from './doctor/ami-proxy.ts';
import type { AttestationNeeds } from './doctor/attestation.ts';

export interface ServeOptions {
  readonly standby: boolean;
  readonly configDirectory: string;
  readonly env: Io['env'];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** As in `LedgerQuery`. */
export type EntryFilter = Pick<LedgerQuery, 'afterId' | 'kinds' | 'callId' | 'since'>;

export interface LedgerSource {
  /** Entries of all writers in id order; all of them without a filter. */
  entries(filter?: EntryFilter): AsyncIterable<LedgerEntry>;
  close(): Promise<void>;
}

export interface Place {
  readonly configDirectory: string;
  readonly env: Io['env'];
}

/** One line of `doctor`. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'problem' | 'skipped';
  readonly detail: string;
  /** What the operator does about it, or null. */
  readonly fix: string | null;
}

/** What `doctor` reads of a loaded configuration. */
export interface DoctorConfig {
  readonly http: { readonly host: string; readonly port: number };
  readonly agi: { readonly host: string; readonly port: number };
  readonly asterisk: {
    readonly ariUrl: string | null;
    readonly ariUser: string | null;
    readonly ariPassword: string | null;
    readonly amiHost: string | null;
    readonly amiPort: number;
    readonly amiUser: string | null;
    readonly amiSecret: string | null;
  };
  /** Null or left out: the manager interface in the clear. `authority` is PEM; null: the system's. */
  readonly amiTls?: { readonly authority: string | null } | null;
  readonly campaigns: number;
  /** Some campaign lets the exchange look for machines (`machineDetection.by: asterisk`). */
  readonly exchangeFindsMachines: boolean;
  /** Left out: nobody looks at signing. */
  readonly attestation?: AttestationNeeds;
  /** Left out: there is no AMI proxy. */
  readonly amiProxy?: AmiProxyNeeds;
  /** What the settings ask of the manager interface besides calls. */
  readonly amiNeeds: {
    /** `dialLevels.userEvent`. */
    readonly userEvents: boolean;
    /** Some campaign has `agents.queues`. */
    readonly queues: boolean;
  };
}

export type LoadedForDoctor =
  | { readonly ok: true; readonly config: DoctorConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface PromptStatus {
  readonly campaign: string;
  readonly kind: string;
  readonly fit: boolean;
  /** File and duration when fit, else what is wrong. */
  readonly detail: string;
}

/** What `list import` was asked to do; the values of its options, not yet checked. */
export interface ListImport {
  readonly files: readonly string[];
  readonly name: string;
  readonly kind: ListKind;
  readonly jurisdiction?: string | undefined;
  readonly campaign?: string | undefined;
  readonly obtainedOn: string;
  readonly areaCodes?: string | undefined;
  readonly mode: 'full' | 'delta';
  readonly olderAllowed: boolean;
  readonly nowMs: number;
}

/** A list as it lies in the store of this machine. */
export interface StoredList {
  readonly name: string;
  /** On disk, oldest first. */
  readonly versions: readonly string[];
  readonly inForce: ListManifest | null;
  /** Null when there is something in force. */
  readonly problem: string | null;
}

/** What a do-not-call list says of one number. */
export interface ListedOn {
  readonly name: string;
  readonly kind: ListKind | null;
  /** Null: nothing is in force. */
  readonly version: JsonObject | null;
  /** Null: it cannot be said. */
  readonly listed: boolean | null;
  readonly problem: string | null;
}

/** What `src/main.ts` exports for the commands. */
export interface Wiring {
  /** Runs until told to stop; resolves to the exit code. */
  serve(options: ServeOptions): Promise<number>;
  /** The store named by `databaseUrl`, or the configured one. Reads only. */
  openLedger(place: Place & { readonly databaseUrl: string | null }): Promise<LedgerSource>;
  /** As `openLedger`; may prune and set holds. */
  openKeeper(place: Place & { readonly databaseUrl: string | null }): Promise<LedgerKeeper>;
  /** As `openLedger`; looks through everything. */
  openPersonData(place: Place & { readonly databaseUrl: string | null }): Promise<PersonData>;
  /** As `openLedger`; may erase rows on a person. */
  openEraser(place: Place & { readonly databaseUrl: string | null }): Promise<PersonEraser>;
  /** Every do-not-call list of this machine, and whether the number is on it. */
  listsOn(place: Place, number: PhoneNumber): Promise<readonly ListedOn[]>;
  /** How long which entries are kept. */
  loadRetention(place: Place): { readonly classes: readonly RetentionClass[]; readonly sha256: string };
  /** The policy of a configuration folder, loaded as `serve` would. */
  loadPolicy(place: Place): PolicyDocument;
  /** `http.tokenFile`; throws `CommandFailed` when none is configured. */
  tokenFile(place: Place): string;
  loadForDoctor(place: Place): Promise<LoadedForDoctor>;
  /** Stores and whatever else only adapters can see. MUST NOT change anything. */
  probes(place: Place, nowMs?: () => number): Promise<readonly Finding[]>;
  /** Ways to get an Asterisk on this machine. */
  describeSources(): Promise<
    readonly { readonly kind: string; readonly available: boolean; readonly detail: string }[]
  >;
  /** Throws `CommandFailed` for options that cannot be meant; a file that cannot be taken is an outcome. */
  importList(place: Place, order: ListImport, listener: ImportListener): Promise<ImportOutcome>;
  /** `verify` reads every page. Changes nothing. */
  storedLists(place: Place, verify: boolean): Promise<readonly StoredList[]>;
  renderPrompts(place: Place, progress: (line: string) => void): Promise<readonly PromptStatus[]>;
  checkPrompts(place: Place): Promise<readonly PromptStatus[]>;
  /** As a sidecar with this configuration would judge the call; fetches the certificate. */
  explainIdentity(place: Place, call: CallToVerify): Promise<ExplainedIdentity>;
}

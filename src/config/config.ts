/** What the program sees of its configuration: parsed, cross-checked, deeply frozen. Nothing here is text that still has to be read. */
import type { AreaCoverage } from '../domain/area-coverage.ts';
import type { Campaign } from '../domain/campaign.ts';
import type { ListKind } from '../domain/facts.ts';
import type { CampaignId, WriterId } from '../domain/ids.ts';
import type { Law } from '../domain/law.ts';
import type { Policy, PolicyDocument } from '../domain/policy.ts';
import type { RetentionProfile } from '../domain/recording.ts';
import type { Instant, LocalDate } from '../domain/time.ts';
import type { AmiProxySetting } from './ami-proxy.ts';
import type { AttestationSettings } from './attestation-settings.ts';
import type { CanarySettings } from '../domain/canary.ts';
import type { CheckpointSetting } from './checkpoints.ts';
import type { SelfTestSettings } from '../domain/self-test.ts';
import type { DialLevelSetting } from './dial-levels.ts';
import type { VicidialSetting } from './vicidial.ts';
import type { Encryption } from './pem.ts';
import type { RecordingSettings } from './recordings.ts';
import type { Settings } from './settings.ts';
import type { SignedTarget } from './signed-target.ts';
import type { EventWebhook } from './event-webhooks.ts';
import type { WebhookSetting } from './webhooks.ts';

/** Whose list it is, and whom it binds; the same words as `ListVersion`. */
export interface ListReach {
  readonly name: string;
  readonly kind: ListKind;
  /** Two-letter code for state lists, else null. */
  readonly jurisdiction: string | null;
  readonly campaignId: CampaignId | null;
}

/** A do-not-call list that is a file, read at start. */
export interface ListSetting extends ListReach {
  /** Absolute. */
  readonly path: string;
  readonly obtainedOn: LocalDate;
  readonly version: string;
  /** Null only for lists that know no area codes. */
  readonly areaCodes: AreaCoverage | null;
}

/** One message of a campaign: the words, and the operator's own recording of them (absolute path) if there is one. */
export interface PromptSetting {
  readonly text: string;
  readonly file: string | null;
}

export interface CampaignPrompts {
  readonly campaignId: CampaignId;
  readonly voice: string;
  readonly language: string;
  readonly safeHarbor: PromptSetting;
  readonly disclosure: PromptSetting;
  readonly optOutConfirmation: PromptSetting;
  /** Null: nothing is said to machines. */
  readonly machineMessage: PromptSetting | null;
}

/** A file the configuration was read from; `path` is relative to the configuration folder. */
export interface SourceFile {
  readonly path: string;
  readonly sha256: string;
}

export interface Config {
  readonly environment: Settings['environment'];
  /** Null unless in rehearsal. */
  readonly clock: { readonly startAt: Instant | null };
  /** Null: `main` derives one from the host name. */
  readonly writer: WriterId | null;
  readonly telemarketer: string | null;
  /** Absolute. */
  readonly data: { readonly directory: string };
  /** `tokenFile` is absolute. */
  readonly http: Settings['http'];
  /** With keys: never shown, never part of the policy. */
  readonly encryption: Encryption;
  readonly agi: Settings['agi'];
  /** Directories are absolute; `ariUrl` null means: no exchange, not ready. */
  readonly asterisk: Settings['asterisk'];
  readonly stores: Settings['stores'];
  readonly deadlines: Settings['deadlines'];
  readonly permits: Settings['permits'];
  readonly leases: Settings['leases'];
  readonly overrides: Settings['overrides'];
  readonly shutdown: Settings['shutdown'];
  readonly standby: Settings['standby'];
  /** `directory` is absolute. */
  readonly spool: Settings['spool'];
  readonly log: Settings['log'];
  readonly lists: readonly ListSetting[];
  /** Lists without a file: calls they would bind are vetoed until they have been imported. */
  readonly importedLists: readonly ListReach[];
  readonly listImports: Settings['listImports'];
  /** With their secrets: never shown, never part of the policy. */
  readonly webhooks: readonly WebhookSetting[];
  readonly recordings: RecordingSettings;
  /** With their secrets: never shown, never part of the policy. */
  readonly eventWebhooks: readonly EventWebhook[];
  /** Null: nobody outside is told of an agent's calls. */
  readonly outgoing: Settings['outgoing'];
  readonly screenPops: SignedTarget | null;
  readonly dialLevels: DialLevelSetting;
  /** Null: no VICIdial is read. */
  readonly vicidial: VicidialSetting | null;
  readonly hep: Settings['hep'];
  /** Null: no dialer comes through the manager interface. */
  readonly amiProxy: AmiProxySetting | null;
  /** How signed caller IDs are verified. */
  readonly attestation: AttestationSettings;
  readonly canary: CanarySettings;
  /** Null: heads of the ledger are not signed. With its key: never shown, never part of the policy. */
  readonly checkpoints: CheckpointSetting | null;
  readonly selfTest: SelfTestSettings;
  /** Ordered by id. */
  readonly campaigns: readonly Campaign[];
  /** Ordered like `campaigns`. */
  readonly prompts: readonly CampaignPrompts[];
  readonly policy: Policy;
  /** What `policy.hash` is the hash of. */
  readonly document: PolicyDocument;
  readonly files: readonly SourceFile[];
}

/** Thresholds of federal law that settings are held against; taken from the law data, never written in code. */
export interface LegalLimits {
  /** 47 CFR 64.1200(a)(6). */
  readonly minRingSeconds: number;
  /** 47 CFR 64.1200(a)(7). */
  readonly connectWithinMs: number;
  /** 47 CFR 64.1200(a)(7); 300 is 3 %. */
  readonly dropRateMaxBp: number;
  /** Area codes of numbers that cost the caller nothing; null while the law could not be read. */
  readonly tollFreeCodes: readonly string[] | null;
  /** Two-letter codes of the places whose law is modelled; null while the law could not be read. */
  readonly states: readonly string[] | null;
  /** How long recordings are kept, by name; null while the law could not be read. */
  readonly retention: readonly RetentionProfile[] | null;
}

export type LoadedLaw =
  | { readonly ok: true; readonly law: Law; readonly files: readonly SourceFile[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads and checks `config/rules`. MUST NOT throw for anything a file may hold. */
export type LoadLaw = (directory: string) => LoadedLaw;

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

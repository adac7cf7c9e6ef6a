/**
 * Files and environment -> one validated, deeply frozen `Config`, or every problem there is. Reads only below the folder it
 * is given and the files named there; opens nothing else, so it may run in `doctor` beside a living sidecar.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Campaign } from '../domain/campaign.ts';
import type { Law } from '../domain/law.ts';
import { parseWriterId } from '../domain/ids.ts';
import { policyOf } from '../domain/policy.ts';
import { parseInstant } from '../domain/time.ts';
import { readAmiProxy } from './ami-proxy.ts';
import { readAttestation } from './attestation-settings.ts';
import { CAMPAIGN_SCHEMA, type CampaignYaml } from './campaign-settings.ts';
import { checkAcross, readCampaign, type ReadCampaign } from './campaigns.ts';
import { checkSettings } from './check-settings.ts';
import type { Config, LegalLimits, LoadedConfig, LoadLaw, SourceFile } from './config.ts';
import { applyEnvironment, type Environment } from './environment.ts';
import { readCanary } from './canary.ts';
import { readCheckpoints } from './checkpoints.ts';
import { readSelfTest } from './self-test.ts';
import { readDialLevels } from './dial-levels.ts';
import { readEventWebhooks } from './event-webhooks.ts';
import { deepFreeze } from './freeze.ts';
import { legalLimits } from './legal-limits.ts';
import { readLists } from './lists.ts';
import { readEncryption } from './pem.ts';
import { policyDocument } from './policy-document.ts';
import { collectProblems, type Problems } from './problems.ts';
import { readYaml } from './read-settings.ts';
import { readRecordings } from './recordings.ts';
import { checkRelations } from './relations.ts';
import { type Settings, SETTINGS_SCHEMA } from './settings.ts';
import { readScreenPops } from './screen-pops.ts';
import { readSpool } from './spool.ts';
import { readVicidial } from './vicidial.ts';
import { readWebhooks } from './webhooks.ts';

export interface ConfigSource {
  /** Folder with `breakwater.yaml`, `campaigns/` and `rules/`. */
  readonly directory: string;
  /** Variables of the process, handed in. */
  readonly env: Environment;
  readonly loadLaw: LoadLaw;
  /** Takes from the law what settings are held against; `legalLimits` unless a test says otherwise. */
  readonly limitsOf?: (law: Law) => LegalLimits;
  /** Folder that relative paths start from; by default the one that holds `directory`. */
  readonly base?: string;
}

/** Used only to go on looking for problems when the law itself could not be read; then nothing is loaded anyway. */
const NO_LIMITS: LegalLimits = {
  minRingSeconds: 1,
  connectWithinMs: 60_000,
  dropRateMaxBp: 10_000,
  tollFreeCodes: null,
  states: null,
  retention: null,
};

const CAMPAIGNS_MAX = 500;
const FOLDER_HOLDS = 'a folder with breakwater.yaml, campaigns/ and rules/';

export function loadConfig(source: ConfigSource): LoadedConfig {
  const directory = resolve(source.directory);
  const base = resolve(source.base ?? dirname(directory));
  // One line, not one for each file that is not in it.
  if (!existsSync(directory)) {
    return {
      ok: false,
      problems: [`configuration folder \`${directory}\` is not there; expected ${FOLDER_HOLDS}`],
    };
  }
  const problems = collectProblems();
  const law = source.loadLaw(join(directory, 'rules'));
  if (!law.ok) problems.lines.push(...law.problems);
  const limits = law.ok ? (source.limitsOf ?? legalLimits)(law.law) : NO_LIMITS;
  const main = readSettings(directory, source.env, problems);
  const rehearsal = main?.settings.environment === 'rehearsal';
  const found = readCampaigns(directory, { base, rehearsal, limits }, problems);
  if (main === undefined) return { ok: false, problems: problems.lines };
  const { settings } = main;
  const campaigns = found.campaigns.map(({ campaign }) => campaign);
  const ids = new Set<string>(campaigns.map(({ id }) => id));
  const lists = readLists(settings.lists, ids, base, problems.inFile('breakwater.yaml'));
  const sellers = new Set<string>(campaigns.map(({ seller }) => seller.id));
  const toWebhooks = { base, env: source.env, sellers };
  const webhooks = readWebhooks(settings.webhooks, toWebhooks, problems.inFile('breakwater.yaml'));
  const recorded = campaigns.filter(({ recording }) => recording.enabled).map(({ id }) => id);
  const { privateNetworks } = settings.outgoing;
  const toRecordings = { base, env: source.env, recorded, privateNetworks };
  const recordings = readRecordings(settings.recordings, toRecordings, problems.inFile('breakwater.yaml'));
  const screens = { base, env: source.env, privateNetworks };
  const screenPops = readScreenPops(settings.screenPops, screens, problems.inFile('breakwater.yaml'));
  const events = readEventWebhooks(settings.eventWebhooks, screens, problems.inFile('breakwater.yaml'));
  const known = campaigns.map(({ id }) => id);
  const dialLevels = readDialLevels(settings, known, screens, problems.inFile('breakwater.yaml'));
  const vicidial = readVicidial(settings.vicidial, known, screens, problems.inFile('breakwater.yaml'));
  const amiProxy = readAmiProxy(
    settings,
    { ...screens, campaigns: known },
    problems.inFile('breakwater.yaml'),
  );
  const attestation = readAttestation(settings.attestation, base, problems.inFile('breakwater.yaml'));
  const encryption = readEncryption(settings, base, problems.inFile('breakwater.yaml'));
  const canary = readCanary(settings.canary, rehearsal, problems.inFile('breakwater.yaml'));
  const checkpoints = readCheckpoints(settings.checkpoints, screens, problems.inFile('breakwater.yaml'));
  const selfTest = readSelfTest(settings.selfTest, known, rehearsal, problems.inFile('breakwater.yaml'));
  const spool = readSpool(settings, base, campaigns, problems.inFile('breakwater.yaml'));
  if (!law.ok || problems.lines.length > 0) return { ok: false, problems: problems.lines };

  const prompts = found.campaigns.map((each) => each.prompts);
  const lawFiles = law.files.map(({ path, sha256 }) => ({ path: `rules/${basename(path)}`, sha256 }));
  const document = policyDocument({ law: law.law, settings, campaigns, prompts, lists });
  const { asterisk } = settings;
  const config: Config = {
    environment: settings.environment,
    clock: { startAt: orNull(settings.clock.startAt, parseInstant) },
    writer: orNull(settings.writer, parseWriterId),
    telemarketer: settings.telemarketer,
    data: { directory: resolve(base, settings.data.directory) },
    http: {
      ...settings.http,
      tokenFile: settings.http.tokenFile === null ? null : resolve(base, settings.http.tokenFile),
    },
    encryption,
    agi: settings.agi,
    asterisk: {
      ...asterisk,
      soundsDirectory: resolve(base, asterisk.soundsDirectory),
      monitorDirectory: asterisk.monitorDirectory === null ? null : resolve(base, asterisk.monitorDirectory),
    },
    stores: settings.stores,
    deadlines: settings.deadlines,
    permits: settings.permits,
    leases: settings.leases,
    overrides: settings.overrides,
    shutdown: settings.shutdown,
    standby: settings.standby,
    spool,
    log: settings.log,
    lists: lists.files,
    importedLists: lists.imported,
    listImports: settings.listImports,
    webhooks,
    recordings,
    eventWebhooks: events,
    outgoing: settings.outgoing,
    screenPops,
    dialLevels,
    vicidial,
    hep: settings.hep,
    amiProxy,
    attestation,
    canary,
    checkpoints,
    selfTest,
    campaigns,
    prompts,
    policy: policyOf(document),
    document,
    files: [main.file, ...found.files, ...lawFiles],
  };
  return { ok: true, config: deepFreeze(config) };
}

/** Undefined when the shape is wrong, so that nothing can be said about relations. */
function readSettings(
  directory: string,
  env: Environment,
  problems: Problems,
): { readonly settings: Settings; readonly file: SourceFile } | undefined {
  const name = 'breakwater.yaml';
  const file = readYaml(join(directory, name), problems.inFile(name));
  const { value, sourceOf } = applyEnvironment(file?.value ?? {}, env, problems.inFile('environment'));
  if (file === undefined) return undefined;
  const before = problems.lines.length;
  const report = problems.inFile(name, sourceOf);
  const settings = checkSettings(SETTINGS_SCHEMA, value, '', report) as Settings;
  if (problems.lines.length > before) return undefined;
  checkRelations(settings, report);
  return { settings, file: { path: name, sha256: file.sha256 } };
}

function readCampaigns(
  directory: string,
  source: { readonly base: string; readonly rehearsal: boolean; readonly limits: LegalLimits },
  problems: Problems,
): { readonly campaigns: readonly ReadCampaign[]; readonly files: readonly SourceFile[] } {
  const files: SourceFile[] = [];
  const campaigns: ReadCampaign[] = [];
  for (const name of campaignFiles(directory, problems)) {
    const label = `campaigns/${name}`;
    const report = problems.inFile(label);
    const file = readYaml(join(directory, 'campaigns', name), report);
    if (file === undefined) continue;
    files.push({ path: label, sha256: file.sha256 });
    const before = problems.lines.length;
    const yaml = checkSettings(CAMPAIGN_SCHEMA, file.value, '', report) as CampaignYaml;
    if (problems.lines.length > before) continue;
    const read = readCampaign(yaml, { ...source, report });
    if (read !== undefined) campaigns.push(read);
  }
  checkAcross(campaigns);
  const byId = (a: { readonly campaign: Campaign }, b: { readonly campaign: Campaign }): number =>
    a.campaign.id < b.campaign.id ? -1 : 1;
  return { campaigns: campaigns.sort(byId), files };
}

/** Names of the campaign files in a fixed order. No campaign is not a problem: then every call is vetoed. */
function campaignFiles(directory: string, problems: Problems): readonly string[] {
  const report = problems.inFile('campaigns');
  let names: string[];
  try {
    names = readdirSync(join(directory, 'campaigns'));
  } catch (error) {
    report('', 'cannot be read', (error as NodeJS.ErrnoException).code, 'a folder of campaign files');
    return [];
  }
  const found = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  if (found.length > CAMPAIGNS_MAX)
    report('', 'has too many files', found.length, `at most ${CAMPAIGNS_MAX}`);
  return found.slice(0, CAMPAIGNS_MAX);
}

function orNull<T>(
  text: string | null,
  parse: (text: string) => { readonly ok: true; readonly value: T } | { readonly ok: false },
): T | null {
  const answer = text === null ? null : parse(text);
  return answer?.ok === true ? answer.value : null;
}

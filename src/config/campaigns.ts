/** One campaign file -> a domain campaign and its messages, held against the law's limits; then campaigns against each other. */
import { IANAZone } from 'luxon';
import { longestWaitMs } from '../domain/agent-wait.ts';
import type { Campaign, CallerIdSetting, Seller } from '../domain/campaign.ts';
import { parseAgentId, parseCampaignId, parseSellerId, parseSupervisorId } from '../domain/ids.ts';
import { nanpParts, isFictional, parsePhoneNumber, type PhoneNumber } from '../domain/phone-number.ts';
import { parseLocalDate } from '../domain/time.ts';
import type { Parsed } from '../domain/brand.ts';
import { isOptOutDigit } from '../domain/safe-harbor-text.ts';
import { checkTimeToConnect, readDestination, readQueues } from './agent-destination.ts';
import { readRest } from './caller-id-rest.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';
import { readRetention, readSeats } from './campaign-recording.ts';
import type { CampaignPrompts, LegalLimits } from './config.ts';
import { readDropAlerts } from './drop-alerts.ts';
import { callsToOneNumber } from './house-defaults.ts';
import { readMachineDetection, readTollFreeNumber } from './machine-detection.ts';
import { readPrompts } from './prompt-settings.ts';
import { contradicted, readRegistrations } from './registrations.ts';
import { readTexts } from './text-settings.ts';

export interface CampaignSource {
  /** Where problems of this campaign are reported. */
  readonly report: Report;
  /** Folder relative paths start from. */
  readonly base: string;
  readonly rehearsal: boolean;
  readonly limits: LegalLimits;
}

export interface ReadCampaign {
  readonly campaign: Campaign;
  readonly prompts: CampaignPrompts;
  readonly report: Report;
}

/** Undefined when a part could not be parsed at all; every problem is reported either way. */
export function readCampaign(yaml: CampaignYaml, source: CampaignSource): ReadCampaign | undefined {
  const { report, limits } = source;
  const take = <T>(path: string, value: string, parse: (text: string) => Parsed<T>, expected: string) => {
    const answer = parse(value);
    if (!answer.ok) report(path, 'is not usable', value, expected);
    return answer.ok ? answer.value : undefined;
  };
  const token = '1 to 64 letters, digits, dots, dashes or underscores';
  const id = take('id', yaml.id, parseCampaignId, token);
  const startedOn = take('startedOn', yaml.startedOn, parseLocalDate, 'a date like 2026-11-21');
  const seller = readSeller(yaml, source);
  const callerIds = readCallerIds(yaml, source);
  const members = readIds('agents.members', yaml.agents.members, parseAgentId, report);
  const supervisors = readIds('supervisors', yaml.supervisors, parseSupervisorId, report);
  const queues = readQueues(yaml, report);
  checkCalls(yaml, report);
  const lawful = lawfulValues(yaml, limits, report);
  if (id === undefined || startedOn === undefined || seller === undefined) return undefined;
  const destination = readDestination(yaml, report);
  const tollFreeNumber = readTollFreeNumber(yaml, limits, report, (path, text) =>
    readOwnNumber(path, text, source),
  );
  const spoken = tollFreeNumber === undefined ? undefined : { seller, tollFreeNumber };
  const prompts = spoken === undefined ? undefined : readPrompts(yaml, id, spoken, source);
  const retention = readRetention(yaml, limits, report);
  if (destination === undefined || prompts === undefined || retention === undefined) return undefined;
  const { minimum, maxAgeHours, ways, onLower } = yaml.attestation;
  const { enabled, disclosure, refusalDigit, onRefusal, beepSeconds } = yaml.recording;
  const campaign: Campaign = {
    id,
    seller,
    offer: yaml.offer,
    startedOn,
    zone: yaml.zone,
    mode: yaml.mode,
    consent: yaml.consent,
    reassigned: yaml.reassigned,
    callerIds,
    ...(yaml.callerIdChoice === 'first' ? {} : { callerIdChoice: yaml.callerIdChoice }),
    // Left out where it is the default: then the policy's hash is that of a version that knew no spool.
    ...(yaml.whenLedgerAway === 'spool' ? { whenLedgerAway: yaml.whenLedgerAway } : {}),
    endpoint: yaml.endpoint,
    ring: { atLeastSeconds: lawful.ringAtLeastSeconds, atMostSeconds: yaml.ring.atMostSeconds },
    greeting: yaml.greeting,
    ...(lawful.machineDetection === undefined ? {} : { machineDetection: lawful.machineDetection }),
    connect: yaml.connect,
    connectWithinMs: lawful.connectWithinMs,
    dropRateMaxBp: lawful.dropRateMaxBp,
    ...readDropAlerts(yaml, lawful.dropRateMaxBp, report),
    dialLevelMax: yaml.dialLevelMax,
    pacing: yaml.pacing,
    waitForAgentMs: yaml.waitForAgentMs,
    ...callsToOneNumber(yaml),
    // Left out where it is the default: then the policy's hash is that of a version that did not know it.
    attestation: { minimum, maxAgeHours, ways, ...(onLower === 'record' ? {} : { onLower }) },
    recording: { enabled, disclosure, retention, refusalDigit, onRefusal, beepSeconds },
    // Left out where it sends none: then the policy's hash is that of a version that knew no texts.
    ...readTexts(yaml, { seller, callerIds }, report),
    safeHarbor: {
      optOutDigit: yaml.safeHarbor.optOutDigit,
      language: yaml.safeHarbor.language,
      voice: yaml.safeHarbor.voice,
    },
    agents: {
      destination,
      place: yaml.agents.place,
      members,
      // Left out where there are none: then the policy's hash is that of a version that knew no queues.
      ...(queues.length === 0 ? {} : { queues }),
      seats: readSeats(yaml, members, limits, report),
      wrapUpSeconds: yaml.agents.wrapUpSeconds,
      briefing: yaml.agents.briefing,
    },
    supervisors,
  };
  return { campaign, prompts, report };
}

/** A number of ours that people call back: NANP, and outside rehearsal one that exists (47 CFR 64.1601(e)). */
function readOwnNumber(path: string, text: string, source: CampaignSource): PhoneNumber | undefined {
  const answer = parsePhoneNumber(text);
  const parts = answer.ok ? nanpParts(answer.value) : undefined;
  if (!answer.ok || parts === undefined) {
    source.report(path, 'is not a telephone number', text, 'a number like "+13035550100"');
    return undefined;
  }
  if (!source.rehearsal && isFictional(parts)) {
    source.report(path, 'is reserved for fiction', text, 'a number that takes do-not-call requests');
  }
  return answer.value;
}

function readSeller(yaml: CampaignYaml, source: CampaignSource): Seller | undefined {
  const { id: idText, name, callbackNumber: numberText } = yaml.seller;
  const id = parseSellerId(idText);
  if (!id.ok) source.report('seller.id', 'is not usable', idText, '1 to 64 letters, digits, dots, dashes');
  if (!/^[\p{L}\p{N}][\p{L}\p{N} .,&'’/()-]*$/u.test(name)) {
    source.report('seller.name', 'cannot be spoken', name, "letters, digits, spaces and .,&'/()-");
  }
  const callbackNumber = readOwnNumber('seller.callbackNumber', numberText, source);
  const registrations = readRegistrations(yaml.seller.registrations, source.limits.states, source.report);
  return id.ok && callbackNumber !== undefined
    ? { id: id.value, name, callbackNumber, registrations }
    : undefined;
}

function readCallerIds(yaml: CampaignYaml, source: CampaignSource): readonly CallerIdSetting[] {
  const { report } = source;
  if (yaml.callerIds.length === 0) report('callerIds', 'is empty', '[]', 'at least one caller ID');
  const seen = new Set<string>();
  return yaml.callerIds.flatMap((setting, index): CallerIdSetting[] => {
    const path = `callerIds[${index}].number`;
    const number = readOwnNumber(path, setting.number, source);
    if (number === undefined) return [];
    if (seen.has(number)) report(path, 'is listed twice', setting.number, 'each caller ID once');
    seen.add(number);
    return [
      {
        number,
        proofOfRight: setting.proofOfRight.trim(),
        takesDoNotCallRequests: setting.takesDoNotCallRequests,
        ...readRest(setting.rest, `callerIds[${index}].rest`, report),
      },
    ];
  });
}

function readIds<Id extends string>(
  path: string,
  texts: readonly string[],
  parse: (text: string) => Parsed<Id>,
  report: Report,
): readonly Id[] {
  const ids: Id[] = [];
  texts.forEach((text, index) => {
    const id = parse(text);
    const at = `${path}[${index}]`;
    if (!id.ok) report(at, 'is not usable', text, '1 to 64 letters, digits, dots, dashes');
    else if (ids.includes(id.value)) report(at, 'is listed twice', text, 'each once');
    else ids.push(id.value);
  });
  return ids;
}

/** Keys of one campaign that need no number of the law. */
function checkCalls(yaml: CampaignYaml, report: Report): void {
  if (!IANAZone.isValidZone(yaml.zone) || !/^[A-Z]/.test(yaml.zone)) {
    report('zone', 'is not a time zone', yaml.zone, 'an IANA zone like America/Denver');
  }
  if (
    yaml.endpoint.split('{number}').length !== 2 ||
    /[\s,|&{}]/.test(yaml.endpoint.replace('{number}', ''))
  ) {
    report('endpoint', 'is not a dial string', yaml.endpoint, 'one {number}, no blanks, commas or &');
  }
  if (!isOptOutDigit(yaml.safeHarbor.optOutDigit)) {
    report('safeHarbor.optOutDigit', 'is not a key', yaml.safeHarbor.optOutDigit, 'one of 0-9, * or #');
  }
  if (!/^en(-[A-Z]{2})?$/.test(yaml.safeHarbor.language)) {
    const got = yaml.safeHarbor.language;
    report('safeHarbor.language', 'is not English', got, 'en or en-US: only English wordings can be checked');
  }
  if (!/^(awb|kal|kal16|rms|slt|en(-[a-z0-9]+)*)$/.test(yaml.safeHarbor.voice)) {
    const expected = 'awb, kal, kal16, rms or slt, or a voice like en-us';
    report('safeHarbor.voice', 'is not a voice', yaml.safeHarbor.voice, expected);
  }
  if (yaml.consent.mode === 'none_required' && (yaml.consent.basis?.trim() ?? '') === '') {
    report('consent.basis', 'is missing', yaml.consent.basis, 'the reason why no consent is required');
  }
  if (yaml.consent.topicMatch === 'exact' && (yaml.consent.topic?.trim() ?? '') === '') {
    report('consent.topic', 'is missing', yaml.consent.topic, 'the topic that a consent must name');
  }
  if (yaml.supervisors.length > 0 && !yaml.recording.enabled) {
    const expected = 'recording.enabled, so that the disclosure is played where one is due';
    report('supervisors', 'may not listen', yaml.supervisors.join(', '), expected);
  }
  if (yaml.attestation.minimum !== 'none' && yaml.attestation.ways.length === 0) {
    report('attestation.ways', 'is empty', '[]', 'at least one way, since a minimum is set');
  }
  if (yaml.agents.place !== null && !/^[A-Z]{2}$/.test(yaml.agents.place)) {
    report('agents.place', 'is not a state', yaml.agents.place, 'a code like CO, or null');
  }
}

/** Values that have a bound in law: null takes the bound, anything looser is a problem. */
function lawfulValues(yaml: CampaignYaml, limits: LegalLimits, report: Report) {
  const { atLeastSeconds, atMostSeconds } = yaml.ring;
  const ringAtLeastSeconds = atLeastSeconds ?? limits.minRingSeconds;
  if (ringAtLeastSeconds < limits.minRingSeconds) {
    const expected = `at least ${limits.minRingSeconds} (47 CFR 64.1200(a)(6))`;
    report('ring.atLeastSeconds', 'is shorter than the law allows', ringAtLeastSeconds, expected);
  }
  if (atMostSeconds < ringAtLeastSeconds) {
    const expected = `at least ring.atLeastSeconds, ${ringAtLeastSeconds}`;
    report('ring.atMostSeconds', 'is shorter than the shortest ring', atMostSeconds, expected);
  }
  const connectWithinMs = yaml.connectWithinMs ?? limits.connectWithinMs;
  if (connectWithinMs > limits.connectWithinMs) {
    const expected = `at most ${limits.connectWithinMs} (47 CFR 64.1200(a)(7))`;
    report('connectWithinMs', 'is longer than the law allows', connectWithinMs, expected);
  }
  const dropRateMaxBp = yaml.dropRateMaxBp ?? limits.dropRateMaxBp;
  if (dropRateMaxBp > limits.dropRateMaxBp) {
    const expected = `at most ${limits.dropRateMaxBp} (47 CFR 64.1200(a)(7))`;
    report('dropRateMaxBp', 'is above the ceiling of the law', dropRateMaxBp, expected);
  }
  checkGreeting(yaml.greeting, limits, report);
  checkWait(yaml, connectWithinMs, report);
  checkTimeToConnect(yaml, connectWithinMs, report);
  const timing = { connectWithinMs, longestSilenceMs: longestSilenceMs(limits) };
  const machineDetection = readMachineDetection(yaml, timing, report);
  return { ringAtLeastSeconds, connectWithinMs, dropRateMaxBp, machineDetection };
}

/**
 * The sidecar may die in the moment in which the greeting's end is told. Then the dead-man switch runs out (0.8 s), the dialplan
 * waits for silence itself (0.4 s), and a tenth of a second is left for everything else.
 */
const WITHOUT_US_MS = 1_300;

const longestSilenceMs = ({ connectWithinMs }: LegalLimits): number => connectWithinMs - WITHOUT_US_MS;

function checkGreeting(
  { silenceMs, talkThreshold, noiseThreshold, longestMs }: CampaignYaml['greeting'],
  limits: LegalLimits,
  report: Report,
): void {
  const longestMsOfSilence = longestSilenceMs(limits);
  if (silenceMs > longestMsOfSilence) {
    const expected = `at most ${longestMsOfSilence}, or the message comes too late after a crash (47 CFR 64.1200(a)(7))`;
    report('greeting.silenceMs', 'is too long', silenceMs, expected);
  }
  if (longestMs <= silenceMs) {
    const expected = `more than greeting.silenceMs, ${silenceMs}`;
    report('greeting.longestMs', 'is not longer than the silence that ends it', longestMs, expected);
  }
  if (noiseThreshold <= talkThreshold) {
    const expected = `more than greeting.talkThreshold, ${talkThreshold}`;
    report('greeting.noiseThreshold', 'is not above the threshold of talk', noiseThreshold, expected);
  }
}

/** The wait ends while an agent can still be connected, or the message begin, in time. */
function checkWait({ waitForAgentMs, agents }: CampaignYaml, connectWithinMs: number, report: Report): void {
  const longestMs = Math.max(0, longestWaitMs(connectWithinMs));
  if (waitForAgentMs > longestMs) {
    const expected = `at most ${longestMs}, so that the connection is made within ${connectWithinMs} (47 CFR 64.1200(a)(7))`;
    report('waitForAgentMs', 'is too long', waitForAgentMs, expected);
  }
  if (waitForAgentMs > 0 && agents.destination.kind === 'dialplan') {
    const expected = '0 where agents.destination.kind is dialplan: the queue there has its own wait';
    report('waitForAgentMs', 'has nobody to wait for', waitForAgentMs, expected);
  }
}

/** Ids once; one seller id, one seller; one campaign per seller and offer, or the drop rate would be split (law.md 2.6). */
export function checkAcross(campaigns: readonly ReadCampaign[]): void {
  const byId = new Set<string>();
  const byOffer = new Map<string, string>();
  const sellers = new Map<string, Seller>();
  const employers = new Map<string, string>();
  const served = new Map<string, string>();
  for (const { campaign, report } of campaigns) {
    const { id, seller, offer, agents } = campaign;
    for (const member of agents.members) {
      const other = employers.get(member) ?? id;
      employers.set(member, other);
      // Two campaigns that count one agent as free open two lines for one agent: the drop rate could not be held.
      if (other !== id) {
        report(
          'agents.members',
          `has an agent of campaign \`${other}\``,
          member,
          'agents of this campaign alone',
        );
      }
    }
    for (const queue of agents.queues ?? []) {
      const other = served.get(queue) ?? id;
      served.set(queue, other);
      if (other !== id)
        report(
          'agents.queues',
          `has a queue of campaign \`${other}\``,
          queue,
          'queues of this campaign alone',
        );
    }
    if (byId.has(id)) report('id', 'is used by another file too', id, 'an id of its own for each campaign');
    byId.add(id);
    const known = sellers.get(seller.id) ?? seller;
    sellers.set(seller.id, known);
    if (known.name !== seller.name) {
      report(
        'seller.name',
        `is not the name of \`${seller.id}\` elsewhere`,
        seller.name,
        `\`${known.name}\``,
      );
    }
    if (known.callbackNumber !== seller.callbackNumber) {
      const problem = `is not the number of \`${seller.id}\` elsewhere`;
      report('seller.callbackNumber', problem, seller.callbackNumber, `\`${known.callbackNumber}\``);
    }
    for (const { state, number } of contradicted(seller.registrations, known.registrations)) {
      const problem = `tells registration \`${number}\` of \`${seller.id}\` otherwise than another file`;
      report('seller.registrations', problem, state, 'the same in all campaigns of the seller');
    }
    const unit = `${seller.id}\n${offer.trim().toLowerCase()}`;
    const twin = byOffer.get(unit);
    if (twin !== undefined && twin !== id) {
      report('offer', `is the offer of campaign \`${twin}\` too`, offer, 'one campaign per seller and offer');
    }
    byOffer.set(unit, id);
  }
}

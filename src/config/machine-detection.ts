/** What a campaign file says of answering machines, held against the law's two seconds: nobody who answers waits for a detector. */
import type { MachineDetection } from '../domain/machine-detection.ts';
import { nanpParts, type PhoneNumber } from '../domain/phone-number.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';
import type { LegalLimits } from './config.ts';

/** From a timer that has run out to the first word of a message, on a busy machine. */
const START_MS = 100;

/** From the end of `AMD()` to a bridge that fails and the message. */
const BEHIND_AMD_MS = 200;

export interface Timing {
  readonly connectWithinMs: number;
  /** The longest silence by which the end of a greeting may be told (`campaigns.ts`). */
  readonly longestSilenceMs: number;
}

/** Undefined: off. Every problem is reported. */
export function readMachineDetection(
  yaml: CampaignYaml,
  timing: Timing,
  report: Report,
): MachineDetection | undefined {
  const { by, onMachine, longestHumanTalkMs, toneWithinMs, longestMachineGreetingMs, amd, measured } =
    yaml.machineDetection;
  const at = 'machineDetection';
  if (by === 'off') {
    if (onMachine === 'message')
      report(`${at}.by`, 'finds no machine', by, 'own or asterisk, where a message is to be left');
    return undefined;
  }
  if (yaml.connect === 'at_answer') {
    report(
      `${at}.by`,
      'comes too late for agents who are there at the answer',
      by,
      'off, or connect: at_greeting_end',
    );
  }
  if (by === 'own') checkOwn(yaml, timing, report);
  else checkAmd(yaml, timing, report);
  if (onMachine === 'message') checkMessage(yaml, timing, report);
  return { by, onMachine, longestHumanTalkMs, toneWithinMs, longestMachineGreetingMs, amd, measured };
}

/** It begins to count when talk has lasted so long that noise can be told from it, and speaks when a pause would have been told. */
function checkOwn(
  { machineDetection, greeting }: CampaignYaml,
  { connectWithinMs }: Timing,
  report: Report,
): void {
  const longestMs = greeting.longestMs - connectWithinMs;
  if (machineDetection.longestHumanTalkMs <= longestMs) return;
  const expected = `at most ${longestMs}, which greeting.longestMs leaves behind connectWithinMs`;
  report(
    'machineDetection.longestHumanTalkMs',
    'is never reached',
    machineDetection.longestHumanTalkMs,
    expected,
  );
}

/** The person may be silent for as long as AMD() looks: its time is theirs. */
function checkAmd({ machineDetection }: CampaignYaml, timing: Timing, report: Report): void {
  const { amd } = machineDetection;
  const path = 'machineDetection.amd';
  const longestMs = timing.connectWithinMs - BEHIND_AMD_MS;
  if (amd.totalAnalysisMs > longestMs) {
    const expected = `at most ${longestMs}: whoever has fallen silent hears nothing meanwhile (47 CFR 64.1200(a)(7))`;
    report(`${path}.totalAnalysisMs`, 'is too long', amd.totalAnalysisMs, expected);
  }
  for (const name of ['initialSilenceMs', 'greetingMs', 'afterGreetingSilenceMs'] as const) {
    if (amd[name] <= amd.totalAnalysisMs) continue;
    report(
      `${path}.${name}`,
      'is never reached',
      amd[name],
      `at most totalAnalysisMs, ${amd.totalAnalysisMs}`,
    );
  }
  if (amd.afterGreetingSilenceMs > timing.longestSilenceMs) {
    const expected = `at most ${timing.longestSilenceMs}, or the message comes too late after a crash (47 CFR 64.1200(a)(7))`;
    report(`${path}.afterGreetingSilenceMs`, 'is too long', amd.afterGreetingSilenceMs, expected);
  }
}

/** Whoever was taken for a machine and is none waits for the tone: the message is their safe harbor, and due in the two seconds. */
function checkMessage(
  { machineDetection, greeting }: CampaignYaml,
  { connectWithinMs }: Timing,
  report: Report,
): void {
  const longestMs = connectWithinMs - greeting.silenceMs - START_MS;
  if (machineDetection.toneWithinMs > longestMs) {
    const expected = `at most ${longestMs}, which connectWithinMs and greeting.silenceMs leave`;
    report('machineDetection.toneWithinMs', 'is too long', machineDetection.toneWithinMs, expected);
  }
}

/**
 * The number that a message on a machine must give (47 CFR 64.1200(b)(3)); `read` reports what is no number of ours. Null: none is
 * needed; undefined: it is no such number.
 */
export function readTollFreeNumber(
  { machineDetection }: CampaignYaml,
  { tollFreeCodes }: LegalLimits,
  report: Report,
  read: (path: string, text: string) => PhoneNumber | undefined,
): PhoneNumber | null | undefined {
  const { by, onMachine, tollFreeNumber: text } = machineDetection;
  if (by === 'off' || onMachine !== 'message') return null;
  const path = 'machineDetection.tollFreeNumber';
  const number = text === null ? null : read(path, text);
  if (number === undefined) return undefined;
  const areaCode = number === null ? undefined : nanpParts(number)?.areaCode;
  if (areaCode !== undefined && tollFreeCodes?.includes(areaCode) !== false) return number;
  const expected =
    'a toll-free number that takes opt-outs by key or voice without a person (47 CFR 64.1200(b)(3); 16 CFR 310.4(b)(1)(v)(B))';
  report(path, 'is not a toll-free number', text, expected);
  return undefined;
}

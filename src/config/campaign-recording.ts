/** What a campaign file says of recording: how long it is kept, the key that refuses it, where each agent sits. */
import type { AgentSeat } from '../domain/campaign.ts';
import type { AgentId } from '../domain/ids.ts';
import type { RetentionProfile } from '../domain/recording.ts';
import { isOptOutDigit } from '../domain/safe-harbor-text.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';
import type { LegalLimits } from './config.ts';

/** Undefined when the law has no such profile; that is reported. */
export function readRetention(
  yaml: CampaignYaml,
  limits: LegalLimits,
  report: Report,
): RetentionProfile | undefined {
  const { retention, refusalDigit } = yaml.recording;
  if (refusalDigit !== null && !isOptOutDigit(refusalDigit)) {
    report('recording.refusalDigit', 'is not a key', refusalDigit, 'one of 0-9, * or #, or null');
  }
  // In the message the key opts out, in the talk it would only stop the recording: a person cannot tell one from the other.
  if (refusalDigit === yaml.safeHarbor.optOutDigit) {
    report('recording.refusalDigit', 'is the key that opts out too', refusalDigit, 'another key');
  }
  if (limits.retention === null) return undefined;
  const profile = limits.retention.find(({ name }) => name === retention);
  if (profile === undefined) {
    const known = limits.retention.map(({ name }) => name).join(', ');
    report('recording.retention', 'is no profile of the law files', retention, `one of ${known}`);
  }
  return profile;
}

export function readSeats(
  yaml: CampaignYaml,
  members: readonly AgentId[],
  limits: LegalLimits,
  report: Report,
): readonly AgentSeat[] {
  const seated = new Set<string>();
  return yaml.agents.seats.flatMap(({ agent, place }, index): AgentSeat[] => {
    const at = `agents.seats[${index}]`;
    const member = members.find((each) => each === agent);
    if (member === undefined) report(`${at}.agent`, 'is not one of agents.members', agent, 'an agent of it');
    if (seated.has(agent)) report(`${at}.agent`, 'has a seat already', agent, 'one seat for each agent');
    seated.add(agent);
    if (!/^[A-Z]{2}$/.test(place) || limits.states?.includes(place) === false) {
      report(`${at}.place`, 'is no place of the law files', place, 'a two-letter code like CO');
    }
    return member === undefined ? [] : [{ agent: member, place }];
  });
}

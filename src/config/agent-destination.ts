/** Who talks to the people of a campaign, when that is not an agent of ours: queues, and a place in the dialplan. */
import { MESSAGE_MARGIN_MS, SHORTEST_CONNECT_MS } from '../domain/agent-wait.ts';
import type { AgentDestination } from '../domain/campaign.ts';
import type { CampaignYaml } from './campaign-settings.ts';
import type { Report } from './check-settings.ts';

export function readQueues({ agents }: CampaignYaml, report: Report): readonly string[] {
  const { queues, members, destination } = agents;
  queues.forEach((queue, index) => {
    const at = `agents.queues[${index}]`;
    if (!/^[^\s,;|&"\\]+$/.test(queue))
      report(at, 'is not the name of a queue', queue, 'a name as in queues.conf');
    else if (queues.indexOf(queue) !== index) report(at, 'is listed twice', queue, 'each once');
  });
  if (queues.length === 0) return queues;
  if (members.length > 0) {
    const expected = 'either queues or members: one of the two says who is ready';
    report('agents.queues', 'stands beside agents.members', queues.join(', '), expected);
  }
  if (destination.kind !== 'dialplan') {
    const expected = 'dialplan, with the place of the queue: its members have no channel of ours';
    report('agents.destination.kind', 'does not lead to agents.queues', destination.kind, expected);
  }
  return queues;
}

export function readDestination(yaml: CampaignYaml, report: Report): AgentDestination | undefined {
  const { kind, context, extension, priority, capacity, connectedBy } = yaml.agents.destination;
  const at = 'agents.destination';
  if (kind === 'stasis') {
    if (context !== null || extension !== null) {
      report(
        `${at}.kind`,
        'has no place in the dialplan',
        kind,
        'dialplan, or neither context nor extension',
      );
    }
    if (connectedBy !== 'bridge') {
      report(
        `${at}.connectedBy`,
        'is of a place in the dialplan',
        connectedBy,
        'bridge where kind is stasis',
      );
    }
    return { kind };
  }
  for (const [key, value] of [
    ['context', context],
    ['extension', extension],
  ] as const) {
    if (value === null || !/^[A-Za-z0-9_.*#+-]+$/.test(value)) {
      report(`${at}.${key}`, 'does not name a place in the dialplan', value, 'letters, digits and _.*#+-');
    }
  }
  if (context === null || extension === null) return undefined;
  const place = { kind, context, extension, priority, capacity };
  // Left out where it is the default: then the policy's hash is that of a version that knew none.
  return connectedBy === 'handover' ? { ...place, connectedBy } : place;
}

/** A hand-over that is taken back before a queue could connect anybody is no hand-over. */
export function checkTimeToConnect(
  { agents: { destination }, greeting: { silenceMs } }: CampaignYaml,
  connectWithinMs: number,
  report: Report,
): void {
  if (destination.kind !== 'dialplan' || destination.connectedBy !== 'bridge') return;
  const shortestMs = silenceMs + MESSAGE_MARGIN_MS + SHORTEST_CONNECT_MS;
  if (connectWithinMs >= shortestMs) return;
  const expected = `at least ${shortestMs} with greeting.silenceMs ${silenceMs}, so that a place in the dialplan can connect somebody before the message is due`;
  report('connectWithinMs', 'leaves no time for agents.destination', connectWithinMs, expected);
}

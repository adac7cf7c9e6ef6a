/**
 * Queue members from the manager interface (app_queue): one reading by `QueueStatus`, then each event. Rows and events come in the
 * order of one connection. What is not understood is absent and paused: unknown means no call.
 */
import type { ManagerMessage } from 'asterisk-manager';
import { type AgentId, parseAgentId } from '../../domain/ids.ts';
import type { Device, QueueMember, QueueTold } from '../../ports/queue-floor.ts';
import { fromExchange } from './channel-ids.ts';

const textOf = (message: ManagerMessage, ...names: readonly string[]): string => {
  for (const name of names) {
    const value = message[name];
    if (typeof value === 'string') return value;
  }
  return '';
};

/** `PJSIP/1001` is the agent `PJSIP-1001`. Null for what leaves nothing to name. */
export function agentOfInterface(address: string): AgentId | null {
  const id = parseAgentId(
    address
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 64),
  );
  return id.ok ? id.value : null;
}

/** `AST_DEVICE_*` of Asterisk's devicestate.h; 0 unknown, 4 invalid and 5 unavailable are nobody to reach. */
const DEVICES: Readonly<Record<string, Device>> = {
  '1': 'free',
  '2': 'in_use',
  '3': 'in_use',
  '6': 'in_use',
  '7': 'in_use',
  '8': 'in_use',
};

const wholeOf = (text: string): number => (/^\d{1,12}$/.test(text) ? Number(text) : 0);

const memberOf = (message: ManagerMessage, queue: string, agentId: AgentId): QueueMember => ({
  queue,
  agentId,
  device: DEVICES[textOf(message, 'status')] ?? 'absent',
  paused: textOf(message, 'paused') !== '0',
  inCall: textOf(message, 'incall') === '1',
  lastCallAt: wholeOf(textOf(message, 'lastcall')),
  wrapUpSeconds: wholeOf(textOf(message, 'wrapuptime')),
});

const OF_CALL = {
  agentcalled: 'called',
  agentconnect: 'connected',
  agentcomplete: 'completed',
  agentringnoanswer: 'not_taken',
  agentdump: 'not_taken',
} as const;

/** Null for what says nothing of a member. */
export function readQueueEvent(message: ManagerMessage): QueueTold | null {
  const event = textOf(message, 'event').toLowerCase();
  const callId = fromExchange(textOf(message, 'uniqueid'));
  if (event === 'queuecallerleave' || event === 'queuecallerabandon') return { kind: 'caller_left', callId };
  const queue = textOf(message, 'queue');
  // A row of `QueueStatus` has `Location` where events have `Interface`.
  const agentId = agentOfInterface(textOf(message, 'interface', 'location'));
  if (queue === '' || agentId === null) return null;
  switch (event) {
    case 'queuemember':
    case 'queuememberstatus':
    case 'queuememberadded':
    case 'queuememberpause':
    case 'queuememberpenalty':
    case 'queuememberringinuse':
      return { kind: 'member', member: memberOf(message, queue, agentId) };
    case 'queuememberremoved':
      return { kind: 'removed', queue, agentId };
    case 'agentcalled':
    case 'agentconnect':
    case 'agentcomplete':
    case 'agentringnoanswer':
    case 'agentdump':
      return { kind: OF_CALL[event], queue, agentId, callId };
    default:
      return null;
  }
}

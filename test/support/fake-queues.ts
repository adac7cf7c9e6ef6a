/** Queues of a fake exchange, for tests: members whose telephones and pauses a test moves, told as app_queue tells them. */
import type { AgentId } from '../../src/domain/ids.ts';
import type { Device, QueueFloor, QueueMember, QueueTold } from '../../src/ports/queue-floor.ts';

export interface FakeQueues extends QueueFloor {
  readonly isOpen: () => boolean;
  /** What an event of the exchange tells of a member. */
  set(queue: string, member: string, to: { device?: Device; paused?: boolean; inCall?: boolean }): void;
  remove(queue: string, member: string): void;
  call(kind: 'called' | 'connected' | 'completed' | 'not_taken', member: string, callId: string): void;
  callerLeft(callId: string): void;
  lose(): void;
  /** A whole reading, as after a connect. `lastCallAt` of each member in epoch seconds. */
  read(lastCallAt?: number): void;
  /** Changes nothing but what the next reading says. */
  change(queue: string, member: string, to: Partial<QueueMember>): void;
  /** The next reading does not have the member. */
  forget(queue: string, member: string): void;
}

export function fakeQueues(names: readonly string[]): FakeQueues {
  let listener: (told: QueueTold) => void = () => undefined;
  let opened = false;
  const members = new Map<string, QueueMember>();
  const tell = (told: QueueTold): void => listener(told);

  function change(queue: string, member: string, to: Partial<QueueMember>): QueueMember {
    const key = `${queue} ${member}`;
    const fresh: QueueMember = {
      queue,
      agentId: member as AgentId,
      device: 'free',
      paused: false,
      inCall: false,
      lastCallAt: 0,
      wrapUpSeconds: 0,
    };
    const next = { ...(members.get(key) ?? fresh), ...to };
    members.set(key, next);
    return next;
  }

  return {
    isOpen: () => opened,
    open(hears) {
      opened = true;
      listener = hears;
    },
    set: (queue, member, to) => tell({ kind: 'member', member: change(queue, member, to) }),
    remove(queue, member) {
      members.delete(`${queue} ${member}`);
      tell({ kind: 'removed', queue, agentId: member as AgentId });
    },
    call(kind, member, callId) {
      const queue = [...members.values()].find(({ agentId }) => agentId === member)?.queue ?? '';
      tell({ kind, queue, agentId: member as AgentId, callId });
    },
    callerLeft: (callId) => tell({ kind: 'caller_left', callId }),
    lose: () => tell({ kind: 'lost' }),
    read(lastCallAt) {
      tell({ kind: 'reading' });
      for (const member of members.values())
        tell({ kind: 'member', member: lastCallAt === undefined ? member : { ...member, lastCallAt } });
      tell({ kind: 'read', queues: names });
    },
    change,
    forget: (queue, member) => void members.delete(`${queue} ${member}`),
  };
}

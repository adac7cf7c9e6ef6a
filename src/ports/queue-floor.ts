/** The queues of the exchange and who sits in them, as the exchange tells it: a dialer's own agents. */
import type { AgentId } from '../domain/ids.ts';

/** `absent`: the telephone cannot be reached, or nobody knows. */
export type Device = 'free' | 'in_use' | 'absent';

export interface QueueMember {
  readonly queue: string;
  /** Follows from the member's interface: the same in every queue. */
  readonly agentId: AgentId;
  readonly device: Device;
  readonly paused: boolean;
  /** The queue has given the member a call that is not over. */
  readonly inCall: boolean;
  /** When the last call of the queue ended, by the exchange's clock in epoch seconds; 0: none yet. */
  readonly lastCallAt: number;
  /** The queue gives the member nothing for so long after a call; 0 where only the queue's own setting says. */
  readonly wrapUpSeconds: number;
}

interface OfCall {
  readonly queue: string;
  readonly agentId: AgentId;
  /** Call id of the person who waits, where it is a call of ours. */
  readonly callId: string;
}

export type QueueTold =
  /** Nothing is known from now on: the connection is lost, or the exchange does not answer. */
  | { readonly kind: 'lost' }
  /** All members follow, and then `read`. Told again from time to time. */
  | { readonly kind: 'reading' }
  | { readonly kind: 'member'; readonly member: QueueMember }
  /** The reading is whole; `queues` is what the exchange has. */
  | { readonly kind: 'read'; readonly queues: readonly string[] }
  | { readonly kind: 'removed'; readonly queue: string; readonly agentId: AgentId }
  /** The member's telephone is rung for the call. */
  | ({ readonly kind: 'called' } & OfCall)
  | ({ readonly kind: 'connected' } & OfCall)
  | ({ readonly kind: 'completed' } & OfCall)
  /** The member did not take the call. */
  | ({ readonly kind: 'not_taken' } & OfCall)
  /** The person is in the queue no more. */
  | { readonly kind: 'caller_left'; readonly callId: string };

export interface QueueFloor {
  /** Begins to listen, once; before `read` nothing is known. The listener MUST NOT throw. */
  open(listener: (told: QueueTold) => void): void;
}

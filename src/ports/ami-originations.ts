/**
 * What the AMI proxy asks of control: may this call of a dialer be placed, and what must go with it. The proxy reads and writes actions;
 * it decides nothing.
 */
import type { ReasonCode } from '../domain/decision.ts';
import type { CallId } from '../domain/ids.ts';

/** One call that a dialer wants to place, as read from its action; texts are judged by control, not here. */
export interface AmiOrigination {
  /** The id the dialer gave its channel; null makes one. */
  readonly callId: string | null;
  readonly campaignId: string;
  /** As it would be dialed. */
  readonly number: string;
  /** Null takes the campaign's first. */
  readonly callerId: string | null;
  readonly zip: string | null;
  readonly state: string | null;
  readonly address: string | null;
  readonly leadId: string | null;
  readonly automated: boolean;
}

export type AmiOriginationAnswer =
  | {
      readonly kind: 'permit';
      readonly callId: CallId;
      /** Digits of the caller ID that was screened; the call MUST go out with it. */
      readonly callerId: string;
      readonly ringAtLeastSeconds: number;
      readonly ringAtMostSeconds: number;
      /** What the dialplan must know of the permit; names without inheritance marks. */
      readonly variables: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly kind: 'veto';
      /** '' when the request was too broken to be recorded. */
      readonly callId: string;
      readonly reasons: readonly [ReasonCode, ...ReasonCode[]];
    };

export interface AmiOriginations {
  /**
   * A permit is durable and holds its reservation when this resolves, and is given once per call id: asked again, the answer is a veto.
   * May reject, and may take as long as it likes: whoever asks treats both as a veto.
   */
  screen(origination: AmiOrigination): Promise<AmiOriginationAnswer>;
  /** The permit did not reach the exchange, so its call will not be placed. */
  withdraw(callId: CallId, why: string): Promise<void>;
  /** The exchange has answered the permitted action with an error: its channel has not been answered, and may never have been there. */
  failed(callId: CallId): void;
}

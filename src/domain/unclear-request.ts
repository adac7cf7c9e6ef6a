/**
 * Something a person wrote that may be a request not to be called. A machine cannot decide it, so a person does; until then the number is
 * not called for that seller (47 CFR 64.1200(a)(10): any reasonable means that clearly shows the wish).
 */
import type { UnclearRequestBody } from './entry-bodies.ts';
import type { SellerId } from './ids.ts';
import type { PhoneNumber } from './phone-number.ts';
import { type Instant, instant } from './time.ts';

export const SETTLEMENTS = ['opt_out', 'no_request'] as const;
export type Settlement = (typeof SETTLEMENTS)[number];

export interface UnclearRequest {
  readonly requestId: string;
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  readonly channel: string;
  /** As the person wrote it. */
  readonly text: string;
  readonly receivedAt: Instant;
}

export const unclearRequestOf = (body: UnclearRequestBody): UnclearRequest => ({
  requestId: body.requestId,
  number: body.number as PhoneNumber,
  sellerId: body.sellerId as SellerId,
  channel: body.channel,
  text: body.text,
  receivedAt: instant(Date.parse(body.receivedAt)),
});

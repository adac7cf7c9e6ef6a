/** A legal hold on the ledger: what it binds is not pruned, whatever its class, until it is lifted. */
import { type Parsed, parsed, problem } from './brand.ts';
import { parsePhoneNumber } from './phone-number.ts';
import type { Instant } from './time.ts';

/** `all`: every month there is and will be. */
export const LEDGER_HOLD_SCOPES = ['campaign', 'number', 'all'] as const;
export type LedgerHoldScope = (typeof LEDGER_HOLD_SCOPES)[number];

export interface LedgerHold {
  readonly holdId: string;
  readonly scope: LedgerHoldScope;
  /** Campaign id or E.164 number; empty for `all`. */
  readonly value: string;
  readonly who: string;
  readonly why: string;
  readonly setAt: Instant;
  readonly liftedAt: Instant | null;
}

const CAMPAIGN = /^[\w.-]{1,64}$/;

/** The value as entries spell it, or why it would bind nothing. */
export function parseHoldValue(scope: LedgerHoldScope, value: string | undefined): Parsed<string> {
  switch (scope) {
    case 'all':
      return value === undefined
        ? parsed('')
        : problem(`a hold on everything has no value, got \`${value}\``);
    case 'number':
      return parsePhoneNumber(value ?? '');
    case 'campaign':
      return value !== undefined && CAMPAIGN.test(value)
        ? parsed(value)
        : problem(`\`${value ?? ''}\` is not a campaign id, expected letters, digits, . _ or -`);
    default:
      return scope satisfies never;
  }
}

/** What the AMI proxy shows of itself. */

/** Why a connection of a dialer has ended. */
export const AMI_ENDS = [
  'dialer_left',
  'dialer_lost',
  'dialer_stalled',
  'login_late',
  'login_refused',
  'too_many_connections',
  'exchange_left',
  'exchange_lost',
  'exchange_unreachable',
  'exchange_refused_login',
  'stopping',
] as const;
export type AmiEnd = (typeof AMI_ENDS)[number];

/** What has become of an action: the judge's answers, then those for which there was no judge. */
export const AMI_OUTCOMES = [
  'pass',
  'rewrite',
  'answer',
  'not_judged',
  'too_many_actions',
  'malformed',
] as const;
export type AmiOutcome = (typeof AMI_OUTCOMES)[number];

/** Counted since the start. */
export interface AmiFigures {
  readonly connections: readonly { readonly account: string; readonly open: number }[];
  /** Connections that have not logged in. */
  readonly anonymous: number;
  readonly actions: Readonly<Record<AmiOutcome, number>>;
  readonly ends: Readonly<Record<AmiEnd, number>>;
}

/**
 * What a network says when it keeps a call from the person because of who calls: SIP 603 "Network Blocked" with its reason (ATIS-1000099,
 * "603+"), 607 Unwanted (RFC 8197), 608 Rejected (RFC 8688). A bare 603 is somebody who declines, and says nothing of the caller ID.
 */

export const BLOCKING_KINDS = ['network_blocked', 'unwanted', 'rejected'] as const;
export type BlockingKind = (typeof BLOCKING_KINDS)[number];

/** The final response to an INVITE as far as it is known; header values unfolded. */
export interface Refusal {
  readonly sipStatus: number;
  /** Text behind the status. */
  readonly phrase: string | null;
  readonly reasons: readonly string[];
  readonly callInfo: readonly string[];
}

export interface BlockingSignal {
  readonly kind: BlockingKind;
  /** The Reason or Call-Info header it was read from, as it stood; null where only the status is known. */
  readonly header: string | null;
  /** Where the caller may object: `url` of 603+, the jCard of 608. */
  readonly redressUrl: string | null;
}

const HEADER_MAX = 1_000;
/** Of ATIS-1000099 §5: the version of the reason's text. Later versions are read alike. */
const ANALYTICS = /(?:^|[;"])\s*v\s*=\s*analytics\d+/i;

/** Null where the response tells nothing about the caller ID. Never throws. */
export function readBlocking(refusal: Refusal): BlockingSignal | null {
  switch (refusal.sipStatus) {
    case 603:
      return networkBlocked(refusal);
    case 607:
      return { kind: 'unwanted', header: shown(refusal.reasons[0]), redressUrl: null };
    case 608:
      return rejected(refusal.callInfo);
    default:
      return null;
  }
}

function networkBlocked({ phrase, reasons }: Refusal): BlockingSignal | null {
  const header = reasons.find((each) => /^\s*Q\.850\b/i.test(each) && ANALYTICS.test(textOf(each)));
  if (header !== undefined) {
    return { kind: 'network_blocked', header: shown(header), redressUrl: pairOf(textOf(header), 'url') };
  }
  return /^\s*network blocked\s*$/i.test(phrase ?? '')
    ? { kind: 'network_blocked', header: null, redressUrl: null }
    : null;
}

/** RFC 8688 §3.2.2: `<https://...>;purpose=jwscard`. */
function rejected(callInfo: readonly string[]): BlockingSignal {
  const header = callInfo.find((each) => /purpose\s*=\s*"?jwscard/i.test(each)) ?? callInfo[0];
  return {
    kind: 'rejected',
    header: shown(header),
    redressUrl: /<([^<>]{1,500})>/.exec(header ?? '')?.[1] ?? null,
  };
}

/** The quoted `text` parameter of a Reason header (RFC 3326), without its quotes. */
const textOf = (header: string): string => /;\s*text\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1] ?? '';

/** One `name=value` of a text made of such, separated by semicolons. */
function pairOf(text: string, name: string): string | null {
  for (const pair of text.split(';')) {
    const cut = pair.indexOf('=');
    if (cut > 0 && pair.slice(0, cut).trim().toLowerCase() === name)
      return pair
        .slice(cut + 1)
        .trim()
        .slice(0, 500);
  }
  return null;
}

const shown = (header: string | undefined): string | null => header?.slice(0, HEADER_MAX) ?? null;

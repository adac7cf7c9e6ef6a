/** TNAuthList (RFC 8226 §9): for which telephone numbers a certificate may sign. Explicit tags, as in the ASN.1 module there. */
import { type Parsed, parsed, problem } from '../domain/brand.ts';
import { contextTag, derChildren, type DerElement, ia5Text, TAG, wholeDer } from './der.ts';
import { isCanonicalNumber } from './numbers.ts';

export const TN_AUTH_LIST_OID = '2b0601050507011a'; // 1.3.6.1.5.5.7.1.26

const ENTRIES_MAX = 5_000;
const NUMBER_CHARACTERS_MAX = 15;
/** Four characters in the United States (ATIS-1000080), other countries write longer ones. */
const CODE_CHARACTERS_MAX = 32;

export type TnAuthEntry =
  | { readonly kind: 'provider_code'; readonly code: string }
  /** `count` numbers from `start` on. */
  | { readonly kind: 'range'; readonly start: string; readonly count: number }
  | { readonly kind: 'number'; readonly number: string };

export function readTnAuthList(bytes: Uint8Array): Parsed<readonly TnAuthEntry[]> {
  const list = wholeDer(bytes, TAG.sequence);
  const items = list === null ? null : derChildren(bytes, list, ENTRIES_MAX);
  if (items === null || items.length === 0) return problem('TNAuthList is not a list of at least one entry');
  const entries: TnAuthEntry[] = [];
  for (const item of items) {
    const entry = readEntry(bytes, item);
    if (entry === null) return problem(`TNAuthList has an entry ${entries.length + 1} that does not read`);
    entries.push(entry);
  }
  return parsed(entries);
}

function readEntry(bytes: Uint8Array, item: DerElement): TnAuthEntry | null {
  const [inner, ...more] = derChildren(bytes, item, 1) ?? [];
  if (inner === undefined || more.length > 0) return null;
  switch (item.tag) {
    case contextTag(0): {
      const code = ia5Text(bytes, inner, CODE_CHARACTERS_MAX);
      return code === null ? null : { kind: 'provider_code', code };
    }
    case contextTag(1):
      return inner.tag === TAG.sequence ? readRange(bytes, inner) : null;
    case contextTag(2): {
      const number = readNumber(bytes, inner);
      return number === null ? null : { kind: 'number', number };
    }
    default:
      return null;
  }
}

function readNumber(bytes: Uint8Array, element: DerElement): string | null {
  const text = ia5Text(bytes, element, NUMBER_CHARACTERS_MAX);
  return text !== null && isCanonicalNumber(text) ? text : null;
}

function readRange(bytes: Uint8Array, range: DerElement): TnAuthEntry | null {
  const [first, second, ...more] = derChildren(bytes, range, 2) ?? [];
  if (first === undefined || second?.tag !== TAG.integer || more.length > 0) return null;
  const start = readNumber(bytes, first);
  const count = readCount(bytes, second);
  return start !== null && /^\d+$/.test(start) && count !== null ? { kind: 'range', start, count } : null;
}

/** INTEGER (2..MAX), at most six bytes so that it stays exact. */
function readCount(bytes: Uint8Array, { start, end }: DerElement): number | null {
  if (end - start < 1 || end - start > 6 || ((bytes[start] ?? 0) & 0x80) !== 0) return null;
  let count = 0;
  for (let at = start; at < end; at += 1) count = count * 256 + (bytes[at] ?? 0);
  return count >= 2 ? count : null;
}

/**
 * True when the certificate may sign for `number` (canonical). A service provider code stands for all numbers of that provider: which these
 * are is written nowhere a verifier could look, so it covers every number, as in ATIS-1000080.
 */
export const coversNumber = (entries: readonly TnAuthEntry[], number: string): boolean =>
  entries.some((entry) => {
    switch (entry.kind) {
      case 'provider_code':
        return true;
      case 'number':
        return entry.number === number;
      case 'range': {
        // Numbers of another length are of another plan, even when they count on from the start.
        if (entry.start.length !== number.length || !/^\d+$/.test(number)) return false;
        const distance = Number(number) - Number(entry.start);
        return distance >= 0 && distance < entry.count;
      }
      default:
        return entry satisfies never;
    }
  });

/**
 * What an event of a foreign system says about a person, found by the pointers (RFC 6901) of its source. Only people's requests can be
 * said this way: opt-outs, revocations, consents. Pure.
 */
import type { Json } from './canonical-json.ts';
import { sha256Hex } from './hash-chain.ts';
import type { Fields, FieldsRead } from './request-fields.ts';
import { storableText } from './side-fields.ts';

/** `consent` is to calls, `text_consent` to text messages. */
export const EVENT_MEANINGS = ['opt_out', 'revocation', 'consent', 'text_consent'] as const;
export type EventMeaning = (typeof EVENT_MEANINGS)[number];

export interface WebhookMapping {
  /** Name of the source in the address and in channels. */
  readonly source: string;
  /** Where the event's own id stands; the same event is recorded once. */
  readonly id: string;
  /** Where the kind of the event stands. */
  readonly kind: string;
  readonly kinds: readonly { readonly value: string; readonly means: EventMeaning }[];
  /** One of the two is not null. */
  readonly seller: string | null;
  readonly sellerPointer: string | null;
  /** Column of the import files -> where its value stands. */
  readonly fields: readonly { readonly column: string; readonly pointer: string }[];
}

export interface WebhookEvent {
  /** Null on a wish whose sender gives none: then each delivery is a wish of its own. */
  readonly id: string | null;
  readonly means: EventMeaning;
  readonly seller: string;
  readonly fields: Fields;
  /** As `SideFields.adjusted`: what was done to the event's id. */
  readonly adjusted: readonly string[];
}

/** The value at a pointer; undefined when nothing stands there. Only own members: `/__proto__` finds nothing. */
export function atPointer(document: Json, pointer: string): Json | undefined {
  let found: Json | undefined = document;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(found) && !/^(0|[1-9]\d{0,5})$/.test(key)) return undefined;
    if (!Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, Json>>)[key];
  }
  return found;
}

/** Texts, numbers and flags as text; anything else says nothing. */
function textAt(document: Json, pointer: string): string | null {
  const value = atPointer(document, pointer);
  if (typeof value === 'string') return value.trim() === '' ? null : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

const ID_MAX = 128;

/** A consent without a usable id is refused. A wish is not: an unusable id is kept as its hash, a missing one as none. */
function idOf(
  document: Json,
  { id: pointer }: WebhookMapping,
  means: EventMeaning,
): FieldsRead<Pick<WebhookEvent, 'id' | 'adjusted'>> {
  const expected = `an id of at most ${ID_MAX} characters`;
  const id = textAt(document, pointer);
  if (id !== null && id.length <= ID_MAX && storableText(id) === id) {
    return { ok: true, value: { id, adjusted: [] } };
  }
  if (means === 'consent' || means === 'text_consent')
    return { ok: false, field: pointer, value: id ?? '', expected };
  const adjusted = [`${pointer}: ${id === null ? 'missing' : 'kept as its hash'}, expected ${expected}`];
  return {
    ok: true,
    value: { id: id === null ? null : `hash-${sha256Hex(JSON.stringify(id))}`, adjusted },
  };
}

export function readEvent(document: Json, mapping: WebhookMapping): FieldsRead<WebhookEvent> {
  const missing = (field: string, what: string): FieldsRead<never> => ({
    ok: false,
    field,
    value: '',
    expected: `${what} at ${field}`,
  });
  const kind = textAt(document, mapping.kind);
  if (kind === null) return missing(mapping.kind, 'the kind of the event');
  const known = mapping.kinds.find(({ value }) => value === kind);
  if (known === undefined) {
    const expected = `one of ${mapping.kinds.map(({ value }) => value).join(', ')}`;
    return { ok: false, field: mapping.kind, value: kind, expected };
  }
  const id = idOf(document, mapping, known.means);
  if (!id.ok) return id;
  const seller =
    mapping.seller ?? (mapping.sellerPointer === null ? null : textAt(document, mapping.sellerPointer));
  if (seller === null) return missing(mapping.sellerPointer ?? 'seller', 'the seller');
  const fields: Record<string, string> = {};
  for (const { column, pointer } of mapping.fields) {
    const value = textAt(document, pointer);
    if (value !== null) fields[column] = value;
  }
  return { ok: true, value: { ...id.value, means: known.means, seller, fields } };
}

/** What the ledger says of texts and contacts to one number for one seller. The ledger is asked itself: its index by number finds few entries. */
import type { ConsentRecord } from '../../domain/consent.ts';
import { consentOf } from '../../domain/consent.ts';
import type { SellerId } from '../../domain/ids.ts';
import type { EntryKind, LedgerEntry } from '../../domain/ledger-entry.ts';
import type { PhoneNumber } from '../../domain/phone-number.ts';
import type {
  OptInRequestedBody,
  TextConsentBody,
  TextConsentConfirmedBody,
} from '../../domain/text-bodies.ts';
import type { TextHistory } from '../../domain/text-message.ts';
import { addMs, HOUR_MS, type Instant, instant } from '../../domain/time.ts';
import type { Ledger } from '../../ports/ledger.ts';

/** More than that of one number cannot be looked through in time: then nothing is known of it. */
const ENTRIES_MAX = 1_000;

export interface HistoryQuestion {
  readonly number: PhoneNumber;
  readonly sellerId: SellerId;
  readonly now: Instant;
  /** Windows that are counted. */
  readonly textHours: number;
  readonly contactHours: number;
  /** Only entries before this one count as contacts; null: all. */
  readonly beforeId: number | null;
}

type Reading = Pick<Ledger, 'read'>;

/** Rejects when the ledger does not answer, or holds more of the number than can be looked through. */
export async function readTextHistory(ledger: Reading, question: HistoryQuestion): Promise<TextHistory> {
  const [records, contacts] = await Promise.all([
    consentEntries(ledger, question),
    contactEntries(ledger, question),
  ]);
  const { sellerId, now, textHours, contactHours } = question;
  const consents = records.filter(({ kind }) => kind === 'text_consent_recorded').map(recordOf);
  const newest = newestOf(consents.filter((each) => each.sellerId === sellerId));
  const ours = contacts.filter(({ body }) => body['sellerId'] === sellerId);
  const texts = sentOf(ours);
  const calls = ours.filter(({ kind, body }) => kind === 'decision' && body['verdict'] === 'permit');
  return {
    newest,
    confirmedAt: newest === null ? null : confirmedAt(records, newest),
    otherSellers: [...new Set(consents.map((each) => each.sellerId))]
      .filter((id) => id !== sellerId)
      .toSorted(),
    optIn: newest === null ? null : optInOf(records, newest),
    texts: countWithin(texts, now, textHours),
    contacts: countWithin([...texts, ...calls], now, contactHours),
    contactHours,
  };
}

/** Texts to the number that the seller was permitted in the last hours. Rejects as `readTextHistory`. */
export async function textsWithin(
  ledger: Reading,
  {
    number,
    sellerId,
    now,
    hours,
    beforeId,
  }: Pick<HistoryQuestion, 'number' | 'sellerId' | 'now' | 'beforeId'> & { readonly hours: number },
): Promise<number> {
  const entries = await readAll(ledger, {
    number,
    kinds: ['message_decision', 'message_withdrawn'],
    since: addMs(now, -hours * HOUR_MS),
    ...(beforeId === null ? {} : { beforeId }),
  });
  return sentOf(entries.filter(({ body }) => body['sellerId'] === sellerId)).length;
}

/** Permitted and not withdrawn; answers to what the person wrote are no contacts of ours. */
function sentOf(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const withdrawn = new Set(
    entries.filter(({ kind }) => kind === 'message_withdrawn').map(({ body }) => body['messageId']),
  );
  return entries.filter(
    ({ kind, body }) =>
      kind === 'message_decision' &&
      body['verdict'] === 'permit' &&
      body['reply'] !== true &&
      !withdrawn.has(body['messageId']),
  );
}

const countWithin = (entries: readonly LedgerEntry[], now: Instant, hours: number): number =>
  entries.filter(({ at }) => at >= addMs(now, -hours * HOUR_MS)).length;

/** The newest consent to texts of the seller, revoked or not; null when there is none. */
export async function newestTextConsent(
  ledger: Reading,
  { number, sellerId }: Pick<HistoryQuestion, 'number' | 'sellerId'>,
): Promise<ConsentRecord | null> {
  const entries = await readAll(ledger, { number, kinds: ['text_consent_recorded'] });
  return newestOf(entries.map(recordOf).filter((each) => each.sellerId === sellerId));
}

const consentEntries = (ledger: Reading, { number }: HistoryQuestion): Promise<readonly LedgerEntry[]> =>
  readAll(ledger, { number, kinds: ['text_consent_recorded', 'text_consent_confirmed', 'opt_in_requested'] });

const contactEntries = (
  ledger: Reading,
  { number, now, textHours, contactHours, beforeId }: HistoryQuestion,
): Promise<readonly LedgerEntry[]> =>
  readAll(ledger, {
    number,
    kinds: ['decision', 'message_decision', 'message_withdrawn'],
    since: addMs(now, -Math.max(textHours, contactHours) * HOUR_MS),
    ...(beforeId === null ? {} : { beforeId }),
  });

async function readAll(
  ledger: Reading,
  query: {
    readonly number: PhoneNumber;
    readonly kinds: readonly EntryKind[];
    readonly since?: Instant;
    readonly beforeId?: number;
  },
): Promise<readonly LedgerEntry[]> {
  const found = await ledger.read({ ...query, order: 'desc', limit: ENTRIES_MAX });
  if (found.length >= ENTRIES_MAX) throw new RangeError(`${ENTRIES_MAX} entries or more of one number`);
  return found;
}

const recordOf = ({ body }: LedgerEntry): ConsentRecord => consentOf(body as unknown as TextConsentBody);

/** Newest by its own instant; of two with the same the later entry, which comes first here. */
const newestOf = (records: readonly ConsentRecord[]): ConsentRecord | null =>
  records.reduce<ConsentRecord | null>(
    (newest, each) => (newest === null || each.givenAt > newest.givenAt ? each : newest),
    null,
  );

function confirmedAt(
  entries: readonly LedgerEntry[],
  { consentId, sellerId }: ConsentRecord,
): Instant | null {
  const instants = entries.flatMap(({ kind, body: given }) => {
    const body = given as unknown as TextConsentConfirmedBody;
    return kind === 'text_consent_confirmed' && body.consentId === consentId && body.sellerId === sellerId
      ? [Date.parse(body.confirmedAt)]
      : [];
  });
  return instants.length === 0 ? null : instant(Math.max(...instants));
}

function optInOf(
  entries: readonly LedgerEntry[],
  { consentId, sellerId }: ConsentRecord,
): TextHistory['optIn'] {
  for (const { kind, body: given } of entries) {
    const body = given as unknown as OptInRequestedBody;
    if (kind === 'opt_in_requested' && body.consentId === consentId && body.sellerId === sellerId) {
      return { messageId: body.messageId, requestedAt: instant(Date.parse(body.requestedAt)) };
    }
  }
  return null;
}

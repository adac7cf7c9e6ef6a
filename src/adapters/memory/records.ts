/** Compliance records projected from entries in memory: the reference for what the SQL projections must say. */
import type { AttestationRecord } from '../../domain/attestation.ts';
import { attestationOf, type AttestationRecordedBody } from '../../domain/attestation-body.ts';
import { consentOf, type ConsentRecord } from '../../domain/consent.ts';
import type {
  CampaignSwitchedBody,
  ConsentConfirmedBody,
  ConsentRecordedBody,
  ConsentRevokedBody,
  DecisionBodyHead,
  OptOutBody,
  OverrideBody,
  ReassignedCheckedBody,
  RelationshipRecordedBody,
} from '../../domain/entry-bodies.ts';
import type { InternalRequest } from '../../domain/facts.ts';
import type { CampaignId, SellerId } from '../../domain/ids.ts';
import { type EntryKind, type LedgerEntry, textOf } from '../../domain/ledger-entry.ts';
import { type Override, overrideOf } from '../../domain/override.ts';
import { isCleared, type ReassignedCheck, reassignedOf } from '../../domain/reassigned.ts';
import { type RelationshipRecord, relationshipOf } from '../../domain/relationship.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import { memoryDoorRecords } from './door-records.ts';
import {
  type ComplianceRecords,
  type PendingPermit,
  type RecordsMark,
  recordsMark,
} from '../../ports/fact-sources.ts';
import { memoryRecordingRecords } from './recording-records.ts';
import { LedgerUnavailable } from '../../ports/ledger.ts';
import type { RecordingRecords } from '../../ports/recording-records.ts';

const readInstant = (text: string): Instant => instant(Date.parse(text));
const pairKey = (number: string, sellerId: string): string => `${number} ${sellerId}`;

const byPlace = (a: Override, b: Override): number =>
  `${a.what} ${a.state}` < `${b.what} ${b.state}` ? -1 : 1;

/** Entries that come with calls and change nothing that `standing` reads. */
const OF_A_CALL: ReadonlySet<EntryKind> = new Set([
  'lists_document',
  'decision',
  'call_progress',
  'call_result',
]);

/** `project` MUST be given every entry once, in id order. */
export interface MemoryRecords extends ComplianceRecords {
  project(entry: LedgerEntry): void;
  readonly recordings: RecordingRecords;
}

/** Newest by its own instant wins; of two with the same instant, the later entry. A revocation is never lost to a late consent. */
export function memoryRecords(isDown: () => boolean): MemoryRecords {
  const optOuts = new Map<string, InternalRequest>();
  const consents = new Map<string, ConsentRecord>();
  const sellersOf = new Map<string, Set<string>>();
  const revocations = new Map<string, Instant>();
  const confirmations = new Map<string, Instant>();
  const relationships = new Map<string, RelationshipRecord>();
  const reassigned = new Map<string, ReassignedCheck>();
  const overrides = new Map<string, Override>();
  const attestations = new Map<string, AttestationRecord>();
  const paused = new Set<CampaignId>();
  const pending = new Map<string, PendingPermit>();
  const ended = new Set<string>();
  const doors = memoryDoorRecords();
  let changes = 0;
  const mark = (): RecordsMark => recordsMark(`change ${changes}`);
  const recordings = memoryRecordingRecords();

  const revoke = (number: string, sellerId: string, at: Instant): void => {
    const key = pairKey(number, sellerId);
    const known = revocations.get(key);
    if (known === undefined || at >= known) revocations.set(key, at);
  };

  const recordConsent = (body: ConsentRecordedBody): void => {
    const key = pairKey(body.number, body.sellerId);
    const record = consentOf(body);
    const known = consents.get(key);
    if (known !== undefined && known.givenAt > record.givenAt) return;
    consents.set(key, record);
    const sellers = sellersOf.get(body.number) ?? new Set<string>();
    sellersOf.set(body.number, sellers.add(body.sellerId));
  };

  const recordOptOut = (body: OptOutBody): void => {
    const key = pairKey(body.number, body.sellerId);
    const requestedAt = readInstant(body.requestedAt);
    const known = optOuts.get(key);
    if (known === undefined || requestedAt >= known.requestedAt) {
      optOuts.set(key, { requestedAt, channel: body.channel });
    }
    revoke(body.number, body.sellerId, requestedAt);
  };

  const recordAttestation = (body: AttestationRecordedBody): void => {
    const key = `${body.callerId} ${body.trunk ?? ''} ${body.way}`;
    keepNewest(attestations, key, attestationOf(body), ({ confirmedAt }) => confirmedAt);
  };

  /** Newest by `when`; of equals the later entry. */
  const keepNewest = <T>(
    kept: Map<string, T>,
    key: string,
    record: T,
    when: (record: T) => number | string,
  ) => {
    const known = kept.get(key);
    if (known === undefined || when(record) >= when(known)) kept.set(key, record);
  };

  const recordDuty = (entry: LedgerEntry): void => {
    const body: unknown = entry.body;
    if (entry.kind === 'consent_confirmed') {
      const { consentId, number, sellerId, confirmedAt } = body as ConsentConfirmedBody;
      const key = `${consentId} ${pairKey(number, sellerId)}`;
      keepNewest(confirmations, key, readInstant(confirmedAt), (at) => at);
    } else if (entry.kind === 'relationship_recorded') {
      const record = relationshipOf(body as RelationshipRecordedBody);
      const key = `${record.kind} ${pairKey(record.number, record.sellerId)}`;
      keepNewest(relationships, key, record, ({ occurredOn }) => occurredOn);
    } else if (entry.kind === 'reassigned_checked') {
      const record = reassignedOf(body as ReassignedCheckedBody);
      const key = pairKey(record.number, record.sellerId);
      if (isCleared(reassigned.get(key), record)) {
        keepNewest(reassigned, key, record, ({ queriedAt }) => queriedAt);
      }
    } else {
      const record = overrideOf(body as OverrideBody);
      const key = `${record.sellerId} ${record.what} ${record.state}`;
      keepNewest(overrides, key, record, ({ recordedAt }) => recordedAt);
    }
  };

  /** What can only let the number be called goes; what forbids it stays. In SQL who writes the entry does so (migrations/000022.sql). */
  const erase = (number: string): void => {
    for (const of of [consents, relationships]) {
      for (const [key, record] of of) if (record.number === number) of.delete(key);
    }
    for (const [key, record] of reassigned) {
      if (record.number === number && record.answer === 'no') reassigned.delete(key);
    }
    for (const key of confirmations.keys()) if (key.includes(` ${number} `)) confirmations.delete(key);
    sellersOf.delete(number);
  };

  const recordDecision = (body: DecisionBodyHead, entry: LedgerEntry): void => {
    if (body.verdict !== 'permit' || ended.has(body.callId) || pending.has(body.callId)) return;
    pending.set(body.callId, {
      callId: body.callId,
      campaignId: body.campaignId,
      number: body.number ?? '',
      writer: entry.writer,
      decidedAt: formatInstant(entry.at),
    });
  };

  const project = (entry: LedgerEntry): void => {
    if (!OF_A_CALL.has(entry.kind)) changes += 1;
    doors.project(entry);
    recordings.project(entry);
    const body: unknown = entry.body;
    switch (entry.kind) {
      case 'opt_out': {
        recordOptOut(body as OptOutBody);
        return;
      }
      case 'consent_recorded': {
        recordConsent(body as ConsentRecordedBody);
        return;
      }
      case 'consent_revoked': {
        const { number, sellerId, revokedAt } = body as ConsentRevokedBody;
        revoke(number, sellerId, readInstant(revokedAt));
        return;
      }
      case 'consent_confirmed':
      case 'relationship_recorded':
      case 'reassigned_checked':
      case 'override': {
        recordDuty(entry);
        return;
      }
      case 'person_erased': {
        erase(textOf(entry, 'number'));
        return;
      }
      case 'attestation_recorded': {
        recordAttestation(body as AttestationRecordedBody);
        return;
      }
      case 'campaign_paused':
        paused.add((body as CampaignSwitchedBody).campaignId as CampaignId);
        return;
      case 'campaign_resumed':
        paused.delete((body as CampaignSwitchedBody).campaignId as CampaignId);
        return;
      case 'decision': {
        recordDecision(body as DecisionBodyHead, entry);
        return;
      }
      case 'call_result': {
        const { callId } = body as { readonly callId: string };
        ended.add(callId);
        pending.delete(callId);
        return;
      }
      default:
        return; // kinds without a projection
    }
  };

  const read = async <T>(answer: () => T): Promise<T> => {
    if (isDown()) throw new LedgerUnavailable('the ledger store does not answer');
    return Promise.resolve(answer());
  };

  const overridesOf = (sellerId: SellerId): readonly Override[] =>
    [...overrides.values()].filter((each) => each.sellerId === sellerId).sort(byPlace);

  const allAttestations = (): readonly AttestationRecord[] =>
    [...attestations.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);

  return {
    project,
    recordings: recordings.reads(read),
    ...doors.reads(read, (number, sellerId) => {
      const pair = pairKey(number, sellerId);
      const revokedAt = revocations.get(pair);
      if (revokedAt === undefined) return null;
      const requestedAt = optOuts.get(pair)?.requestedAt ?? null;
      return { requestedAt, revokedAt, consentGivenAt: consents.get(pair)?.givenAt ?? null };
    }),
    overrides: (sellerId) => read(() => overridesOf(sellerId)),
    consentsTo: ({ sellerId, after, limit }) =>
      read(() =>
        [...consents.values()]
          .filter((each) => each.sellerId === sellerId && each.number > (after ?? ''))
          .sort((a, b) => (a.number < b.number ? -1 : 1))
          .slice(0, limit)
          .map(({ number, givenAt, expiresAt }) => {
            const pair = pairKey(number, sellerId);
            const revokedAt = revocations.get(pair) ?? null;
            return { number, givenAt, expiresAt, revokedAt, check: reassigned.get(pair) ?? null };
          }),
      ),
    standing: ({ number, sellerId, callerId }) =>
      read(() => {
        const pair = pairKey(number, sellerId);
        const newest = consents.get(pair) ?? null;
        return {
          mark: mark(),
          internalRequest: optOuts.get(pair) ?? null,
          unclearRequest: doors.unsettled(number, sellerId),
          consent: {
            newest,
            confirmedAt: confirmations.get(`${newest?.consentId} ${pair}`) ?? null,
            revokedAt: revocations.get(pair) ?? null,
            otherSellers: [...(sellersOf.get(number) ?? [])]
              .filter((id) => id !== sellerId)
              .sort() as SellerId[],
          },
          relationship: {
            purchase: relationships.get(`purchase ${pair}`) ?? null,
            inquiry: relationships.get(`inquiry ${pair}`) ?? null,
          },
          reassigned: reassigned.get(pair) ?? null,
          overrides: overridesOf(sellerId),
          emergencies: doors.emergencies(),
          attestations: allAttestations().filter((each) => each.callerId === callerId),
          pausedCampaigns: [...paused].sort(),
          countersStore: null,
        };
      }),
    mark: () => read(mark),
    attestations: () => read(allAttestations),
    pausedCampaigns: () => read(() => [...paused].sort()),
    pendingPermits: (which) =>
      read(() =>
        [...pending.values()].filter(
          ({ campaignId, decidedAt }) =>
            which === undefined ||
            (Date.parse(decidedAt) <= which.decidedBy && !which.except.includes(campaignId as CampaignId)),
        ),
      ),
  };
}

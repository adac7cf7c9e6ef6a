/** Drafts for ledger tests. */
import { formatInstant, instant } from '../../src/domain/time.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import type { Ledger, LedgerReceipt } from '../../src/ports/ledger.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';

export const NUMBER = '+13035550101';
export const T0 = Date.parse('2026-11-01T12:00:00Z');
/** Instant text `minutes` after T0. */
export const at = (minutes: number): string => formatInstant(instant(T0 + minutes * 60_000));

export const progress = (callId: string, step = 0): LedgerDraft => ({
  kind: 'call_progress',
  body: { callId, step },
});

export const permit = (callId: string, number = NUMBER): LedgerDraft => ({
  kind: 'decision',
  body: { callId, campaignId: 'c1', number, verdict: 'permit' },
  dedupeKey: callId,
});

export const result = (callId: string, outcome = 'connected'): LedgerDraft => ({
  kind: 'call_result',
  body: { callId, campaignId: 'c1', number: NUMBER, outcome, endedAt: at(1) },
  dedupeKey: callId,
});

export const optOut = (minutes: number, sellerId = 's1', channel = 'key'): LedgerDraft => ({
  kind: 'opt_out',
  body: { number: NUMBER, sellerId, channel, requestedAt: at(minutes) },
});

export const consent = (minutes: number, sellerId = 's1', consentId = `k${minutes}`): LedgerDraft => ({
  kind: 'consent_recorded',
  body: {
    consentId,
    number: NUMBER,
    sellerId,
    kind: 'written',
    givenAt: at(minutes),
    expiresAt: null,
    disclosureText: 'I agree to “automated” calls – ünïcode \u2028 too',
    act: 'checked the box',
    signature: 'Jo',
    source: 'https://example.com/form',
    notConditionOfPurchase: true,
    disclosureSha256: 'f'.repeat(64),
    pageUrl: 'https://example.com/form',
    ip: '192.0.2.7',
    userAgent: 'Example/1.0',
    prefilled: null,
    leadSourceTier: 2,
    topic: 'roof panels',
  },
});

export const confirmation = (minutes: number, consentId: string, sellerId = 's1'): LedgerDraft => ({
  kind: 'consent_confirmed',
  body: { consentId, number: NUMBER, sellerId, confirmedAt: at(minutes), channel: 'mail' },
});

export const relationship = (
  relationshipId: string,
  occurredOn: string,
  kind = 'purchase',
  contractUntil: string | null = null,
): LedgerDraft => ({
  kind: 'relationship_recorded',
  body: {
    relationshipId,
    number: NUMBER,
    sellerId: 's1',
    kind,
    occurredOn,
    subject: 'roof',
    contractUntil,
    source: 'order 7',
  },
});

export const reassigned = (minutes: number, answer: string, since = '2026-06-01'): LedgerDraft => ({
  kind: 'reassigned_checked',
  body: {
    checkId: `q${minutes}`,
    number: NUMBER,
    sellerId: 's1',
    queriedAt: at(minutes),
    since,
    answer,
  },
});

export const override = (minutes: number, what: string, state: string, sellerId = 's1'): LedgerDraft => ({
  kind: 'override',
  body: {
    overrideId: `o${minutes}`,
    what,
    sellerId,
    state,
    who: 'sam',
    why: 'opinion',
    recordedAt: at(minutes),
    until: at(minutes + 600),
  },
});

export const revocation = (minutes: number, sellerId = 's1'): LedgerDraft => ({
  kind: 'consent_revoked',
  body: { number: NUMBER, sellerId, revokedAt: at(minutes), channel: 'mail' },
});

export const attestation = (
  minutes: number,
  level: string,
  of: { readonly trunk?: string; readonly way?: string; readonly before?: string } = {},
): LedgerDraft => ({
  kind: 'attestation_recorded',
  body: {
    callerId: '+13035550199',
    level,
    way: 'declared',
    confirmedAt: at(minutes),
    expiresAt: at(minutes + 60),
    proof: 'letter',
    ...of,
  },
});

export const campaign = (kind: 'campaign_paused' | 'campaign_resumed', campaignId: string): LedgerDraft => ({
  kind,
  body: { campaignId, who: 'sam', why: 'test' },
});

export const written = (receipt: LedgerReceipt): LedgerEntry => {
  if (receipt.kind !== 'written') throw new Error('expected a written entry, got a duplicate');
  return receipt.entry;
};

/** Every entry, in id order, as an export would give them. */
export async function* allEntries(ledger: Ledger): AsyncGenerator<LedgerEntry> {
  for (let afterId = 0; ;) {
    const page = await ledger.read({ afterId, limit: 500 });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    afterId = last.id;
  }
}

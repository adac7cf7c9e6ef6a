/** A small ledger around November 2026, whose figures can be counted by hand: the comments count them. */
import { memoryLedgerStore, openMemoryLedger } from '../../src/adapters/memory/ledger.ts';
import type { EntryKind, JsonObject, LedgerEntry } from '../../src/domain/ledger-entry.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { fakeClock } from './fake-clock.ts';

const PERSON = '+13035550101';
const SCRIPT = '<script>alert("x")</script> & more';

export async function monthLedger(): Promise<readonly LedgerEntry[]> {
  const clock = fakeClock('2026-10-01T12:00:00Z');
  const ledger = openMemoryLedger({ writer: 'floor' as WriterId, clock, store: memoryLedgerStore() });
  const on = (at: string): void => clock.jump(Date.parse(at) - clock.now());
  const add = async (kind: EntryKind, body: JsonObject): Promise<void> => {
    await ledger.append({ kind, body });
  };
  const solar = { campaignId: 'solar', number: PERSON };
  const permit = (callId: string, more: JsonObject = {}) =>
    add('decision', { callId, ...solar, verdict: 'permit', headline: null, ...more });
  const veto = (callId: string, ...codes: readonly string[]) =>
    add('decision', {
      ...{ callId, ...solar, verdict: 'veto', headline: codes[0] ?? null },
      decision: { kind: 'veto', reasons: codes.map((code) => ({ code })) },
    });
  const ended = (callId: string, outcome: string, more: JsonObject = {}) =>
    add('call_result', {
      ...{ callId, ...solar, outcome, source: 'ari', placed: true },
      endedAt: new Date(clock.now()).toISOString(),
      ...more,
    });
  const incident = (incidentId: string, finding: string) =>
    add('incident_opened', {
      ...{ incidentId, finding, who: 'Kim' },
      ...{ foundAt: '2026-10-01T00:00:00Z', openedAt: new Date(clock.now()).toISOString() },
    });
  const closed = (incidentId: string) =>
    add('incident_closed', {
      ...{ incidentId, cause: 'lapsed', correction: 'renewed', verification: 'held', who: 'Ana' },
      closedAt: new Date(clock.now()).toISOString(),
    });
  const seed = (answer: string) =>
    add('self_test', {
      ...{ runId: 'r', number: PERSON, expects: 'on_national_registry', answer, failures: [] },
      testedAt: new Date(clock.now()).toISOString(),
    });
  const override = (overrideId: string, state: string, until: string) =>
    add('override', {
      ...{ overrideId, what: 'drop_lockout', sellerId: 'sunrise', state, who: 'Kim', why: 'asked for' },
      ...{ recordedAt: new Date(clock.now()).toISOString(), until },
    });

  // Before the month: what it stands on, one drop in the period that reaches into it, and what had ended by then.
  await override('o-old', 'FL', '2026-10-20T00:00:00Z');
  await incident('i-0', 'long over');
  await closed('i-0');
  on('2026-10-30T12:00:00Z');
  await add('policy_document', {
    policyHash: 'p1',
    document: {
      campaigns: [{ id: 'solar', dropRateMaxBp: 300, connectWithinMs: 2_000 }],
      leases: { afterRingSeconds: 60 },
    },
  });
  await add('policy_loaded', { policyHash: 'p1', files: [] });
  await add('campaign_loaded', {
    ...{ campaignId: 'solar', policyHash: 'p1', startedOn: '2026-10-15', zone: 'America/Denver' },
    seller: { id: 'sunrise' },
  });
  await add('list_loaded', { name: 'national', version: 'v0', obtainedOn: '2026-10-28', count: 10 });
  await incident('i-1', 'a copy was stale');
  on('2026-10-31T18:00:00Z');
  await permit('c0');
  await ended('c0', 'dropped');

  // 2 November: five permits, three vetoes; two connected, one dropped in time, one machine, one not placed.
  on('2026-11-02T18:00:00Z');
  for (const callId of ['c1', 'c2', 'c3', 'c4', 'c5']) await permit(callId);
  await veto('v1', 'on_national_registry', 'outside_calling_hours');
  await veto('v2', 'on_national_registry', 'outside_calling_hours');
  await veto('v3', 'outside_calling_hours');
  await ended('c1', 'connected');
  await ended('c2', 'connected');
  await ended('c3', 'dropped');
  await add('call_progress', {
    ...{ callId: 'c3', ...solar },
    timeline: { clock_started: '2026-11-02T18:00:00.000Z', message_started: '2026-11-02T18:00:01.500Z' },
  });
  await add('call_progress', {
    ...{ callId: 'c1', ...solar },
    timeline: { clock_started: '2026-11-02T18:00:00.000Z', connected: '2026-11-02T18:00:00.900Z' },
  });
  await ended('c4', 'machine');
  await ended('c5', 'failed', { placed: false });
  // A key pressed half a second before its entry, and a letter of two days before.
  const optOut = { number: PERSON, sellerId: 'sunrise' };
  const key = { channel: 'key_press', callId: 'c3', requestedAt: '2026-11-02T17:59:59.500Z' };
  await add('opt_out', { ...optOut, ...key });
  await add('opt_out', { ...optOut, channel: 'letter', callId: null, requestedAt: '2026-10-31T18:00:00Z' });
  await add('consent_revoked', { ...optOut, channel: 'mail', revokedAt: '2026-11-02T18:00:00Z' });
  const text = { ...optOut, channel: 'text', text: 'hm', receivedAt: '2026-11-02T18:00:00Z' };
  await add('unclear_request', { ...text, requestId: 't-1' });
  await add('unclear_request', { ...text, requestId: 't-2' });
  await add('unclear_request_settled', {
    ...{ ...optOut, requestId: 't-1', as: 'no_request', who: 'Kim', why: 'a question' },
    settledAt: '2026-11-02T18:00:00Z',
  });
  // Nobody was found for these.
  await add('request_unmatched', {
    ...{
      name: 'floor:7',
      number: '0',
      campaignId: 'solar',
      askedAt: '2026-11-02T18:00:00Z',
      problem: 'no number',
    },
  });
  await add('fallback_unmatched', { callId: 'c-gone', what: 'opt_out', atEpochSeconds: null });
  await seed('held');
  on('2026-11-03T18:00:00Z');
  await seed('held');
  on('2026-11-04T18:00:00Z');
  await seed('missed');
  on('2026-11-05T18:00:00Z');
  await closed('i-1');
  on('2026-11-06T18:00:00Z');
  await incident('i-2', SCRIPT);
  await override('o-new', 'CO', '2026-12-01T00:00:00Z');
  on('2026-11-10T18:00:00Z');
  await add('list_loaded', { name: 'national', version: 'v1', obtainedOn: '2026-11-10', count: 12 });
  await add('attestation_recorded', {
    ...{ callerId: '+13035550100', trunk: 'carrier', level: 'A', way: 'seen_there', proof: 'canary-1' },
    ...{ confirmedAt: '2026-11-10T18:00:00Z', expiresAt: '2026-11-11T18:00:00Z' },
  });
  await add('attestation_alarm', {
    ...{ callId: 'c8', callerId: '+13035550100', trunk: 'carrier', level: 'B', problem: SCRIPT },
    seenAt: '2026-11-10T18:00:00Z',
  });

  // 20 November, the next period: four permits; one dropped by the dialplan, one without a result, one connected, one message late.
  on('2026-11-20T18:00:00Z');
  for (const callId of ['c6', 'c7', 'c8', 'c10']) await permit(callId);
  await ended('c6', 'dropped', { source: 'dialplan_fallback' });
  await ended('c7', 'expired', { source: 'lease' });
  await ended('c8', 'connected');
  await ended('c10', 'dropped');
  await add('call_progress', {
    ...{ callId: 'c10', ...solar },
    timeline: { clock_started: '2026-11-20T18:00:00.000Z', message_started: '2026-11-20T18:00:02.500Z' },
  });
  // Somebody dialled past us.
  await ended('c9', 'connected', { source: 'http' });
  await add('unscreened_result', {
    ...{ callId: 'c9', campaignId: 'solar', outcome: 'connected', reportedAt: '2026-11-20T18:00:00Z' },
  });

  // Two who had asked: one has given a consent since, one has not; one more was taken back before a phone rang.
  on('2026-11-21T18:00:00Z');
  const asks = (number: string, extra: JsonObject = {}) =>
    ({ number, sellerId: 'sunrise', campaignId: 'solar', ...extra }) as const;
  const again = (callId: string, number: string) =>
    add('decision', asks(number, { callId, verdict: 'permit', headline: null }));
  await add('consent_recorded', {
    ...{ consentId: 'n-1', number: PERSON, sellerId: 'sunrise', kind: 'written', act: 'box' },
    ...{
      givenAt: '2026-11-21T18:00:00Z',
      expiresAt: null,
      disclosureText: 'd',
      signature: 'P',
      source: 'web',
    },
    notConditionOfPurchase: true,
  });
  await again('p1', PERSON);
  const OTHER = '+13035550102';
  await add('opt_out', {
    number: OTHER,
    sellerId: 'moonset',
    channel: 'letter',
    requestedAt: '2026-10-01T00:00:00Z',
  });
  await again('p0', OTHER);
  await add('opt_out', {
    number: OTHER,
    sellerId: 'sunrise',
    channel: 'letter',
    requestedAt: '2026-11-21T18:00:00Z',
  });
  await again('p2', OTHER);
  await again('p3', OTHER);
  await ended('p3', 'failed', { placed: false });
  // Three permits that demand a disclosure: one was told, one was not, of one nobody talked; and one recorded where none is due.
  const due = { kind: 'permit', obligations: [{ kind: 'disclose_recording', basis: 'a statute' }] };
  const recorded = (callId: string, gapMs: number | null) =>
    add('recording_stored', { callId, number: OTHER, disclosureFinishedAt: null, gapMs });
  for (const callId of ['r1', 'r3', 'r4']) await permit(callId, { decision: due });
  for (const [callId, gapMs] of [
    ['r1', 7],
    ['r2', null],
    ['r3', null],
    ['p1', 0],
  ] as const)
    await recorded(callId, gapMs);
  await ended('r4', 'no_answer');
  const refusal = { number: OTHER, policy: 'stop_and_delete', who: 'Kim', refusedAt: '2026-11-21T18:00:00Z' };
  await add('recording_refused', { callId: 'r1', ...refusal });

  // The next month changes nothing.
  on('2026-12-01T00:00:00Z');
  await permit('d1');
  await ended('d1', 'dropped');
  await closed('i-2');
  return ledger.store.entries;
}

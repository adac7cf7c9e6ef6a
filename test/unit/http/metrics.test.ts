/** What the figures say of the law and of the parts, and that no name from outside can make them grow without end. */
import { Gauge, Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REASONS } from '../../../src/domain/decision.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { addMs, formatInstant, type LocalDate } from '../../../src/domain/time.ts';
import { boundedLabels, SERIES_MAX } from '../../../src/http/bounded-labels.ts';
import { createMetrics, type Metrics } from '../../../src/http/metrics.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

let operations: FakeOperations;
let metrics: Metrics;
beforeEach(() => {
  operations = new FakeOperations();
  metrics = createMetrics(operations, {
    feedClients: () => 0,
    disks: () => Promise.resolve([{ place: 'data', freeBytes: 5, sizeBytes: 10 }]),
    checkpoints: () => [
      { outlet: 'webhook', coveredAt: addMs(operations.now(), -90_000), failures: 4, everyMs: 300_000 },
    ],
    spool: () => ({ mode: 'away', entries: 3, bytes: 900, oldestAt: addMs(operations.now(), -2_000) }),
  });
});
afterEach(() => metrics.close());

const lines = async (name: string): Promise<readonly string[]> =>
  (await metrics.render()).split('\n').filter((line) => line.startsWith(name));
const value = async (series: string): Promise<number> =>
  Number((await lines(series))[0]?.slice(series.length) ?? Number.NaN);

const veto = (callId: string, ...codes: readonly string[]) =>
  operations.append('decision', {
    ...{ callId, campaignId: 'solar', number: '+13035550101', verdict: 'veto' },
    request: { requestedAt: operations.now() - 40 },
    decision: { kind: 'veto', reasons: codes.map((code) => ({ code })) },
  });

test('a veto counts under each of its reasons once; every reason stands there from the start', async () => {
  expect(await lines('breakwater_vetoes_total{')).toHaveLength(Object.keys(REASONS).length);
  expect(await value('breakwater_vetoes_total{reason="sunday"}')).toBe(0);
  veto('c-1', 'sunday', 'consent_missing', 'consent_missing');
  veto('c-2', 'sunday', 'made_up');
  expect(await value('breakwater_vetoes_total{reason="sunday"}')).toBe(2);
  expect(await value('breakwater_vetoes_total{reason="consent_missing"}')).toBe(1);
  expect(await lines('breakwater_vetoes_total{')).toHaveLength(Object.keys(REASONS).length);
});

test('decisions are timed from the request until they are told', async () => {
  veto('c-1', 'sunday');
  expect(await value('breakwater_decision_seconds_bucket{le="0.025",verdict="veto"}')).toBe(0);
  expect(await value('breakwater_decision_seconds_bucket{le="0.05",verdict="veto"}')).toBe(1);
});

test('opt-outs of calls are timed apart from records that come later', async () => {
  const optOut = (callId: string | null, ms: number) =>
    operations.append('opt_out', {
      ...{ number: '+13035550101', sellerId: 's', channel: 'dtmf', callId },
      requestedAt: formatInstant(addMs(operations.now(), -ms)),
    });
  optOut('c-1', 80);
  optOut(null, 2 * 86_400_000);
  expect(await value('breakwater_opt_out_seconds_bucket{le="0.1",by="call"}')).toBe(1);
  expect(await value('breakwater_opt_out_seconds_sum{by="record"}')).toBe(2 * 86_400);
});

test('the policy in force, and that the newest reload was refused', async () => {
  const from = operations.policyHash();
  expect(await lines('breakwater_policy_info{')).toEqual([`breakwater_policy_info{policy_hash="${from}"} 1`]);
  expect(await value('breakwater_reload_refused')).toBe(0);
  operations.reloaded = { kind: 'refused', policyHash: 'd'.repeat(64), problems: ['mode: is wrong'] };
  await operations.reload('Ada');
  expect(await value('breakwater_reload_refused')).toBe(1);
  expect(await lines('breakwater_policy_info{')).toEqual([
    `breakwater_policy_info{policy_hash="${'d'.repeat(64)}"} 1`,
  ]);
});

test('lists: age, and whether they are in force', async () => {
  const version = {
    ...{ name: 'national', kind: 'national' as const, version: '1', jurisdiction: null, campaignId: null },
    obtainedOn: '2026-11-01' as LocalDate,
  };
  operations.listStatuses = [
    {
      ...{ name: 'national', kind: 'national', jurisdiction: null, campaignId: null, problem: null },
      inForce: { version, count: 9 } as unknown as NonNullable<
        (typeof operations.listStatuses)[0]['inForce']
      >,
    },
    {
      ...{ name: 'state TX', kind: 'state', jurisdiction: 'TX', campaignId: null, inForce: null },
      problem: 'has not been imported',
    },
  ];
  // The fake's clock stands at 2026-11-21.
  expect(await value('breakwater_list_age_days{list="national",kind="national"}')).toBe(20);
  expect(await lines('breakwater_list_age_days{list="state TX"')).toEqual([]);
  expect(await value('breakwater_list_in_force{list="state TX"}')).toBe(0);
  expect(await value('breakwater_list_problem{list="state TX"}')).toBe(1);
  operations.listStatuses = [];
  expect(await lines('breakwater_list_age_days{')).toEqual([]);
});

test('the parts are up, and each is down by itself', async () => {
  expect(await value('breakwater_ready')).toBe(1);
  expect(await value('breakwater_component_up{component="ledger"}')).toBe(1);
  operations.problems = ['ledger: away'];
  operations.faulty = ['ledger'];
  expect(await value('breakwater_ready')).toBe(0);
  expect(await value('breakwater_component_up{component="ledger"}')).toBe(0);
  expect(await value('breakwater_component_up{component="counters"}')).toBe(1);
  expect(await value('breakwater_campaigns_readable')).toBe(0);
  expect(await lines('breakwater_drops{')).toEqual([]);
});

test('ceiling, disks, and campaigns nobody has dialed past stand there', async () => {
  expect(await value('breakwater_drop_ceiling_ratio{campaign="solar"}')).toBe(0.03);
  expect(await value('breakwater_disk_free_bytes{place="data"}')).toBe(5);
  expect(await value('breakwater_disk_size_bytes{place="data"}')).toBe(10);
  expect(await value('breakwater_unscreened_results_total{campaign="solar"}')).toBe(0);
});

test('what waits on the disk stands there, also while the ledger is away', async () => {
  operations.problems = ['ledger: away'];
  operations.faulty = ['ledger'];
  expect(await value('breakwater_spool_entries')).toBe(3);
  expect(await value('breakwater_spool_bytes')).toBe(900);
  expect(await value('breakwater_spool_oldest_seconds')).toBe(2);
});

test('how old the newest kept checkpoint is, also while the ledger is away; it does not touch readiness', async () => {
  const checkpoint = async () => [
    await value('breakwater_checkpoint_age_seconds{outlet="webhook"}'),
    await value('breakwater_checkpoint_interval_seconds{outlet="webhook"}'),
    await value('breakwater_checkpoint_failures{outlet="webhook"}'),
  ];
  expect(await checkpoint()).toEqual([90, 300, 4]);
  expect(await value('breakwater_ready')).toBe(1);
  operations.problems = ['ledger: away'];
  operations.faulty = ['ledger'];
  expect(await checkpoint()).toEqual([90, 300, 4]);
});

test('thousands of caller IDs do not make thousands of series, and the scrape says so', async () => {
  operations.routes = Array.from({ length: SERIES_MAX + 7 }, (_, index) => ({
    callerId: `+1303555${String(index).padStart(4, '0')}` as PhoneNumber,
    trunk: 'carrier',
    record: null,
    demands: [
      {
        ...{ campaignId: 'solar' as never, minimum: 'A' as const, maxAgeHours: 24, metUntil: null },
        ...{ answer: 'attestation_unconfirmed' as const, problem: 'nobody has confirmed it', record: null },
      },
    ],
    records: [],
  }));
  expect(await lines('breakwater_attestation_met{')).toHaveLength(SERIES_MAX);
  expect(await value('breakwater_series_left_out{metric="breakwater_attestation_level"}')).toBe(7);
});

test('a campaign that demands no attestation has what it demands', async () => {
  const demanded = (campaign: string, minimum: 'A' | 'none') => ({
    ...{ campaignId: campaign as never, minimum, maxAgeHours: 24, metUntil: null },
    ...{ answer: 'attestation_unconfirmed' as const, problem: 'nobody has confirmed it', record: null },
  });
  operations.routes = [
    {
      ...{ callerId: '+13035550100' as PhoneNumber, trunk: 'carrier', record: null, records: [] },
      demands: [demanded('solar', 'A'), demanded('wind', 'none')],
    },
  ];
  const route = 'caller_id="+13035550100",trunk="carrier"';
  expect(await value(`breakwater_attestation_met{campaign="solar",${route}}`)).toBe(0);
  expect(await value(`breakwater_attestation_met{campaign="wind",${route}}`)).toBe(1);
});

test('what was shown once is shown again, and refusals are remembered up to a bound', () => {
  const registers = [new Registry()];
  const leftOut = new Gauge({ name: 'left_out', help: 'x', labelNames: ['metric'], registers });
  const bounded = boundedLabels('m', leftOut, 2);
  expect(['a', 'b', 'c', 'a', 'd', 'e', 'f'].map((each) => bounded.admits(each))).toEqual([
    true,
    true,
    false,
    true,
    false,
    false,
    false,
  ]);
});

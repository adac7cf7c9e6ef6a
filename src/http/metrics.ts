/**
 * Figures for Prometheus. Decisions and results are counted as the ledger shows them, so every sidecar on one ledger counts
 * all of them: take the maximum over sidecars, not the sum. Levels are read when somebody scrapes.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { CheckpointFigures } from '../control/keep-checkpoints.ts';
import type { CampaignStatus, Operations } from '../control/operations.ts';
import type { SpoolFigures } from '../control/spool/spooling-ledger.ts';
import type { AttestationAlarmBody } from '../domain/attestation-body.ts';
import { RECORDED_LEVELS } from '../domain/attestation.ts';
import type { Tally } from '../domain/drop-budget.ts';
import { type LedgerEntry, memberOf } from '../domain/ledger-entry.ts';
import type { AmiFigures } from '../ports/ami-figures.ts';
import type { DiskSpace } from '../ports/disk-space.ts';
import { boundedLabels } from './bounded-labels.ts';
import { createLawMetrics } from './law-metrics.ts';
import { headlineOf, readDecision } from './views/entry.ts';

export interface Metrics {
  readonly contentType: string;
  render(): Promise<string>;
  observeRequest(method: string, route: string, status: number, seconds: number): void;
  close(): void;
}

const ROUTE = ['caller_id', 'trunk'];
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export interface MetricSources {
  readonly feedClients: () => number;
  /** Left out: no dialer comes through the manager interface. */
  readonly amiProxy?: (() => AmiFigures) | undefined;
  /** Left out: nobody looks at disks. */
  readonly disks?: (() => Promise<readonly DiskSpace[]>) | undefined;
  /** Left out, or null: nothing waits on a disk while the ledger is away. */
  readonly spool?: (() => SpoolFigures | null) | undefined;
  /** Left out: no checkpoints are signed. */
  readonly checkpoints?: (() => readonly CheckpointFigures[]) | undefined;
}

export function createMetrics(
  operations: Operations,
  { feedClients, amiProxy, disks, spool, checkpoints }: MetricSources,
): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const campaign = ['campaign'];
  const decisions = new Counter({
    name: 'breakwater_decisions_total',
    help: 'Decisions by verdict and headline reason (none for permits)',
    labelNames: ['verdict', 'reason'],
    registers,
  });
  const unscreened = new Counter({
    name: 'breakwater_unscreened_results_total',
    help: 'Results of calls that nobody permitted: somebody dials past Breakwater',
    labelNames: campaign,
    registers,
  });
  const alarms = new Counter({
    name: 'breakwater_attestation_alarms_total',
    help: 'Calls that left with less attestation than they should',
    labelNames: ['caller_id', 'trunk', 'level'],
    registers,
  });
  const ledgerId = new Gauge({ name: 'breakwater_ledger_last_id', help: 'Newest entry seen', registers });
  const readable = new Gauge({
    name: 'breakwater_campaigns_readable',
    help: '1 when the campaign figures of this scrape could be read, else 0',
    registers,
  });
  new Gauge({
    name: 'breakwater_feed_clients',
    help: 'Clients of the feed',
    registers,
    collect() {
      this.set(feedClients());
    },
  });
  const requests = new Histogram({
    name: 'breakwater_http_request_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const gauge = (name: string, help: string, labelNames: string[] = campaign): Gauge =>
    new Gauge({ name: `breakwater_${name}`, help, labelNames, registers });
  const leftOut = gauge('series_left_out', 'Label sets that are not shown, because the metric has its fill', [
    'metric',
  ]);
  const routes = boundedLabels('breakwater_attestation_level', leftOut);
  const alarmed = boundedLabels('breakwater_attestation_alarms_total', leftOut);
  const law = createLawMetrics(registers, operations);
  const windowed = ['campaign', 'window'];
  const levels = {
    ratio: gauge('drop_ratio', 'Drops per live answer; absent while nobody has answered', windowed),
    drops: gauge('drops', 'Numerator of the drop rate', windowed),
    liveAnswers: gauge('live_answers', 'Denominator of the drop rate', windowed),
    ceiling: gauge('drop_ceiling_ratio', 'Drops per live answer that the campaign may have'),
    budgetLeft: gauge('drop_budget_left', 'Drops there is still room for'),
    dialLevel: gauge('dial_level', 'Lines per agent who takes calls'),
    linesNow: gauge('lines_now', 'Lines that may be opened now'),
    inFlight: gauge('calls_in_flight', 'Permitted and not yet settled'),
    paused: gauge('campaign_paused', '1 while the campaign is paused'),
    agents: gauge('agents', 'Agents by state', ['campaign', 'state']),
    recordingsWaiting: gauge('recordings_waiting', 'Recordings that still lie in plain files', []),
    deletionsPutOff: gauge('recording_deletions_put_off', 'To be deleted, in a folder that is away', []),
    pushes: gauge('recording_pushes_waiting', 'Files a target has not confirmed', ['target']),
    pushAge: gauge('recording_push_oldest_seconds', 'Age of the oldest of them', ['target']),
    attestation: gauge('attestation_level', 'Level that stands: 3 is A, 2 B, 1 C, 0 unsigned', ROUTE),
    attestationAge: gauge('attestation_age_seconds', 'Since that level was confirmed', ROUTE),
    attestationMet: gauge('attestation_met', '1 where the level meets its campaign, else 0', [
      'campaign',
      ...ROUTE,
    ]),
    amiConnections: gauge('ami_connections', 'Connections of an AMI account; none: not logged in', [
      'account',
    ]),
    amiActions: gauge('ami_actions', 'What has become of actions of dialers since the start', ['outcome']),
    amiEnds: gauge('ami_ends', 'Why connections of dialers have ended since the start', ['why']),
    diskFree: gauge('disk_free_bytes', 'Free bytes where the sidecar writes', ['place']),
    diskSize: gauge('disk_size_bytes', 'Size of that file system', ['place']),
    spoolEntries: gauge('spool_entries', 'Entries on the disk that are not in the ledger yet', []),
    spoolBytes: gauge('spool_bytes', 'Size of the spool', []),
    spoolAge: gauge('spool_oldest_seconds', 'Age of the oldest entry that waits there; 0: none', []),
    checkpointAge: gauge('checkpoint_age_seconds', 'Since a signed head covered our whole chain there', [
      'outlet',
    ]),
    checkpointEvery: gauge('checkpoint_interval_seconds', 'How often a head is signed', ['outlet']),
    checkpointFailures: gauge('checkpoint_failures', 'Heads it has not taken since the start', ['outlet']),
    mirrored: gauge('signed_here', 'What the mirror of outgoing calls has seen since the start', ['what']),
  };

  const setAttestations = async (): Promise<void> => {
    for (const { callerId, trunk, record, demands } of await operations.attestations()) {
      const route = { caller_id: callerId, trunk: trunk ?? '' };
      if (!routes.admits(route.caller_id, route.trunk)) continue;
      for (const { campaignId, answer, minimum } of demands) {
        // One that demands nothing is met by whatever is known.
        const isMet = answer === 'met' || minimum === 'none';
        levels.attestationMet.set({ campaign: campaignId, ...route }, isMet ? 1 : 0);
      }
      if (record === null) continue;
      levels.attestation.set(route, RECORDED_LEVELS.length - 1 - RECORDED_LEVELS.indexOf(record.level));
      levels.attestationAge.set(route, Math.max(0, operations.now() - record.confirmedAt) / 1_000);
    }
    for (const [what, count] of Object.entries(operations.signedHere() ?? {})) {
      if (typeof count === 'number') levels.mirrored.set({ what }, count);
    }
  };

  const setAmiProxy = ({ connections, anonymous, actions, ends }: AmiFigures): void => {
    for (const { account, open } of connections) levels.amiConnections.set({ account }, open);
    levels.amiConnections.set({ account: '' }, anonymous);
    for (const [outcome, count] of Object.entries(actions)) levels.amiActions.set({ outcome }, count);
    for (const [why, count] of Object.entries(ends)) levels.amiEnds.set({ why }, count);
  };

  const setTally = (id: string, window: string, tally: Tally): void => {
    const labels = { campaign: id, window };
    levels.drops.set(labels, tally.drops);
    levels.liveAnswers.set(labels, tally.liveAnswers);
    if (tally.liveAnswers > 0) levels.ratio.set(labels, tally.drops / tally.liveAnswers);
  };

  const setCampaign = (status: CampaignStatus): void => {
    const { id } = status.campaign;
    setTally(id, 'today', status.today);
    setTally(id, 'block', status.block);
    setTally(id, 'rolling', status.rolling);
    unscreened.inc({ campaign: id }, 0);
    levels.ceiling.set({ campaign: id }, status.campaign.dropRateMaxBp / 10_000);
    levels.budgetLeft.set({ campaign: id }, status.budgetLeft);
    levels.dialLevel.set({ campaign: id }, status.dialLevel.levelHundredths / 100);
    levels.linesNow.set({ campaign: id }, status.dialLevel.linesNow);
    levels.inFlight.set({ campaign: id }, status.inFlight);
    levels.paused.set({ campaign: id }, status.paused ? 1 : 0);
    for (const [state, count] of Object.entries(status.agents)) {
      levels.agents.set({ campaign: id, state }, count);
    }
  };

  const setRecordings = async (): Promise<void> => {
    const { waiting, putOff, pushes } = await operations.recordings.status();
    levels.recordingsWaiting.set(waiting);
    levels.deletionsPutOff.set(putOff);
    for (const { target, waiting: owed, oldestAt } of pushes) {
      levels.pushes.set({ target }, owed);
      levels.pushAge.set({ target }, Math.max(0, operations.now() - oldestAt) / 1_000);
    }
  };

  const setDisks = async (): Promise<void> => {
    for (const { place, freeBytes, sizeBytes } of (await disks?.()) ?? []) {
      levels.diskFree.set({ place }, freeBytes);
      levels.diskSize.set({ place }, sizeBytes);
    }
  };

  const setSpool = (): void => {
    const figures = spool?.() ?? null;
    if (figures === null) return;
    const { entries, bytes, oldestAt } = figures;
    levels.spoolEntries.set(entries);
    levels.spoolBytes.set(bytes);
    levels.spoolAge.set(oldestAt === null ? 0 : Math.max(0, operations.now() - oldestAt) / 1_000);
  };

  const setCheckpoints = (): void => {
    for (const { outlet, coveredAt, failures, everyMs } of checkpoints?.() ?? []) {
      levels.checkpointAge.set({ outlet }, Math.max(0, operations.now() - coveredAt) / 1_000);
      levels.checkpointEvery.set({ outlet }, everyMs / 1_000);
      levels.checkpointFailures.set({ outlet }, failures);
    }
  };

  let lastId = 0;
  const count = (entry: LedgerEntry): void => {
    const { id, kind } = entry;
    lastId = Math.max(lastId, id);
    law.count(entry);
    if (kind === 'decision') decisions.inc(decisionLabels(entry));
    if (kind === 'unscreened_result' && typeof entry.body.campaignId === 'string')
      unscreened.inc({ campaign: entry.body.campaignId });
    if (kind === 'attestation_alarm') {
      const { callerId, trunk, level } = entry.body as unknown as AttestationAlarmBody;
      if (alarmed.admits(callerId, trunk, level)) alarms.inc({ caller_id: callerId, trunk, level });
    }
  };
  const subscription = operations.follow(count);

  const readStores = async (): Promise<void> => {
    const [newest] = await operations.entries({ order: 'desc', limit: 1 });
    lastId = Math.max(lastId, newest?.id ?? 0);
    for (const status of await operations.campaigns()) setCampaign(status);
    await setRecordings();
    await setAttestations();
  };

  /** What cannot be read is left out of the scrape, never shown as an old figure; so is everything while a store is away. */
  const refresh = async (): Promise<void> => {
    for (const level of Object.values(levels)) level.reset();
    if (amiProxy !== undefined) setAmiProxy(amiProxy());
    setSpool();
    setCheckpoints();
    await setDisks().catch(() => undefined);
    try {
      const faulty = await law.refresh();
      // A store that is silent would hold the scrape up for longer than Prometheus waits, and then nothing at all were seen.
      const answer = !faulty.includes('ledger') && !faulty.includes('counters');
      if (answer) await readStores();
      readable.set(answer ? 1 : 0);
    } catch {
      readable.set(0);
    }
    ledgerId.set(lastId);
  };

  return {
    contentType: registry.contentType,
    render: async () => {
      await refresh();
      return registry.metrics();
    },
    observeRequest: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    close: () => {
      subscription.unsubscribe();
      registry.clear();
    },
  };
}

/** A permit has one reason, none: its body stays unread. */
const decisionLabels = (entry: LedgerEntry): { readonly verdict: string; readonly reason: string } =>
  memberOf(entry, 'verdict') === 'permit'
    ? { verdict: 'permit', reason: 'none' }
    : { verdict: readDecision(entry.body).verdict, reason: headlineOf(entry.body) };

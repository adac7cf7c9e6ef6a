/** The figures of a month, held against a ledger that was counted by hand, and the page that shows them. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { type CheckState, checklistOf } from '../../../src/control/report/checklist.ts';
import type { MonthReport } from '../../../src/control/report/month-figures.ts';
import { makeMonthReport } from '../../../src/control/report/month-report.ts';
import { entryOf } from '../../../src/domain/chain-link.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { prunedMonths } from '../../../src/domain/pruned-month.ts';
import { parseReportMonth, type ReportMonth } from '../../../src/domain/report-month.ts';
import { type Instant, instant } from '../../../src/domain/time.ts';
import { reportPage } from '../../../src/http/views/report-page.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { monthLedger } from '../../support/month-ledger.ts';
import { prunedLedger } from '../../support/pruned-ledger.ts';

const monthOf = (name: string): ReportMonth => {
  const month = parseReportMonth(name);
  if (!month.ok) throw new Error(month.problem);
  return month.value;
};
const LATER = instant(Date.parse('2027-01-05T00:00:00Z'));

async function* each(entries: readonly LedgerEntry[]): AsyncIterable<LedgerEntry> {
  for (const entry of entries) yield await Promise.resolve(entry);
}
const made = (from: readonly LedgerEntry[], name = '2026-11', now: Instant = LATER): Promise<MonthReport> =>
  makeMonthReport(() => each(from), monthOf(name), now);

let entries: readonly LedgerEntry[];
let report: MonthReport;
beforeAll(async () => {
  entries = await monthLedger();
  report = await made(entries);
});

test.each(['2026-13', '2026-00', '2026-1', '26-11', '2026-11-01', '0999-01', ''])(
  '`%s` is no month',
  (text) => {
    expect(parseReportMonth(text).ok).toBe(false);
  },
);
test('a month ends where the next begins, also in December', () => {
  expect(monthOf('2026-12')).toEqual({
    ...{ name: '2026-12', from: Date.UTC(2026, 11, 1), to: Date.UTC(2027, 0, 1) },
  });
});

describe('counted by hand', () => {
  test('calls of the campaign', () => {
    expect(report.figures.campaigns).toEqual([
      {
        campaignId: 'solar',
        permits: 16,
        vetoes: 3,
        unplaced: 2,
        unscreened: 1,
        outcomes: { connected: 4, dropped: 3, machine: 1, no_answer: 1, expired: 1 },
        liveAnswers: 8,
        drops: 4,
        ceilingBp: 300,
        // The first with the drop of 31 October.
        periods: [
          { startsOn: '2026-10-15', liveAnswers: 4, drops: 2 },
          { startsOn: '2026-11-14', liveAnswers: 5, drops: 3 },
        ],
        outsidePeriods: 0,
        messages: {
          ...{ begun: 2, late: 1, unmeasured: 0, longestWaitMs: 2_500, byDialplan: 1 },
          without: { total: 1, rows: ['c7'] },
        },
      },
    ]);
  });
  test('vetoes by reason', () => {
    expect(report.figures.vetoReasons).toEqual([
      { code: 'on_national_registry', headline: 2, among: 2 },
      { code: 'outside_calling_hours', headline: 1, among: 3 },
    ]);
  });
  test('requests with the time until they were recorded', () => {
    expect(report.figures.optOuts).toEqual({
      byCall: { total: 1, counts: [1, 0, 0, 0, 0, 0, 0], longestMs: 500 },
      byRecord: { total: 3, counts: [1, 0, 0, 0, 0, 1, 1], longestMs: 4_471_200_000 },
      channels: [
        ['letter', 3],
        ['key_press', 1],
      ],
      revocations: 1,
      unsettled: 1,
      unmatched: [
        ['fallback_unmatched', 1],
        ['request_unmatched', 1],
      ],
    });
  });
  test('calls to people who had asked not to be called, and recordings', () => {
    expect(report.figures.afterRequest).toEqual({ consented: 1, without: { total: 1, rows: ['p2'] } });
    expect(report.figures.recordings).toEqual({
      ...{ stored: 4, disclosed: 2, refused: 1 },
      undisclosed: { total: 1, rows: ['r3'] },
    });
  });
  test('permits that no result followed, not even that it never came', () => {
    const { overdue, underWay } = report.figures.withoutResult;
    expect(overdue).toEqual({ total: 5, rows: ['p1', 'p0', 'p2', 'r1', 'r3'] });
    expect(underWay).toBe(0);
  });
  test('attestation, lists, overrides, incidents, self-tests', () => {
    const { attestation, lists, overrides, incidents, selfTests, days } = report.figures;
    expect([attestation.records.total, attestation.records.rows[0]?.level]).toEqual([1, 'A']);
    expect(attestation.alarms).toMatchObject({ total: 1, rows: [{ level: 'B', trunk: 'carrier' }] });
    expect(lists).toEqual([
      { name: 'national', version: 'v1', obtainedOn: '2026-11-10', count: 12, ageDays: 20, loaded: 1 },
    ]);
    expect(overrides).toMatchObject({ total: 1, rows: [{ what: 'drop_lockout', state: 'CO' }] });
    expect(incidents.map(({ incidentId, closing }) => [incidentId, closing === null])).toEqual([
      ['i-1', false],
      ['i-2', true],
    ]);
    expect(selfTests).toMatchObject({
      ...{ answers: { held: 2, missed: 1, permitted: 0, untested: 0 }, days: 3 },
      failures: { total: 1, rows: [{ answer: 'missed', expects: 'on_national_registry' }] },
    });
    expect(days).toBe(30);
  });
  test('every entry of the month by its kind, and no other', () => {
    const { from, to } = report.figures.month;
    const ofMonth = entries.filter(({ at }) => at >= from && at < to);
    expect(report.figures.entries).toContainEqual(['decision', 19]);
    expect(report.figures.entries).toContainEqual(['call_result', 12]);
    expect(report.figures.entries.reduce((sum, [, count]) => sum + count, 0)).toBe(ofMonth.length);
    expect(ofMonth.length).toBeLessThan(entries.length);
  });
});

test('a month that has ended stays as it was; one that runs is counted up to now', async () => {
  const end = entries.findIndex(({ at }) => at >= monthOf('2026-12').from);
  expect((await made(entries.slice(0, end))).figures).toEqual(report.figures);
  const soFar = await made(entries, '2026-12', instant(Date.parse('2026-12-02T12:00:00Z')));
  expect([soFar.figures.days, soFar.figures.asOf]).toEqual([2, '2026-12-02T12:00:00.000Z']);
  expect(soFar.figures.incidents).toMatchObject([{ incidentId: 'i-2', closing: { closedBy: 'Ana' } }]);
});

describe('a permit whose result never came', () => {
  /** A permit that may ring for 30 s, and what came of it. */
  async function ledgerOf(decidedAt: string, result: string | null, policyHash = 'p1') {
    const clock = fakeClock('2026-10-30T12:00:00Z');
    const ledger = openMemoryLedger({ writer: 'w' as WriterId, clock, store: memoryLedgerStore() });
    const document = { campaigns: [], leases: { afterRingSeconds: 60 } };
    await ledger.append({ kind: 'policy_document', body: { policyHash: 'p1', document } });
    clock.jump(Date.parse(decidedAt) - clock.now());
    const decision = { kind: 'permit', obligations: [{ kind: 'ring_at_most_s', seconds: 30 }] };
    const call = { callId: 'late', campaignId: 'solar', number: '+13035550101' };
    const permit = { ...call, verdict: 'permit', headline: null, policyHash, decidedAt };
    await ledger.append({ kind: 'decision', body: { ...permit, decision } });
    if (result !== null) {
      clock.jump(Date.parse(result) - clock.now());
      const body = { ...call, outcome: 'no_answer', source: 'ari', placed: true, endedAt: result };
      await ledger.append({ kind: 'call_result', body });
    }
    const all: LedgerEntry[] = [];
    for (const entry of await ledger.read({ limit: 10 })) all.push(entry);
    return all;
  }
  const counted = async (from: readonly LedgerEntry[], name: string, now = LATER) => {
    const { overdue, underWay } = (await made(from, name, now)).figures.withoutResult;
    return [overdue.total, underWay];
  };

  test.each([
    ['its lease ran out in the month', '2026-11-30T23:58:29.000Z', null, '2026-11', [1, 0]],
    ['and in no later one', '2026-11-30T23:58:29.000Z', null, '2026-12', [0, 0]],
    ['its lease had not run out when the month ended', '2026-11-30T23:58:31.000Z', null, '2026-11', [0, 1]],
    ['it ran out in the next', '2026-11-30T23:58:31.000Z', null, '2026-12', [1, 0]],
    ['its result came in the next', '2026-11-30T23:58:31.000Z', '2026-12-01T00:00:01Z', '2026-12', [0, 0]],
    ['its result came', '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:20Z', '2026-11', [0, 0]],
  ] as const)('%s', async (_, decidedAt, result, name, expected) => {
    expect(await counted(await ledgerOf(decidedAt, result), name)).toEqual(expected);
  });

  test('in a month that runs it is under way until its lease has run out', async () => {
    const from = await ledgerOf('2026-11-20T12:00:00.000Z', null);
    const at = (text: string): Instant => instant(Date.parse(text));
    expect(await counted(from, '2026-11', at('2026-11-20T12:01:29Z'))).toEqual([0, 1]);
    expect(await counted(from, '2026-11', at('2026-11-20T12:01:30Z'))).toEqual([1, 0]);
  });

  test('where no policy on record says how long a lease is, it has two hours', async () => {
    const from = await ledgerOf('2026-11-20T12:00:00.000Z', null, 'unknown');
    const at = (text: string): Instant => instant(Date.parse(text));
    expect(await counted(from, '2026-11', at('2026-11-20T13:59:59Z'))).toEqual([0, 1]);
    expect(await counted(from, '2026-11', at('2026-11-20T14:00:00Z'))).toEqual([1, 0]);
  });

  test('is to be looked at, though no result says `expired`', async () => {
    const asked = checklistOf(await made(await ledgerOf('2026-11-20T12:00:00.000Z', null))).find(({ asks }) =>
      asks.startsWith('Did every permitted call'),
    );
    expect(asked).toMatchObject({
      state: 'look',
      answer: expect.stringContaining('1 permits have no result on record after their lease') as string,
    });
  });
});

/** As a store gives it where one body was changed by hand. */
const withText = (at: number, change: (text: string) => string): readonly LedgerEntry[] =>
  entries.map((entry, index) =>
    index === at ? entryOf({ ...entry, bodyText: change(entry.bodyText) }, entry.id) : entry,
  );

describe('the checklist', () => {
  const states = (of: MonthReport): readonly CheckState[] => checklistOf(of).map(({ state }) => state);

  test('says where to look, with the figures', () => {
    expect(checklistOf(report).map(({ state, answer }) => [state, answer.split(':')[0]])).toEqual([
      ['in_order', `${entries.length} entries of 1 writers verified`],
      ['look', '16 permits, 3 vetoes, 1 results of calls that nobody permitted'],
      ['look', 'above it'],
      ['look', '4 drops'],
      [
        'look',
        '16 permits; 1 results say only that none came within the lease; 5 permits have no result on record after their lease, 0 were still within it at the end',
      ],
      ['look', '2 calls to people who had asked the seller before, 1 of them with a consent on record since'],
      [
        'look',
        '4 requests, 1 revocations, longest from a call 500 ms, from other doors 4471200 s; 1 texts wait for a reader, 2 told of nobody who is known',
      ],
      [
        'look',
        '4 recordings, 2 of them behind a disclosure, 1 without one that was due; 1 refused to be recorded',
      ],
      ['in_order', '1 lists, the oldest 20 days; 0 decisions met a copy that was too old or missing'],
      ['look', '2 of 3 screenings held by the list, 0 without a campaign, on 3 of 30 days'],
      ['look', '1 alarms; 1 records stand'],
      ['look', '1 overrides in force or recorded'],
      ['look', '2 incidents, 1 open at the end of the month'],
    ]);
  });

  test('of an empty month says that there was nothing, not that all is well', async () => {
    const empty = await made([], '2026-05');
    expect(states(empty)).toEqual([
      'in_order',
      ...Array.from({ length: 10 }, () => 'nothing'),
      ...['in_order', 'in_order'],
    ]);
  });

  /** As when only a part of the ledger is at hand: what cannot be judged is no good news. */
  const lookedAt = async (part: readonly LedgerEntry[]): Promise<readonly string[]> =>
    checklistOf(await made(part)).flatMap(({ state, answer }) => (state === 'look' ? [answer] : []));
  const without = (...kinds: readonly string[]): readonly LedgerEntry[] =>
    entries.filter(({ kind }) => !kinds.includes(kind));

  test('without a policy on record there is no ceiling and no bound, and it says so', async () => {
    const looks = (await lookedAt(without('policy_document'))).join('\n');
    expect(looks).toContain('no ceiling is on record of solar');
    expect(looks).toContain('no bound on record of solar');
  });

  test('without a calendar on record no period is judged, and it says so', async () => {
    const part = without('campaign_loaded');
    const [campaign] = (await made(part)).figures.campaigns;
    expect(campaign).toMatchObject({ periods: [], outsidePeriods: 8 });
    expect((await lookedAt(part)).join('\n')).toContain(
      'no calendar, and so no period, is on record of solar',
    );
  });

  test('a message whose wait is not on record is no message in time', async () => {
    const part = entries.map((entry) => {
      const timeline = { message_started: '2026-11-20T18:00:02.500Z' };
      return entry.kind === 'call_progress' && entry.body['callId'] === 'c3'
        ? { ...entry, body: { ...entry.body, timeline } }
        : entry;
    });
    expect((await made(part)).figures.campaigns[0]?.messages).toMatchObject({
      begun: 2,
      late: 1,
      unmeasured: 1,
    });
  });

  test('a seed that no campaign was asked for is no test that was passed', async () => {
    const answered = (...answers: readonly string[]): readonly LedgerEntry[] => {
      const left = [...answers];
      return entries.map((entry) =>
        entry.kind === 'self_test'
          ? { ...entry, body: { ...entry.body, answer: left.shift() ?? '' } }
          : entry,
      );
    };
    // On the fourth of the month, with a test on three days: only what came of them decides.
    const fourth = instant(Date.parse('2026-11-04T20:00:00Z'));
    const said = async (part: readonly LedgerEntry[]) =>
      checklistOf(await made(part, '2026-11', fourth)).find(({ asks }) => asks.includes('self-test'));
    expect(await said(answered('held', 'held', 'held'))).toMatchObject({ state: 'in_order' });
    expect(await said(answered('held', 'untested', 'held'))).toMatchObject({
      state: 'look',
      answer: '2 of 2 screenings held by the list, 1 without a campaign, on 3 of 4 days',
    });
    expect(await said(answered('held', 'missed', 'held'))).toMatchObject({ state: 'look' });
    expect(await said(answered('untested', 'untested', 'untested'))).toMatchObject({ state: 'look' });
  });

  test('of a ledger that was changed says so first, and still counts all of it', async () => {
    const broken = await made(withText(3, (text) => `${text} `));
    expect(broken.verification).toMatchObject({ ok: false, id: 4, fault: 'hash_differs' });
    expect(states(broken)[0]).toBe('look');
    expect(broken.figures).toEqual(report.figures);
    const page = reportPage(broken, { version: '0.1.0', madeAt: '2027-01-05T00:00:00.000Z' });
    expect(page).toContain('does not hold at entry 4');
  });

  test.each(['', '{', 'null', '[]'])(
    'of a store in which a body was overwritten with `%s` too',
    async (text) => {
      const at = entries.findIndex(({ kind }) => kind === 'incident_opened');
      const broken = await made(withText(at, () => text));
      expect(broken.verification).toMatchObject({ ok: false, id: at + 1, fault: 'hash_differs' });
      expect(broken.figures.campaigns).toEqual(report.figures.campaigns);
    },
  );
});

describe('of a pruned month', () => {
  const IN_2033 = instant(Date.parse('2033-01-05T00:00:00Z'));
  const NOVEMBER = 82 * 100_000_000_000;
  const reportOf = (from: readonly LedgerEntry[], name: string, pruned = prunedMonths(from, IN_2033)) =>
    makeMonthReport(() => each(from), monthOf(name), IN_2033, pruned);

  test.each(['2026-11', '2026-12'])(
    'the report of %s is not BROKEN, and names the archive first',
    async (name) => {
      const found = await reportOf(prunedLedger(entries, NOVEMBER).left, name);
      expect(found.verification).toMatchObject({ ok: true });
      const [first] = checklistOf(found);
      expect(first?.state).toBe('look');
      expect(first?.answer).toContain('2026-11 was pruned, see archive ledger-2026-11.jsonl');
      const page = reportPage(found, { version: '0.1.0', madeAt: '2033-01-05T00:00:00.000Z' });
      expect(page).toMatch(/<p class="warn">2026-11 was pruned, see archive/);
    },
  );

  test.each([['2026-10'], ['2027-01']])('the report of %s lists it and is in order', async (name) => {
    const found = await reportOf(prunedLedger(entries, NOVEMBER).left, name);
    expect(checklistOf(found)[0]?.state).toBe('in_order');
    const page = reportPage(found, { version: '0.1.0', madeAt: '2033-01-05T00:00:00.000Z' });
    expect(page).toContain('<h3>Pruned months</h3>');
    expect(page).not.toContain('was pruned, see archive');
  });

  test('what was before there were months may reach into any that was over when it was pruned', async () => {
    const { left } = prunedLedger(entries, 0);
    expect(checklistOf(await reportOf(left, '2026-01'))[0]?.state).toBe('look');
    expect(checklistOf(await reportOf(left, '2026-03'))[0]?.state).toBe('in_order');
  });

  test('whole again with its archive it has its figures', async () => {
    const found = await reportOf(prunedLedger(entries, NOVEMBER).whole, '2026-11', []);
    expect(found.figures.campaigns).toEqual(report.figures.campaigns);
    expect(checklistOf(found)[0]?.state).toBe('in_order');
  });
});

describe('the page', () => {
  const page = (): string => reportPage(report, { version: '0.1.0', madeAt: '2027-01-05T00:00:00.000Z' });

  test('runs nothing, loads nothing, and styles itself by the one hash it allows', () => {
    const html = page();
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
    const sha256 = createHash('sha256').update(style).digest('base64');
    expect(html).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-${sha256}&#39;`);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|\bstyle=|\bon[a-z]+=|url\(|https?:/i);
  });

  test('writes out what people entered, and obeys none of it', () => {
    expect(page()).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more');
  });

  test('shows each figure where it belongs', () => {
    const rows = [...page().matchAll(/<tr>((?:<td>[^]*?<\/td>)+)<\/tr>/g)].map(([, row = '']) =>
      [...row.matchAll(/<td>([^]*?)<\/td>/g)].map(([, cell = '']) => cell.replace(/<[^>]*>/g, '')),
    );
    expect(rows).toContainEqual(['solar', '30 days from 2026-10-15', '4', '2', '50.00 %', '3.00 %', 'above']);
    expect(rows).toContainEqual(['solar', 'this month', '8', '4', '50.00 %', '', '']);
    expect(rows).toContainEqual(['solar', '16', '3', '2', '1', '4', '3', '0', '1', '1', '0', '0', '1']);
    expect(rows).toContainEqual(['solar', '4', '2', '1', '0', '2.5 s', '1', '1']);
    expect(rows).toContainEqual(['national', 'v1', '2026-11-10', '20', '12', '1']);
    expect(rows).toContainEqual(['in a call', '1', '1', '0', '0', '0', '0', '0', '0', '500 ms']);
    expect(rows).toContainEqual(['request_unmatched', '1']);
    expect(rows).toContainEqual(['decision', '19']);
  });
});

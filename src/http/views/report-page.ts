/** A month's report as one page for people: nothing from elsewhere, no script, fit to be printed. Pure; every text is escaped by `markup`. */
import { checklistOf, type CheckItem, type CheckState } from '../../control/report/checklist.ts';
import {
  type CampaignFigures,
  LATENCY_BOUNDS_MS,
  type Latencies,
  type MonthReport,
  type Rows,
} from '../../control/report/month-figures.ts';
import { prunedText, prunedWithin } from '../../control/report/pruned-months.ts';
import type { LedgerGap } from '../../control/verify-ledger.ts';
import { OUTCOMES } from '../../domain/call-result.ts';
import { type ReasonCode, REASONS } from '../../domain/decision.ts';
import { SEED_ANSWERS } from '../../domain/self-test.ts';
import { formatInstant } from '../../domain/time.ts';
import { DOSSIER_POLICY, DOSSIER_STYLE } from './dossier-style.ts';
import { type Html, markup, trusted } from './html.ts';

export interface ReportMaker {
  readonly version: string;
  /** RFC 3339. */
  readonly madeAt: string;
}

export function reportPage(report: MonthReport, maker: ReportMaker): string {
  const { figures } = report;
  const { name } = figures.month;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${DOSSIER_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Compliance report ${name}</title>
<style>${trusted(DOSSIER_STYLE)}</style>
</head>
<body>
<h1>Compliance report ${name}</h1>
<p class="lead">Filled in from the ledger: every figure is a count of its entries from ${name}-01 on, UTC, up to ${figures.asOf}.</p>
<p class="note">Made by breakwater ${maker.version} on ${maker.madeAt}. A month that has ended gives the same figures whenever it is asked for.</p>
<h2>Checklist</h2>
${table(['', 'question', 'answer', 'basis'], checklistOf(report).map(checkRow))}
${verificationPart(report)}
<h2>Drop rate by campaign and period</h2>
${dropPart(figures.campaigns)}
<h2>Calls by campaign</h2>
${callPart(figures.campaigns)}
<h2>Messages to dropped people</h2>
${messagePart(figures.campaigns)}
<h2>Vetoes by reason</h2>
${table(
  ['reason', 'meaning', 'headline of', 'among the reasons of'],
  figures.vetoReasons.map(({ code, headline, among }) => [code, meaningOf(code), headline, among]),
)}
<h2>Requests not to be called</h2>
${optOutPart(report)}
${listed('Permits without a result after their lease', figures.withoutResult.overdue)}
${listed('Calls after a request, without a consent since', figures.afterRequest.without)}
${listed('Recordings without a disclosure that was due', figures.recordings.undisclosed)}
<h2>Attestation of caller IDs</h2>
${cut(['caller ID', 'trunk', 'level', 'way', 'confirmed', 'expires'], figures.attestation.records, (each) => [
  ...[each.callerId, each.trunk ?? 'every', each.level, each.way, each.confirmedAt, each.expiresAt],
])}
<h3>Alarms</h3>
${cut(['at', 'caller ID', 'trunk', 'level', 'problem'], figures.attestation.alarms, (each) => [
  ...[each.at, each.callerId, each.trunk, each.level, each.problem],
])}
<h2>Do-not-call lists</h2>
${table(
  ['list', 'version', 'obtained on', 'age in days', 'numbers', 'versions taken this month'],
  figures.lists.map((each) => [
    ...[each.name, each.version, each.obtainedOn, each.ageDays, each.count, each.loaded],
  ]),
)}
<h2>Self-tests</h2>
${table(
  [...SEED_ANSWERS, 'days with one'],
  [[...SEED_ANSWERS.map((answer) => figures.selfTests.answers[answer]), figures.selfTests.days]],
)}
${cut(['at', 'number', 'expected reason', 'answer'], figures.selfTests.failures, (each) => [
  ...[each.at, each.number, each.expects, each.answer],
])}
<h2>Overrides</h2>
${cut(['what', 'seller', 'place', 'who', 'why', 'recorded', 'until'], figures.overrides, (each) => [
  ...[each.what, each.sellerId, each.state, each.who, each.why, each.recordedAt, each.until],
])}
<h2>Incidents</h2>
${incidentPart(report)}
<h2>Entries of the month</h2>
${table(['kind', 'entries'], figures.entries)}
</body>
</html>
`.html;
}

type Cell = string | number | null | Html;

const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): Html =>
  rows.length === 0
    ? markup`<p class="note">None on record.</p>`
    : markup`<table><thead><tr>${head.map((each) => markup`<th scope="col">${each}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${row.map((cell) => markup`<td>${cell}</td>`)}</tr>\n`)}</tbody></table>`;

/** What is left out is said before the table, not after. */
function cut<Row>(
  head: readonly string[],
  { total, rows }: Rows<Row>,
  cells: (row: Row) => readonly Cell[],
): Html {
  const left = total - rows.length;
  const note =
    left > 0
      ? markup`<p class="warn">Only the first ${rows.length} of ${total} are printed here; the ledger has them all.</p>\n`
      : '';
  return markup`${note}${table(head, rows.map(cells))}`;
}

/** Calls to be looked at one by one; nothing where there is none. */
const listed = (title: string, calls: Rows<string>): Html =>
  calls.total === 0 ? markup`` : markup`<h3>${title}</h3>\n${cut(['call'], calls, (callId) => [callId])}`;

const STATES: Readonly<Record<CheckState, { readonly text: string; readonly style: string }>> = {
  in_order: { text: 'in order', style: 'permit' },
  look: { text: 'look at it', style: 'veto' },
  nothing: { text: 'nothing on record', style: 'note' },
};

function checkRow({ asks, basis, state, answer }: CheckItem): readonly Cell[] {
  const { text, style } = STATES[state];
  return [markup`<span class="${style}">${text}</span>`, asks, answer, basis];
}

function verificationPart(report: MonthReport): Html {
  const { verification: found } = report;
  if (!found.ok) {
    return markup`<h2>Ledger</h2>
<p class="warn">The chain of writer ${found.writer} does not hold at entry ${found.id} (seq ${found.seq}): ${found.fault}. ${found.detail}. What is counted below cannot be trusted before that is explained.</p>`;
  }
  const heads = Object.entries(found.heads).map(([writer, { seq, hash }]) => [
    ...[writer, seq, markup`<code>${hash}</code>`],
  ]);
  const pruned = prunedWithin(report).map(
    (gap) =>
      markup`<p class="warn">${prunedText(gap)}. What is counted below counts no entry that went; the archive has them all.</p>
`,
  );
  return markup`<h2>Ledger</h2>
${pruned}<p>${found.entries} entries verified from the first on, whatever their month.</p>
${table(['writer', 'entries', 'hash of the last'], heads)}${gapsPart(found.gaps ?? [])}`;
}

/** Every pruned month of the ledger: of them only what was left could be verified. */
const gapsPart = (gaps: readonly LedgerGap[]): Html =>
  gaps.length === 0
    ? markup``
    : markup`
<h3>Pruned months</h3>
${table(
  ['month', 'entries before', 'left', 'pruned at', 'by', 'why', 'archive', 'SHA-256'],
  gaps.map(({ month, entries, kept, at, who, why, archive: { file, sha256 } }) => [
    ...[month, entries, kept, formatInstant(at), who, why, file, markup`<code>${sha256}</code>`],
  ]),
)}`;

const dropPart = (campaigns: readonly CampaignFigures[]): Html =>
  table(
    ['campaign', 'period', 'live answers', 'drops', 'rate', 'ceiling', ''],
    campaigns.flatMap((each) => [
      ...each.periods.map((period) =>
        dropRow(each, `30 days from ${period.startsOn}`, period.liveAnswers, period.drops, true),
      ),
      // Of a part of a period there is no ceiling: for comparison.
      dropRow(each, 'this month', each.liveAnswers, each.drops, false),
    ]),
  );

function dropRow(
  { campaignId, ceilingBp }: CampaignFigures,
  period: string,
  liveAnswers: number,
  drops: number,
  isBound: boolean,
): readonly Cell[] {
  const isOver = isBound && ceilingBp !== null && drops * 10_000 > ceilingBp * liveAnswers;
  const ceiling = isBound ? (ceilingBp === null ? 'not on record' : percent(ceilingBp, 10_000)) : '';
  return [
    ...[campaignId, period, liveAnswers, drops, percent(drops, liveAnswers), ceiling],
    isOver ? markup`<span class="veto">above</span>` : '',
  ];
}

const callPart = (campaigns: readonly CampaignFigures[]): Html =>
  table(
    ['campaign', 'permits', 'vetoes', 'not placed', 'nobody permitted', ...OUTCOMES],
    campaigns.map((each) => [
      ...[each.campaignId, each.permits, each.vetoes, each.unplaced, each.unscreened],
      ...OUTCOMES.map((outcome) => each.outcomes[outcome] ?? 0),
    ]),
  );

function messagePart(campaigns: readonly CampaignFigures[]): Html {
  const rows = campaigns.map(({ campaignId, drops, messages }): readonly Cell[] => [
    ...[
      campaignId,
      drops,
      messages.begun,
      messages.late ?? 'no bound on record',
      messages.unmeasured,
      shownMs(messages.longestWaitMs),
    ],
    ...[messages.byDialplan, messages.without.total],
  ]);
  const without = campaigns.filter(({ messages }) => messages.without.total > 0);
  return markup`${table(
    [
      'campaign',
      'drops',
      'messages begun',
      'late',
      'wait not on record',
      'longest wait',
      'by the dialplan alone',
      'without',
    ],
    rows,
  )}${without.map(({ campaignId, messages }) =>
    listed(`Drops of ${campaignId} without a message on record`, messages.without),
  )}`;
}

function optOutPart({ figures: { optOuts } }: MonthReport): Html {
  const row = (name: string, { total, counts, longestMs }: Latencies): readonly Cell[] => [
    ...[name, total, ...counts, shownMs(longestMs)],
  ];
  return markup`${table(
    ['', 'all', ...LATENCY_BOUNDS_MS.map((ms) => `up to ${shownMs(ms)}`), 'longer', 'longest'],
    [row('in a call', optOuts.byCall), row('by another door', optOuts.byRecord)],
  )}
<p>${optOuts.revocations} revocations of consent. ${optOuts.unsettled} texts that may be requests were unread at the end.</p>
<h3>Bound nobody</h3>
${table(['kind', 'entries'], optOuts.unmatched)}
<h3>Channels</h3>
${table(['channel', 'requests'], optOuts.channels)}`;
}

const incidentPart = ({ figures: { incidents } }: MonthReport): Html =>
  incidents.length === 0
    ? markup`<p class="note">None on record.</p>`
    : markup`${incidents.map(
        ({
          incidentId: id,
          finding,
          foundAt,
          openedBy,
          closing,
        }) => markup`<section class="item"><h3>${id}</h3>
${table(
  ['', ''],
  [
    ['finding', finding],
    ['found', `${foundAt}, entered by ${openedBy}`],
    ['cause', closing?.cause ?? 'not known yet'],
    ['correction', closing?.correction ?? 'not done yet'],
    ['verification', closing?.verification ?? 'open'],
    ['closed', closing === null ? 'open' : `${closing.closedAt}, by ${closing.closedBy}`],
  ],
)}</section>
`,
      )}`;

const meaningOf = (code: string): string =>
  Object.hasOwn(REASONS, code) ? REASONS[code as ReasonCode].meaning : '';

/** Two decimals, cut and not rounded up or down across a border: the counts beside it decide. */
const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${(Math.floor((part * 10_000) / whole) / 100).toFixed(2)} %`;

function shownMs(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  if (ms < 3_600_000) return `${+(ms / 60_000).toFixed(1)} min`;
  return ms < 86_400_000 ? `${+(ms / 3_600_000).toFixed(1)} h` : `${+(ms / 86_400_000).toFixed(1)} days`;
}

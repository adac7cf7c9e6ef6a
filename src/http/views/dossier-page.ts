/**
 * A dossier as one page for people: nothing from elsewhere, no script, fit to be printed. Pure. Long sections are cut with a plain
 * statement; the JSON document has everything, and it is what can be checked.
 */
import type {
  CallView,
  ConsentView,
  DecisionView,
  Dossier,
  ListView,
  PolicyView,
  Proof,
  PrunedView,
  RecordedFile,
  RecordingView,
  RevocationView,
} from '../../control/evidence/dossier.ts';
import type { Json } from '../../domain/canonical-json.ts';
import { type ReasonCode, REASONS } from '../../domain/decision.ts';
import { isJsonObject, textIn } from '../../domain/json-parts.ts';
import type { JsonObject } from '../../domain/ledger-entry.ts';
import { DOSSIER_POLICY, DOSSIER_STYLE } from './dossier-style.ts';
import { markup, type Html, trusted } from './html.ts';

/** Items of one section: about a hundred printed pages. */
export const ITEMS_MAX = 250;
/** Rows of the table of entries. */
export const ROWS_MAX = 2_000;

export function dossierPage(dossier: Dossier): string {
  const { asked, made_by: madeBy, proof } = dossier;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${DOSSIER_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evidence for ${asked.number}</title>
<style>${trusted(DOSSIER_STYLE)}</style>
</head>
<body>
<h1>Evidence for ${asked.number}</h1>
<p class="lead">${dossier.statement}.</p>
<p class="note">Made by ${madeBy.program} ${madeBy.version} from its ledger up to entry ${asked.through_id}. Instants that end in Z are UTC.
The JSON document of the same question holds every entry in full and can be checked without us: breakwater evidence verify FILE.</p>
${cuts(dossier)}
${section('Consents', dossier.consents, consentItem)}
${section('Revocations and requests not to be called', dossier.revocations, revocationItem)}
${section('Decisions', dossier.decisions, decisionItem)}
${section('Calls', dossier.calls, callItem)}
${section('Recordings', dossier.recordings, recordingItem)}
${section('Policies that the decisions stood on', dossier.policies, policyItem)}
${section('Other entries that name the number', dossier.others, ({ entry, recorded_at: at, kind }) =>
  item(kind, [
    ['recorded', at],
    ['ledger entry', entry],
  ]),
)}
${proofPart(proof)}
</body>
</html>
`.html;
}

const warning = (text: string): Html => markup`<p class="warn">${text}</p>\n`;

function cuts({ asked }: Dossier): readonly Html[] {
  return [
    ...(asked.acts_left_out
      ? [warning('There are more consents and revocations than one document holds; the newest are here.')]
      : []),
    ...(asked.next_after === null
      ? []
      : [
          warning(
            `This is not all: decisions and calls go on after entry ${asked.next_after}. Ask again with after=${asked.next_after}.`,
          ),
        ]),
  ];
}

/** The first items; what is left out is said before them, not after. */
function section<Item>(title: string, items: readonly Item[], show: (item: Item) => Html): Html {
  const left = items.length - ITEMS_MAX;
  return markup`<h2>${title} (${items.length})</h2>
${items.length === 0 ? markup`<p class="note">None on record.</p>` : ''}${
    left > 0
      ? warning(`Only the first ${ITEMS_MAX} are printed here; ${left} more are in the JSON document.`)
      : ''
  }${items.slice(0, ITEMS_MAX).map(show)}`;
}

type Cell = string | number | boolean | null | Html;

/** Rows without a value are left out: what matters although it is unknown says why instead. */
function item(title: string | Html, rows: readonly (readonly [string, Cell])[], more?: Html): Html {
  const shown = rows.filter(([, value]) => value !== null && value !== '');
  return markup`<section class="item"><h3>${title}</h3>${more}
<table><tbody>${shown.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)}</tbody></table></section>
`;
}

const bullets = (parts: readonly Html[]): Html =>
  parts.length === 0 ? markup`` : markup`<ul>${parts.map((part) => markup`<li>${part}</li>`)}</ul>`;

const code = (text: string): Html => markup`<code>${text}</code>`;

/** `list: national, version: 2026-11-20` */
const pairs = (object: JsonObject): Html =>
  markup`${Object.entries(object)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${plainValue(value)}`)
    .join(', ')}`;

const plainValue = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The exact words apart from the other elements; blanks and line breaks as they were. */
function consentItem(consent: ConsentView): Html {
  const { disclosure_text: words, ...elements } = consent.elements;
  return item(
    `Consent ${textIn(elements['consent_id']) ?? ''}`,
    [
      ...Object.entries(elements).map(
        ([name, value]) => [name.replaceAll('_', ' '), value === null ? 'none' : plainValue(value)] as const,
      ),
      ['SHA-256 of the words', consent.disclosure_sha256 === null ? null : code(consent.disclosure_sha256)],
      ['recorded', consent.recorded_at],
      ['ledger entry', consent.entry],
    ],
    markup`<p>The words the person saw or heard:</p><blockquote>${textIn(words) ?? 'not recorded'}</blockquote>`,
  );
}

const revocationItem = (each: RevocationView): Html =>
  item(each.at ?? 'at an unknown instant', [
    ['what', each.kind === 'opt_out' ? 'asked not to be called again' : 'revoked consent'],
    ['seller', each.seller_id],
    ['by which way', each.channel],
    ['in call', each.call_id],
    ['recorded', each.recorded_at],
    ['ledger entry', each.entry],
  ]);

function decisionItem(each: DecisionView): Html {
  const verdict = each.verdict ?? 'unknown';
  return item(
    markup`${each.decided_at ?? each.recorded_at}: <span class="${verdict === 'permit' ? 'permit' : 'veto'}">${verdict}</span>`,
    [
      ['call', each.call_id],
      ['campaign', each.campaign_id],
      ['seller', each.seller_id],
      ['caller ID', each.caller_id],
      ['reasons', bullets(each.reasons.map(reasonPart))],
      ['demanded of the call', bullets(each.obligations.map(pairs))],
      ['seen, but no cause', bullets(each.warnings.map(pairs))],
      ['permit valid until', each.valid_until],
      ['local times', each.local_times_unknown_because ?? bullets((each.local_times ?? []).map(pairs))],
      ['lists consulted', each.lists_unknown_because ?? bullets((each.lists ?? []).map(listPart))],
      ['policy', each.policy_hash === null ? null : code(each.policy_hash)],
      ['ledger entry', each.entry],
    ],
  );
}

function reasonPart(reason: JsonObject): Html {
  const name = textIn(reason['code']) ?? 'unknown';
  const meaning = Object.hasOwn(REASONS, name) ? REASONS[name as ReasonCode].meaning : '';
  const detail = isJsonObject(reason['detail']) ? reason['detail'] : {};
  return markup`<strong>${name}</strong>: ${meaning} (${textIn(reason['basis'])}). ${pairs(detail)}`;
}

function listPart(list: ListView): Html {
  const absent = list.covers_number ? 'does not hold the number' : 'was not obtained for its area code';
  const line = list.line_type === null ? '' : `, as a ${list.line_type} line`;
  const hit = list.holds_number ? markup`<strong>holds the number</strong>${line}` : absent;
  const file = list.sha256 === null ? `unknown, ${list.sha256_unknown_because ?? ''}` : code(list.sha256);
  return markup`${list.name}, version ${list.version}, copy of ${list.obtained_on}: ${hit}; file ${file}`;
}

function callItem(call: CallView): Html {
  return item(`Call ${call.call_id}`, [
    ['permitted', call.decided_at],
    ...Object.entries(call.record).map(
      ([name, { paragraph, value, unknown_because: because }]) =>
        [
          `${paragraph} ${name.replaceAll('_', ' ')}`,
          because === null ? valuePart(value) : markup`<span class="note">not known: ${because}</span>`,
        ] as const,
    ),
    ['course', call.timeline === null ? null : bullets(byInstant(call.timeline))],
    ['ledger entries', call.entries.join(', ')],
  ]);
}

function valuePart(value: Json): Html {
  if (!Array.isArray(value)) return markup`${plainValue(value)}`;
  const parts = (value as readonly Json[]).map((each) =>
    isJsonObject(each) ? pairs(each) : markup`${plainValue(each)}`,
  );
  return parts.length === 0 ? markup`none` : bullets(parts);
}

const byInstant = (timeline: JsonObject): readonly Html[] =>
  Object.entries(timeline)
    .map(([moment, at]) => ({ moment, at: plainValue(at) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ moment, at }) => markup`${at} ${moment.replaceAll('_', ' ')}`);

const recordingItem = (each: RecordingView): Html =>
  item(`Recording of call ${each.call_id ?? 'unknown'}`, [
    ['started', each.started_at],
    ['announcement ended', each.disclosure_finished_at ?? 'no announcement is on record'],
    ['from its end to the start', each.gap_ms === null ? null : `${each.gap_ms} ms`],
    ['files', bullets(each.files.map(filePart))],
    ['kept until', keptPart(each)],
    ['keys', each.kept === null ? null : bullets(each.kept.keys.map(pairs))],
    ['refused', each.refusal === null ? null : pairs(each.refusal)],
    ['legal holds', each.holds.length === 0 ? 'none' : bullets(each.holds.map(pairs))],
    ['heard by', each.accesses.length === 0 ? 'nobody' : bullets(each.accesses.map(pairs))],
    ['delivered', each.deliveries.length === 0 ? 'nowhere' : bullets(each.deliveries.map(pairs))],
    ['deleted', each.deletion === null ? null : pairs(each.deletion)],
    ['ledger entry', each.entry],
  ]);

const keptPart = ({ kept }: RecordingView): string | Html =>
  kept === null ? 'not archived' : markup`${kept.retention_until}: ${pairs(kept.retention)}`;

const filePart = ({ file, sha256, bytes, sha256_unknown_because: why }: RecordedFile): Html =>
  sha256 === null
    ? markup`${file}: hash not known, ${why}`
    : markup`${file}, ${bytes} bytes, SHA-256 ${code(sha256)}`;

const policyItem = (each: PolicyView): Html =>
  item(markup`Policy ${code(each.policy_hash ?? 'unknown')}`, [
    ['loaded', each.recorded_at],
    ['files', bullets(each.files.map(pairs))],
    ['ledger entry', each.entry],
  ]);

function proofPart({ how, entries, chains, not_proven: open }: Proof): Html {
  const left = entries.length - ROWS_MAX;
  return markup`<h2>Proof</h2>
<p>${how}</p>
<p>${chainsText(chains)}</p>
<table><thead><tr><th>Writer</th><th>Entries</th><th>Hash of the last</th></tr></thead><tbody>${chains.writers.map(
    (each) =>
      markup`<tr><td>${each.writer}</td><td>${each.entries}</td><td>${code(each.head_hash)}</td></tr>\n`,
  )}</tbody></table>
${(chains.pruned ?? []).map(prunedItem)}
<h3>Not proven</h3>
${bullets(open.map((text) => markup`${text}`))}
<h3>Entries used (${entries.length})</h3>
${left > 0 ? warning(`Only the first ${ROWS_MAX} are printed here; ${left} more are in the JSON document.`) : ''}
<table><thead><tr><th>Id</th><th>Writer</th><th>Seq</th><th>Recorded</th><th>Kind</th><th>Hash</th></tr></thead><tbody>${entries
    .slice(0, ROWS_MAX)
    .map(
      (entry) =>
        markup`<tr>${['id', 'writer', 'seq', 'at', 'kind'].map((name) => markup`<td>${plainValue(entry[name] ?? null)}</td>`)}<td>${code(textIn(entry['hash']) ?? '')}</td></tr>\n`,
    )}</tbody></table>`;
}

const prunedItem = (each: PrunedView): Html =>
  item(`Month ${each.month} was pruned`, [
    ['entries before', each.entries],
    ['entries left, which were checked', each.kept],
    ['by', each.who],
    ['why', each.why],
    ['recorded', each.recorded_at],
    ['ledger entry', each.entry],
    ['what went stands in', each.archive_file],
    ['SHA-256', code(each.archive_sha256)],
  ]);

function chainsText({ sound, entries, fault, unchecked_because: because }: Proof['chains']): string {
  if (sound === null) return `The chains were not checked: ${because ?? ''}.`;
  return sound
    ? `Every chain was checked from its first entry: ${entries} entries, all sound.`
    : `THE LEDGER IS BROKEN: ${fault ?? ''}. ${entries} entries before it are sound.`;
}

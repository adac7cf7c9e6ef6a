/** Latest decisions, vetoes by reason and latest calls. Fed entry by entry; shown when asked. */
import { byId, el, reconcile, setAttribute, setText } from './dom.js';
import { showCourse } from './course.js';
import { openRefusal } from './refuse-recording.js';
import { meaningOf } from './reasons.js';
import { openSupervise } from './supervise.js';
import { readDecision, readMoments, readResult, readWait } from './entry.js';
import { duration, milliseconds, number, plural, time, words } from './format.js';

const ROWS_MAX = 30;
const CALL_ROWS_MAX = 20;
/** Vetoes are counted over this many decisions. */
const WINDOW_MAX = 1_000;
const CALLS_MAX = 500;

const decisions = []; // newest first
const calls = new Map(); // call id -> call, oldest first
/** Ids of campaigns whose talks are recorded. */
let recorded = new Set();

/** To be told the campaigns of now. */
export function setRecorded(campaigns) {
  recorded = new Set(campaigns.filter((each) => each.recorded).map(({ id }) => id));
}

export function takeEntry(entry) {
  switch (entry.kind) {
    case 'decision': {
      const decision = readDecision(entry);
      decisions.unshift(decision);
      if (decisions.length > WINDOW_MAX) decisions.pop();
      if (decision.permitted && decision.callId !== null) {
        touchCall(decision.callId, {
          permittedAt: entry.at,
          number: decision.number,
          campaign: decision.campaign,
          bound: decision.bound,
        });
      }
      return;
    }
    case 'call_progress':
      if (calls.has(entry.body.callId)) {
        const call = calls.get(entry.body.callId);
        call.waitedMs = readWait(entry);
        call.moments = readMoments(entry);
      }
      return;
    case 'recording_refused':
      if (calls.has(entry.body.callId)) calls.get(entry.body.callId).refused = true;
      return;
    case 'call_result':
    case 'unscreened_result': {
      const { outcome, endedAt, number: called, campaign } = readResult(entry);
      const known = calls.get(entry.body.callId);
      touchCall(entry.body.callId, {
        outcome,
        endedAt,
        number: known?.number ?? called,
        campaign: known?.campaign ?? campaign,
        unscreened: entry.kind === 'unscreened_result',
      });
      return;
    }
    default:
  }
}

/** A call that changes moves to the end: the newest news stands on top of the table. */
function touchCall(callId, changes) {
  if (typeof callId !== 'string') return;
  const call = { callId, ...calls.get(callId), ...changes };
  calls.delete(callId);
  calls.set(callId, call);
  if (calls.size > CALLS_MAX) calls.delete(calls.keys().next().value);
}

export function showTables() {
  showDecisions();
  showVetoes();
  showCalls();
}

const cell = (label, ...children) => el('td', { role: 'cell', 'data-label': label }, ...children);
const stamp = (at) => (at === undefined ? '' : el('time', { datetime: at }, time(at)));

function showDecisions() {
  reconcile(
    byId('decisions'),
    decisions.slice(0, ROWS_MAX),
    (decision) => decision.id,
    (decision) => {
      const [headline, ...others] = decision.reasons;
      const verdict = decision.permitted ? 'permit' : 'veto';
      return el(
        'tr',
        { role: 'row', 'data-id': decision.id, 'data-verdict': verdict },
        cell('Time', stamp(decision.at)),
        cell('Number', el('span', { class: 'number' }, number(decision.number))),
        cell('Campaign', decision.campaign ?? '–'),
        cell('Verdict', el('span', { class: `badge ${verdict}` }, decision.permitted ? 'Permit' : 'Veto')),
        cell('Reason', ...(headline === undefined ? ['–'] : describe(headline, others))),
        cell('Basis', headline?.basis ?? '–'),
      );
    },
  );
  byId('decisions-empty').hidden = decisions.length > 0;
  setText(byId('decisions-note'), decisions.length > ROWS_MAX ? `newest ${ROWS_MAX}` : '');
}

const describe = ({ code }, others) => [
  el('span', { class: 'meaning' }, meaningOf(code)),
  el('code', {}, String(code)),
  others.length > 0 ? otherReasons(others) : null,
];

/** All of them with their citations: every rule ran, and each that vetoed says so. */
const otherReasons = (others) =>
  el(
    'details',
    { class: 'more' },
    el('summary', {}, `and ${plural(others.length, 'more reason')}`),
    el(
      'ul',
      {},
      ...others.map(({ code, basis }) =>
        el('li', {}, meaningOf(code), ' ', el('code', {}, String(code)), ' ', el('span', {}, basis ?? '')),
      ),
    ),
  );

function showVetoes() {
  const counts = new Map();
  for (const { permitted, reasons } of decisions) {
    if (permitted) continue;
    const code = String(reasons[0]?.code ?? 'unknown');
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  const most = ranked[0]?.[1] ?? 1;
  reconcile(
    byId('vetoes'),
    ranked,
    ([code]) => code,
    ([code]) =>
      el(
        'tr',
        { role: 'row', 'data-code': code },
        el(
          'th',
          { role: 'rowheader', scope: 'row' },
          el('span', { class: 'meaning' }, meaningOf(code)),
          el('span', { class: 'track', 'aria-hidden': true }, el('i')),
        ),
        el('td', { role: 'cell', class: 'count' }),
      ),
    (row, [, count]) => {
      setText(row.querySelector('.count'), String(count));
      row.querySelector('i').style.width = `${(100 * count) / most}%`;
    },
  );
  const vetoes = ranked.reduce((sum, [, count]) => sum + count, 0);
  byId('vetoes-empty').hidden = vetoes > 0;
  setText(
    byId('vetoes-note'),
    decisions.length === 0 ? '' : `${vetoes} of ${plural(decisions.length, 'decision')}`,
  );
}

const GOOD = new Set(['connected']);
const BAD = new Set(['dropped', 'expired']);

function showCalls() {
  const newest = [...calls.values()].slice(-CALL_ROWS_MAX).reverse();
  reconcile(
    byId('calls'),
    newest,
    (call) => call.callId,
    (call) =>
      el(
        'tr',
        { role: 'row', 'data-call': call.callId },
        cell('Permitted', stamp(call.permittedAt)),
        cell('Number', el('span', { class: 'number' }, number(call.number))),
        cell('Campaign', call.campaign ?? '–'),
        cell(
          'Outcome',
          el('span', { class: 'badge' }),
          talkButton(call.callId),
          refusalButton(call.callId),
          el('span', { class: 'why' }),
        ),
        cell('Ended'),
        cell('Waited', courseButton(call.callId)),
      ),
    (row, call) => {
      const [permitted, , , , ended, waited] = row.children;
      const badge = row.querySelector('.badge');
      setText(badge, words(call.outcome ?? 'under way'));
      const tone = GOOD.has(call.outcome)
        ? 'good'
        : BAD.has(call.outcome)
          ? 'bad'
          : call.outcome
            ? 'plain'
            : 'open';
      setAttribute(badge, 'data-tone', tone);
      setText(row.querySelector('.why'), whyOf(call));
      setText(permitted, call.permittedAt === undefined ? 'unscreened' : time(call.permittedAt));
      setText(ended, call.endedAt === undefined ? '' : time(call.endedAt));
      const button = waited.firstElementChild;
      badge.nextElementSibling.hidden =
        call.outcome !== 'connected' || call.moments !== undefined || call.unscreened === true;
      badge.nextElementSibling.nextElementSibling.hidden = !mayRefuse(call);
      button.hidden = call.moments === undefined;
      setText(button, typeof call.waitedMs === 'number' ? duration(call.waitedMs) : 'instants');
      setAttribute(waited, 'data-tone', call.waitedMs > (call.bound?.ms ?? Infinity) ? 'bad' : null);
    },
  );
  const open = [...calls.values()].filter((call) => call.outcome === undefined).length;
  byId('calls-empty').hidden = calls.size > 0;
  setText(byId('calls-note'), open > 0 ? `${open} under way` : '');
}

/** Why a call counts as a drop, with the citation its permit carried. */
function whyOf({ outcome, bound }) {
  const basis = bound === undefined || bound === null ? '' : ` · ${bound.basis}`;
  if (outcome === 'expired') return `no result came, counted as a drop${basis}`;
  if (outcome !== 'dropped') return '';
  return `no agent${bound ? ` within ${milliseconds(bound.ms)}` : ' in time'}${basis}`;
}

/** While it is or may yet be recorded, and after the talk for as long as the server takes it. */
const mayRefuse = ({ campaign, outcome, moments, refused, unscreened }) =>
  recorded.has(campaign) &&
  !refused &&
  unscreened !== true &&
  (outcome === undefined || outcome === 'connected') &&
  (moments === undefined || moments.some(({ what }) => what === 'recording_started'));

/** Opens the course of the call as it is known when it is pressed. */
function courseButton(callId) {
  const button = el('button', {
    type: 'button',
    class: 'link',
    hidden: true,
    title: 'every instant of the call',
  });
  button.addEventListener('click', () => showCourse(calls.get(callId)));
  return button;
}

/** Counts since the last asking, for the spoken summary. */
export function createTally() {
  let vetoes = 0;
  let results = 0;
  return {
    take(entry) {
      if (entry.kind === 'decision' && !readDecision(entry).permitted) vetoes += 1;
      if (entry.kind === 'call_result') results += 1;
    },
    words() {
      const parts = [];
      if (results > 0) parts.push(plural(results, 'call') + ' ended');
      if (vetoes > 0) parts.push(plural(vetoes, 'veto', 'vetoes'));
      vetoes = 0;
      results = 0;
      return parts.join(', ');
    },
  };
}

/** Lets a supervisor into the talk; there while the talk lasts. */
function talkButton(callId) {
  const button = el('button', { type: 'button', class: 'link', hidden: true }, 'supervise');
  button.addEventListener('click', () => void openSupervise(calls.get(callId)));
  return button;
}

/** Notes that the person does not want to be recorded. */
function refusalButton(callId) {
  const button = el('button', { type: 'button', class: 'link', hidden: true }, 'do not record');
  button.addEventListener('click', () => openRefusal(calls.get(callId)));
  return button;
}

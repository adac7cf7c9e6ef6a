/**
 * Caller IDs over trunks: the level each is confirmed with, by what and since when, how many of its calls networks have blocked day by day, and
 * what its last canary showed. Asked for anew when an entry says that something has changed, and now and then, because confirmations age.
 */
import { get } from './api.js';
import { byId, el, reconcile, setAttribute, setText } from './dom.js';
import { number, plural, time, words } from './format.js';

export const CALLER_ID_KINDS = [
  'attestation_recorded',
  'attestation_alarm',
  'blocking_signal',
  'canary_result',
  'policy_reloaded',
];
/** Many entries in a moment are one question. */
const ASK_SOON_MS = 300;
const ASK_AGAIN_MS = 15_000;
const DAYS_SHOWN = 7;

let asking = 0;
let shown = [];

const cell = (label) => el('td', { role: 'cell', 'data-label': label });

function age(seconds) {
  if (seconds < 60) return 'now';
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** A level that somebody demands and that is not met is bad; one that nobody demands is only told. */
function toneOf({ minimum, answer, level }) {
  if (answer === null || minimum === 'none') return level === 'A' ? 'good' : 'plain';
  return answer === 'met' ? 'good' : 'bad';
}

function blockingOf({ days, resting_until: resting }) {
  const recent = days.slice(-DAYS_SHOWN);
  const sum = (name) => recent.reduce((total, day) => total + day[name], 0);
  const parts = [`${sum('blocked')} of ${plural(sum('calls'), 'call')} blocked`];
  if (sum('at_once') > 0) parts.push(`${sum('at_once')} failed at once`);
  if (sum('silent') > 0) parts.push(`${sum('silent')} answered in silence`);
  if (resting !== null) parts.push(`rests until ${time(resting)}`);
  return parts.join(', ');
}

const trendOf = ({ days }) =>
  days
    .slice(-DAYS_SHOWN)
    .map(({ day, blocked, calls }) => `${day} ${blocked} of ${calls}`)
    .join('; ');

function canaryOf({ canary }) {
  if (canary === null) return 'none yet';
  const level = canary.level === null ? '' : ` ${canary.level}`;
  return `${words(canary.outcome)}${level}, ${time(canary.at)}`;
}

/** One bar for each of the last days, as high as the share of its calls that was blocked; the words beside it say the same. */
function bars({ days }) {
  return days.slice(-DAYS_SHOWN).map(({ blocked, calls }) => {
    const bar = el('i');
    bar.style.height = `${calls === 0 ? 0 : Math.max(6, (100 * blocked) / calls)}%`;
    setAttribute(bar, 'data-none', blocked === 0 ? 'true' : null);
    return bar;
  });
}

export function showCallerIds() {
  reconcile(
    byId('caller-ids'),
    shown,
    (each) => `${each.caller_id} ${each.trunk ?? ''}`,
    (each) =>
      el(
        'tr',
        { role: 'row', 'data-caller-id': each.caller_id, 'data-trunk': each.trunk },
        el(
          'th',
          { role: 'rowheader', scope: 'row' },
          el('span', { class: 'number' }, number(each.caller_id)),
        ),
        el('td', { role: 'cell', 'data-label': 'Trunk' }, each.trunk ?? 'any'),
        el(
          'td',
          { role: 'cell', 'data-label': 'Level' },
          el('span', { class: 'badge' }),
          el('span', { class: 'why' }),
        ),
        cell('Source'),
        cell('Age'),
        el(
          'td',
          { role: 'cell', 'data-label': 'Blocked' },
          el('span', { class: 'trend', 'aria-hidden': true }),
          el('span', { class: 'words' }),
        ),
        cell('Canary'),
      ),
    (row, each) => {
      const [, , level, source, seen, blocked, canary] = row.children;
      const badge = level.querySelector('.badge');
      setText(badge, each.level ?? 'none');
      setAttribute(badge, 'data-tone', toneOf(each));
      const isShort = each.minimum !== null && each.minimum !== 'none' && each.answer !== 'met';
      setText(level.querySelector('.why'), isShort ? ` ${each.minimum} is demanded` : '');
      setText(source, each.source === null ? '–' : words(each.source));
      setAttribute(source, 'title', each.proof);
      setText(seen, each.age_seconds === null ? '–' : age(each.age_seconds));
      setText(blocked.querySelector('.words'), blockingOf(each));
      setAttribute(blocked, 'title', trendOf(each));
      setAttribute(blocked, 'data-tone', each.resting_until === null ? null : 'bad');
      blocked.querySelector('.trend').replaceChildren(...bars(each));
      setText(canary, canaryOf(each));
      setAttribute(canary, 'data-tone', each.canary?.alarm == null ? null : 'bad');
    },
  );
  byId('caller-ids-empty').hidden = shown.length > 0;
  const short = shown.filter((each) => toneOf(each) === 'bad').length;
  setText(byId('caller-ids-note'), short === 0 ? '' : `${short} below what is demanded`);
}

async function ask() {
  try {
    shown = (await get('/v1/caller-ids')).caller_ids;
    showCallerIds();
  } catch {
    // The connection state already says that the server cannot be reached; what is shown stays.
  }
}

/** Soon, once for everything that comes in a moment. */
export function askCallerIds() {
  if (asking !== 0) return;
  asking = setTimeout(() => {
    asking = 0;
    void ask();
  }, ASK_SOON_MS);
}

export function followCallerIds() {
  askCallerIds();
  setInterval(askCallerIds, ASK_AGAIN_MS);
}

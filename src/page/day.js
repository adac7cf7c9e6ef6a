/** What today's entries of one campaign add up to: vetoes by reason with their citation, and how long people waited for the message. */
import { el, reconcile, setAttribute, setText } from './dom.js';
import { milliseconds, plural, words } from './format.js';
import { meaningOf } from './reasons.js';

/** More would push everything else off the screen; the rest is told as a sum. */
const REASONS_MAX = 5;

export function createDay(campaign) {
  const vetoesId = `vetoes-of-${campaign.id}`;
  const waitsId = `waits-of-${campaign.id}`;
  return el(
    'div',
    { class: 'day' },
    el(
      'section',
      { class: 'by-reason', 'aria-labelledby': vetoesId },
      el('h3', { id: vetoesId }, 'Vetoes today'),
      el(
        'table',
        { 'aria-labelledby': vetoesId },
        el(
          'thead',
          { class: 'unseen' },
          el('tr', {}, el('th', { scope: 'col' }, 'Reason'), el('th', { scope: 'col' }, 'Vetoes')),
        ),
        el('tbody'),
      ),
      el('p', { class: 'note' }),
    ),
    el(
      'section',
      { class: 'waits', 'aria-labelledby': waitsId },
      el('h3', { id: waitsId }, 'Greeting end to safe-harbor message'),
      el('div', { class: 'bars', 'aria-hidden': true }),
      // A table does not shrink to the pixel that `unseen` is: what is around it does.
      el(
        'div',
        { class: 'unseen' },
        el(
          'table',
          { 'aria-labelledby': waitsId },
          el(
            'thead',
            {},
            el('tr', {}, el('th', { scope: 'col' }, 'Waited'), el('th', { scope: 'col' }, 'People')),
          ),
          el('tbody'),
        ),
      ),
      el('p', { class: 'note' }),
    ),
  );
}

/** Shows a day as the server last told it. */
export function updateDay(node, day) {
  showVetoes(node.querySelector('.by-reason'), day);
  showWaits(node.querySelector('.waits'), day.safe_harbor);
}

function showVetoes(section, { vetoes, permits, complete }) {
  const shown = vetoes.slice(0, REASONS_MAX);
  reconcile(
    section.querySelector('tbody'),
    shown,
    ({ code }) => code,
    ({ code }) =>
      el(
        'tr',
        { 'data-code': code },
        el(
          'th',
          { scope: 'row' },
          el('span', { class: 'meaning' }, meaningOf(code)),
          el('span', { class: 'basis' }),
        ),
        el('td', { class: 'count' }),
      ),
    (row, { code, count, basis }) => {
      setText(row.querySelector('.meaning'), meaningOf(code));
      setText(row.querySelector('.basis'), basis ?? words(code));
      setText(row.querySelector('.count'), String(count));
    },
  );
  const sum = (rows) => rows.reduce((total, { count }) => total + count, 0);
  const others = vetoes.slice(REASONS_MAX);
  setText(
    section.querySelector('.note'),
    [
      ...(others.length > 0 ? [`${sum(others)} for ${plural(others.length, 'other reason')}`] : []),
      `${sum(vetoes)} of ${plural(sum(vetoes) + permits, 'decision')}`,
      ...(complete ? [] : ['still counting']),
    ].join(', '),
  );
}

/** Buckets with their upper edge; the last one has none. */
const bucketsOf = ({ upto_ms: edges, counts, bound_ms: bound }) =>
  counts.map((count, at) => ({
    count,
    upto: edges[at] ?? null,
    after: edges[at - 1] ?? 0,
    late: (edges[at - 1] ?? 0) >= bound,
    isBound: edges[at] === bound,
  }));

const spanOf = ({ upto, after }) =>
  upto === null ? `over ${milliseconds(after)}` : `${after} to ${milliseconds(upto)}`;

function showWaits(section, waits) {
  const buckets = bucketsOf(waits);
  const most = Math.max(1, ...waits.counts);
  reconcile(
    section.querySelector('.bars'),
    buckets,
    ({ after }) => after,
    ({ late, isBound, upto }) =>
      el(
        'div',
        { class: 'bar-of', 'data-late': late, 'data-bound': isBound },
        el('b'),
        el('i'),
        el('span', {}, upto === null ? 'more' : String(upto)),
      ),
    (bar, { count }) => {
      setText(bar.querySelector('b'), count === 0 ? '' : String(count));
      bar.querySelector('i').style.height = count === 0 ? '0' : `${Math.max(4, (100 * count) / most) / 2}%`;
    },
  );
  reconcile(
    section.querySelector('tbody'),
    buckets,
    ({ after }) => after,
    (bucket) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, `${spanOf(bucket)}${bucket.late ? ', over the bound' : ''}`),
        el('td', { class: 'count' }),
      ),
    (row, { count }) => setText(row.querySelector('.count'), String(count)),
  );
  const note = section.querySelector('.note');
  setText(note, summaryOf(waits));
  setAttribute(note, 'data-tone', waits.over_bound > 0 ? 'bad' : null);
}

function summaryOf({ heard, over_bound: late, bound_ms: bound, longest_ms: longest }) {
  if (heard === 0) return `nobody has heard it today; bound ${milliseconds(bound)}`;
  const within = late === 0 ? `none over ${milliseconds(bound)}` : `${late} over ${milliseconds(bound)}`;
  return `${plural(heard, 'person', 'people')}, ${within}, longest ${milliseconds(longest)}`;
}

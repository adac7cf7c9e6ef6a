/** The course of one call: every instant from dial to result with its source, in a dialog. */
import { byId, el, setText } from './dom.js';
import { number, words } from './format.js';

const dialog = () => byId('course');

/** To be called once. */
export function installCourse() {
  byId('course-close').addEventListener('click', () => dialog().close());
}

/** `moments` as `readMoments` answers them. */
export function showCourse({ number: called, outcome, endedAt, moments }) {
  setText(byId('course-title'), `Call to ${number(called)}`);
  const result = outcome === undefined ? [] : [{ what: `result: ${outcome}`, at: endedAt, source: 'ledger' }];
  const all = [...moments, ...result];
  const first = Date.parse(all[0]?.at);
  byId('course-moments').replaceChildren(
    ...all.map(({ what, at, source }) =>
      el(
        'tr',
        {},
        el('td', { class: 'count' }, `+${Date.parse(at) - first}`),
        el('td', {}, words(what)),
        el('td', {}, words(source)),
      ),
    ),
  );
  dialog().showModal();
}

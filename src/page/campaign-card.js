/** One campaign: drop rates against the ceiling, what room is left, the dial level and why, agents, and the pause lever. */
import { createChart } from './chart.js';
import { createDay, updateDay } from './day.js';
import { el, setAttribute, setText } from './dom.js';
import { level, outOf, percent, plainPercent, plural } from './format.js';

const WINDOWS = [
  ['today', 'Today'],
  ['block', '30-day block'],
  ['rolling', 'Last 30 days'],
];
const AGENT_STATES = ['ready', 'promised', 'busy', 'paused'];
/** How an alert band looks, and what is said of it: colour is never the only sign. */
const BANDS = {
  calm: { tone: 'calm', says: '' },
  caution: { tone: 'caution', says: 'caution' },
  warning: { tone: 'near', says: 'warning' },
  above: { tone: 'bad', says: 'above the ceiling' },
};
const RANK = Object.keys(BANDS);

/** The worse of the two windows that the budget holds. */
export const bandOf = ({ drop_rate: { today, block } }) =>
  RANK[Math.max(RANK.indexOf(today.band), RANK.indexOf(block.band))];

const figure = (key, label) =>
  el(
    'div',
    { class: 'figure', 'data-figure': key },
    el('dt', {}, label),
    el('dd', {}, el('span', { class: 'value' }), el('span', { class: 'note' })),
  );

export function createCard(campaign, onLever) {
  const titleId = `campaign-${campaign.id}`;
  const budgetId = `budget-${campaign.id}`;
  const chart = el('div', { class: 'chart', 'aria-hidden': true });
  const button = el('button', { type: 'button', class: 'lever' });
  const card = el(
    'article',
    { class: 'card', 'data-campaign': campaign.id, 'aria-labelledby': titleId },
    el(
      'header',
      {},
      el(
        'div',
        { class: 'title' },
        el('h2', { id: titleId }, campaign.seller.name),
        el(
          'p',
          {},
          el('span', {}, campaign.offer),
          el('code', {}, campaign.id),
          el('span', {}, campaign.mode),
        ),
      ),
      el('p', { class: 'badge state' }),
      button,
    ),
    el('p', { class: 'notice', hidden: true }),
    el(
      'div',
      { class: 'body' },
      el(
        'div',
        { class: 'figures' },
        el('dl', { class: 'rates' }, ...WINDOWS.map(([key, label]) => figure(key, label))),
        el(
          'div',
          { class: 'budget' },
          el(
            'p',
            { id: budgetId },
            el('span', { class: 'label' }, 'Drop budget'),
            el('span', { class: 'left' }),
          ),
          el(
            'div',
            {
              class: 'meter',
              role: 'meter',
              'aria-labelledby': budgetId,
              'aria-valuemin': 0,
              'aria-valuemax': 100,
            },
            el('span', { class: 'fill' }),
            el('i', { class: 'mark-of caution' }),
            el('i', { class: 'mark-of warning' }),
          ),
          el('p', { class: 'bands' }),
        ),
        el(
          'dl',
          { class: 'pace' },
          figure('level', 'Dial level'),
          figure('lines', 'Lines now'),
          figure('in-flight', 'In flight'),
          figure('answers', 'Live answers'),
        ),
        el('p', { class: 'because' }),
        el(
          'div',
          { class: 'agents' },
          el(
            'div',
            { class: 'shares', 'aria-hidden': true },
            ...AGENT_STATES.map((state) => el('i', { class: state })),
          ),
          el(
            'ul',
            { 'aria-label': 'Agents' },
            ...AGENT_STATES.map((state) =>
              el('li', { class: state, 'data-agents': state }, el('b', {}, '0'), ` ${state}`),
            ),
          ),
        ),
      ),
      el(
        'figure',
        { class: 'trend' },
        el(
          'figcaption',
          {},
          'Drop rate since this page was opened',
          el('span', { class: 'key today' }, 'today'),
          el('span', { class: 'key block' }, 'block'),
          el('span', { class: 'key alert' }, 'bands'),
          el('span', { class: 'key ceiling' }, 'ceiling'),
        ),
        chart,
      ),
    ),
    createDay(campaign),
  );
  const view = { card, chart: createChart(chart, campaign.drop_rate), campaign };
  button.addEventListener('click', () => onLever(view.campaign));
  return view;
}

const part = (card, selector) => card.querySelector(selector);

function showFigure(card, key, value, note) {
  const node = part(card, `[data-figure="${key}"]`);
  setText(part(node, '.value'), value);
  setText(part(node, '.note'), note);
  return node;
}

/** Shows a campaign's figures as the server last told them. */
export function updateCard(view, { campaign, day }, nowSeconds) {
  const { card } = view;
  const { drop_rate: rate, dial_level: dial, agents } = campaign;
  view.campaign = campaign;
  setAttribute(card, 'data-paused', campaign.paused ? 'true' : null);
  setText(part(card, '.state'), campaign.paused ? 'Paused' : 'Dialing');
  setText(part(card, '.lever'), campaign.paused ? 'Resume …' : 'Pause …');
  setAttribute(
    part(card, '.lever'),
    'aria-label',
    `${campaign.paused ? 'Resume' : 'Pause'} ${campaign.seller.name}`,
  );

  for (const [key] of WINDOWS) {
    const tally = rate[key];
    const { tone, says } = BANDS[tally.band];
    const node = showFigure(
      card,
      key,
      percent(tally.percent),
      [outOf(tally), says].filter(Boolean).join(', '),
    );
    setAttribute(node, 'data-tone', tone);
  }
  showBudget(card, campaign);
  showFigure(card, 'level', level(dial.level), `of at most ${level(dial.level_max)}`);
  showFigure(card, 'lines', String(dial.lines_now), 'may be opened');
  showFigure(card, 'in-flight', String(campaign.in_flight), campaign.in_flight === 1 ? 'call' : 'calls');
  showFigure(card, 'answers', String(rate.today.live_answers), 'today');
  setText(part(card, '.because'), dial.because);
  showAgents(card, agents);
  showNotice(card, campaign);
  updateDay(part(card, '.day'), day);
  view.chart.add(nowSeconds, rate.today.percent, rate.block.percent);
}

/** Time passes without news: the newest figures still stand. */
export function moveChart({ chart, campaign: { drop_rate: rate } }, nowSeconds) {
  chart.add(nowSeconds, rate.today.percent, rate.block.percent);
}

/** How much of the ceiling the worse of today and the block has used, and where the alert bands begin. */
function showBudget(card, campaign) {
  const { drop_rate: rate } = campaign;
  const used = Math.max(rate.today.percent ?? 0, rate.block.percent ?? 0) / rate.ceiling_percent;
  const shown = Math.min(100, Math.round(used * 100));
  const room = rate.budget_left === 0 ? 'no further drop' : plural(rate.budget_left, 'more drop');
  const { tone, says } = BANDS[bandOf(campaign)];
  setText(part(card, '.budget .label'), `Drop budget, ceiling ${plainPercent(rate.ceiling_percent)}`);
  setText(part(card, '.budget .left'), `room for ${room}`);
  const meter = part(card, '.meter');
  setAttribute(meter, 'aria-valuenow', shown);
  setAttribute(
    meter,
    'aria-valuetext',
    [`${shown} percent of the ceiling used, room for ${room}`, says].filter(Boolean).join(', '),
  );
  setAttribute(meter, 'data-tone', rate.budget_left === 0 ? 'bad' : tone);
  part(meter, '.fill').style.width = `${shown}%`;
  part(meter, '.fill').hidden = shown === 0;
  part(meter, '.caution').style.left = `${(100 * rate.caution_percent) / rate.ceiling_percent}%`;
  part(meter, '.warning').style.left = `${(100 * rate.warning_percent) / rate.ceiling_percent}%`;
  setText(
    part(card, '.bands'),
    `caution from ${plainPercent(rate.caution_percent)}, warning from ${plainPercent(rate.warning_percent)}`,
  );
}

function showAgents(card, agents) {
  for (const state of AGENT_STATES) {
    setText(part(card, `[data-agents="${state}"] b`), String(agents[state]));
    const share = part(card, `.shares .${state}`);
    share.style.flexGrow = String(agents[state]);
    setAttribute(share, 'data-some', agents[state] > 0 ? '' : null);
  }
}

function showNotice(card, campaign) {
  const notices = [];
  if (campaign.prompt_problem !== null) notices.push(`Safe-harbor message: ${campaign.prompt_problem}`);
  if (!campaign.drop_rate.rebuilt)
    notices.push('Counters are being rebuilt from the ledger; dialing is progressive.');
  const notice = part(card, '.notice');
  notice.hidden = notices.length === 0;
  setText(notice, notices.join(' '));
}

/**
 * The supervisors' page. It first reads the newest entries and the figures, then follows the feed from the newest entry it
 * has: nothing is missed in between and nothing shown twice. Figures come from the server, with the feed as they change; the
 * page adds nothing up itself but the vetoes among the newest decisions.
 */
import { announce, mention } from './announce.js';
import { get } from './api.js';
import { bandOf, createCard, moveChart, updateCard } from './campaign-card.js';
import { askCallerIds, CALLER_ID_KINDS, followCallerIds } from './caller-ids.js';
import { installCourse } from './course.js';
import { createLever, installDoor } from './dialogs.js';
import { byId, el, reconcile, setAttribute, setText } from './dom.js';
import { followFeed } from './feed.js';
import { allCampaigns, allFigures, fetchFigures, policy, takeCampaign, takeFigures } from './figures.js';
import { outOf, percent, time } from './format.js';
import { NEWS_KINDS, showNews, takeNews } from './news.js';
import { installOptOut } from './opt-out.js';
import { setReasons } from './reasons.js';
import { installRefusal } from './refuse-recording.js';
import { installSupervise } from './supervise.js';
import { createTally, setRecorded, showTables, takeEntry } from './tables.js';

const CALL_KINDS = ['decision', 'call_progress', 'call_result', 'unscreened_result'];
const KINDS = [...new Set([...CALL_KINDS, 'dial_level_changed', ...NEWS_KINDS, ...CALLER_ID_KINDS])];
const HISTORY = 500;
/** Asked for apart: hundreds of decisions would leave no room for them. */
const NEWS_HISTORY = 15;
/** Many events in a moment are one repaint. */
const REPAINT_MS = 100;
/** The charts go on without events. */
const CHART_MS = 2_000;
/** Figures could not be asked for. */
const AGAIN_MS = 2_000;
const READINESS_MS = 5_000;
const SUMMARY_MS = 15_000;

const cards = new Map();
const tally = createTally();
let newestId = 0;

const openLever = createLever((campaign) => {
  takeCampaign(campaign);
  showCampaigns();
  announce(`${campaign.seller.name} is ${campaign.paused ? 'paused' : 'dialing'}`);
});

/** The policy is named by the head of its hash, as `rules diff` takes it; all of it on hover. */
function showPolicy() {
  const shown = byId('policy');
  setText(shown, `policy ${policy().slice(0, 12)}`);
  setAttribute(shown, 'title', policy());
}

/** Of the campaigns of now, each once. */
const sellers = () => [...new Map(allCampaigns().map(({ seller }) => [seller.id, seller])).values()];

function showCampaigns() {
  const parent = byId('campaigns');
  const campaigns = allCampaigns();
  setRecorded(campaigns);
  if (campaigns.length === 0) {
    cards.clear();
    parent.replaceChildren(el('p', { class: 'empty' }, 'No campaign is configured.'));
    return;
  }
  if (cards.size === 0) parent.replaceChildren();
  reconcile(
    parent,
    campaigns,
    (campaign) => campaign.id,
    (campaign) => {
      const view = createCard(campaign, openLever);
      cards.set(campaign.id, view);
      return view.card;
    },
  );
  for (const each of allFigures()) updateCard(cards.get(each.campaign.id), each, Date.now() / 1000);
  setAttribute(parent, 'aria-busy', null);
}

/** At most one repaint in a while, of everything that has changed. */
let repainting = 0;
function repaintSoon() {
  if (repainting !== 0) return;
  repainting = setTimeout(() => {
    repainting = 0;
    showTables();
    showNews();
    showCampaigns();
  }, REPAINT_MS);
}

/** All campaigns anew: after a connection was lost, and when the policy has changed. */
async function refresh() {
  try {
    await fetchFigures();
    showPolicy();
    repaintSoon();
  } catch {
    // The connection state already says that the server cannot be reached.
    setTimeout(refresh, AGAIN_MS);
  }
}

/** A band that gets worse or better is said in words. */
function takeNewFigures(each) {
  const was = cards.get(each.campaign.id)?.campaign;
  if (!takeFigures(each)) return;
  if (was === undefined) void refresh();
  else if (bandOf(was) !== bandOf(each.campaign)) {
    const {
      seller,
      drop_rate: { today },
    } = each.campaign;
    mention(
      each.campaign.id,
      `${seller.name}: ${bandOf(each.campaign)}, drop rate today ${percent(today.percent)}, ${outOf(today)}`,
    );
  }
  repaintSoon();
}

const STATES = { connecting: 'Connecting', live: 'Live', reconnecting: 'Reconnecting' };
let connection = 'connecting';

function showConnection(state) {
  if (connection === state) return;
  const lost = connection === 'live' && state === 'reconnecting';
  const back = connection === 'reconnecting' && state === 'live';
  connection = state;
  setAttribute(byId('connection'), 'data-state', state);
  setText(byId('connection-text'), STATES[state]);
  // What is shown may be old by now: it stays readable, and says so.
  setAttribute(byId('campaigns'), 'data-stale', state === 'live' ? null : 'true');
  if (lost) announce('Connection lost, reconnecting');
  if (back) announce('Connected again');
  if (state === 'live') {
    void refresh();
    void showReadiness();
  }
}

let lastEventAt = null;
const showLastEvent = () =>
  setText(byId('last-event'), lastEventAt === null ? 'no event yet' : `last event ${time(lastEventAt)}`);

async function showReadiness() {
  const banner = byId('problems');
  let problems;
  try {
    problems = (await get('/readyz')).problems;
  } catch {
    problems = ['the sidecar cannot be reached'];
  }
  banner.hidden = problems.length === 0;
  reconcile(
    byId('problem-list'),
    problems,
    (problem) => problem,
    (problem) => el('li', {}, problem),
  );
}

/** A short spoken summary, only when something has happened. */
function summarize() {
  const news = tally.words();
  if (news === '') return;
  const rates = allCampaigns()
    .slice(0, 3)
    .map(
      ({ seller, drop_rate: { today } }) => `${seller.name} today ${percent(today.percent)}, ${outOf(today)}`,
    );
  mention('summary', `${news}. Drop rate: ${rates.join('; ')}.`);
}

function take(entry) {
  newestId = Math.max(newestId, entry.id);
  lastEventAt = entry.at;
  takeEntry(entry);
  takeNews(entry);
}

async function start() {
  const newest = (limit, kinds) => get(`/v1/entries?order=desc&limit=${limit}&kinds=${kinds.join(',')}`);
  const [{ reasons }, calls, news] = await Promise.all([
    get('/v1/reasons'),
    newest(HISTORY, CALL_KINDS),
    newest(NEWS_HISTORY, NEWS_KINDS),
    fetchFigures(),
  ]);
  setReasons(reasons);
  for (const entry of [...calls.entries, ...news.entries].sort((a, b) => a.id - b.id)) take(entry);
  showPolicy();
  showCampaigns();
  showTables();
  showNews();
  showLastEvent();
  followFeed({
    after: newestId,
    kinds: KINDS,
    onState: showConnection,
    onEntry: (entry) => {
      take(entry);
      tally.take(entry);
      showLastEvent();
      if (entry.kind === 'policy_reloaded') void refresh();
      if (CALLER_ID_KINDS.includes(entry.kind)) askCallerIds();
      repaintSoon();
    },
    onFigures: takeNewFigures,
  });
  setInterval(() => {
    for (const view of cards.values()) moveChart(view, Date.now() / 1000);
  }, CHART_MS);
  followCallerIds();
  setInterval(showReadiness, READINESS_MS);
  setInterval(summarize, SUMMARY_MS);
}

installDoor();
installCourse();
installRefusal(announce);
installSupervise(announce);
installOptOut(sellers, announce);
const begin = () =>
  start().catch(() => {
    showConnection('reconnecting');
    if (!byId('door').open) setTimeout(begin, 2_000);
  });
void begin();

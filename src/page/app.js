/**
 * The supervisors' page. It first reads the newest entries and the campaigns, then follows the feed from the newest entry it
 * has: nothing is missed in between and nothing shown twice. Figures come from the server; the page adds nothing up itself
 * but the vetoes it shows.
 */
import { get } from './api.js';
import { createCard, updateCard } from './campaign-card.js';
import { installCourse } from './course.js';
import { createLever, installDoor } from './dialogs.js';
import { byId, el, reconcile, setAttribute, setText } from './dom.js';
import { followFeed } from './feed.js';
import { outOf, percent, time } from './format.js';
import { NEWS_KINDS, showNews, takeNews } from './news.js';
import { installOptOut } from './opt-out.js';
import { installRefusal } from './refuse-recording.js';
import { installSupervise } from './supervise.js';
import { createTally, setReasons, setRecorded, showTables, takeEntry } from './tables.js';

const CALL_KINDS = ['decision', 'call_progress', 'call_result', 'unscreened_result'];
const KINDS = [...CALL_KINDS, 'dial_level_changed', ...NEWS_KINDS];
const HISTORY = 500;
/** Asked for apart: hundreds of decisions would leave no room for them. */
const NEWS_HISTORY = 15;
/** Many events in a moment make one question to the server and one repaint. */
const DEBOUNCE_MS = 200;
/** Without events the figures are still asked for: agents come and go without an entry. */
const IDLE_REFRESH_MS = 2_000;
const READINESS_MS = 5_000;
const SUMMARY_MS = 15_000;

const cards = new Map();
const tally = createTally();
let campaigns = [];
let newestId = 0;

const announce = (text) => setText(byId('announcement'), text);

const openLever = createLever((campaign) => {
  campaigns = campaigns.map((one) => (one.id === campaign.id ? campaign : one));
  showCampaigns();
  announce(`${campaign.seller.name} is ${campaign.paused ? 'paused' : 'dialing'}`);
});

/** The policy is named by the head of its hash, as `rules diff` takes it; all of it on hover. */
function takeCampaigns(answer) {
  campaigns = answer.campaigns;
  setRecorded(campaigns);
  const shown = byId('policy');
  setText(shown, `policy ${answer.policy_hash.slice(0, 12)}`);
  setAttribute(shown, 'title', answer.policy_hash);
}

/** Of the campaigns of now, each once. */
const sellers = () => [...new Map(campaigns.map(({ seller }) => [seller.id, seller])).values()];

function showCampaigns() {
  const parent = byId('campaigns');
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
  for (const campaign of campaigns) updateCard(cards.get(campaign.id), campaign, Date.now() / 1000);
  setAttribute(parent, 'aria-busy', null);
}

/** One question at a time; a wish that comes meanwhile is served afterwards. */
function createRefresher() {
  let timer = 0;
  let asking = false;
  let again = false;
  const run = async () => {
    timer = 0;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    showTables();
    showNews();
    try {
      takeCampaigns(await get('/v1/campaigns'));
      showCampaigns();
    } catch {
      // The connection state already says that the server cannot be reached; the next event or tick asks again.
    }
    asking = false;
    if (again) {
      again = false;
      soon();
    }
  };
  const soon = () => {
    if (timer === 0) timer = setTimeout(run, DEBOUNCE_MS);
  };
  return soon;
}
const refreshSoon = createRefresher();

const STATES = { connecting: 'Connecting', live: 'Live', reconnecting: 'Reconnecting' };
let connection = 'connecting';

function showConnection(state) {
  if (connection === state) return;
  const lost = connection === 'live' && state === 'reconnecting';
  const back = connection === 'reconnecting' && state === 'live';
  connection = state;
  setAttribute(byId('connection'), 'data-state', state);
  setText(byId('connection-text'), STATES[state]);
  if (lost) announce('Connection lost, reconnecting');
  if (back) announce('Connected again');
  if (state === 'live') {
    refreshSoon();
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
  const rates = campaigns
    .slice(0, 3)
    .map(
      ({ seller, drop_rate: { today } }) => `${seller.name} today ${percent(today.percent)}, ${outOf(today)}`,
    );
  announce(`${news}. Drop rate: ${rates.join('; ')}.`);
}

function take(entry) {
  newestId = Math.max(newestId, entry.id);
  lastEventAt = entry.at;
  takeEntry(entry);
  takeNews(entry);
}

async function start() {
  const newest = (limit, kinds) => get(`/v1/entries?order=desc&limit=${limit}&kinds=${kinds.join(',')}`);
  const [{ reasons }, calls, news, first] = await Promise.all([
    get('/v1/reasons'),
    newest(HISTORY, CALL_KINDS),
    newest(NEWS_HISTORY, NEWS_KINDS),
    get('/v1/campaigns'),
  ]);
  setReasons(reasons);
  for (const entry of [...calls.entries, ...news.entries].sort((a, b) => a.id - b.id)) take(entry);
  takeCampaigns(first);
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
      refreshSoon();
    },
  });
  setInterval(refreshSoon, IDLE_REFRESH_MS);
  setInterval(showReadiness, READINESS_MS);
  setInterval(summarize, SUMMARY_MS);
}

installDoor();
installCourse();
installRefusal(announce);
installSupervise(announce);
installOptOut(sellers, (text) => {
  announce(text);
  refreshSoon();
});
const begin = () =>
  start().catch(() => {
    showConnection('reconnecting');
    if (!byId('door').open) setTimeout(begin, 2_000);
  });
void begin();

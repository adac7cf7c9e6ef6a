/**
 * What happened besides decisions and calls, newest first, each in one plain sentence with a mark: what people asked for, what
 * supervisors and operators did, what is in force. Text of entries goes in as text; nothing of it is ever markup.
 */
import { byId, el, reconcile, setText } from './dom.js';
import { number, plural, time, words } from './format.js';

const ROWS_MAX = 15;
const QUOTE_MAX = 160;

const news = []; // newest first

const text = (value) => (typeof value === 'string' ? value : '');
const list = (value) => (Array.isArray(value) ? value : []);
const short = (value) => (value.length > QUOTE_MAX ? `${value.slice(0, QUOTE_MAX)} …` : value);
const quoted = (value) => `“${short(text(value))}”`;
const person = (body) => number(text(body.number));
const policy = (hash) => `policy ${text(hash).slice(0, 12)}`;
const ids = (what, value) => (list(value).length === 0 ? [] : [`${what} ${list(value).join(', ')}`]);

/** `key_press` by key press, `webhook crm` by a signed event of crm, what somebody typed as it stands. */
function how(channel) {
  const [first, ...source] = text(channel).split(' ');
  if (first === 'webhook' && source.length > 0) return `signed event of ${source.join(' ')}`;
  return words(text(channel));
}

function said(body) {
  const parts = [
    how(body.channel) + (text(body.word) === '' ? '' : ` ${quoted(body.text)}`),
    text(body.note) === '' ? '' : `note ${quoted(body.note)}`,
    list(body.adjusted).length === 0 ? '' : `${plural(list(body.adjusted).length, 'field')} adjusted`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const SUPERVISION = { listen: 'listens to', whisper: 'whispers into', barge: 'joins' };

const SEED_ANSWERS = {
  permitted: 'and would have been called',
  missed: 'and its list does not hold it',
  untested: 'and was screened for no campaign',
};

/** By kind: mark, tone of the mark, and the sentence; null for an entry that is no news. */
const KINDS = {
  opt_out: (body) => [
    'Opt-out',
    'wish',
    `${person(body)} does not want to be called by ${text(body.sellerId)} (${said(body)})`,
  ],
  consent_revoked: (body) => [
    'Revoked',
    'wish',
    `${person(body)} has taken consent back from ${text(body.sellerId)} (${said(body)})`,
  ],
  unclear_request: (body) => [
    'Text to read',
    'near',
    `${person(body)} wrote to ${text(body.sellerId)}: ${quoted(body.text)}. The number is not called until somebody has settled it`,
  ],
  unclear_request_settled: (body) => [
    'Text read',
    body.as === 'opt_out' ? 'wish' : 'plain',
    `${text(body.who)} took the text of ${person(body)} for ${
      body.as === 'opt_out' ? 'a request not to be called' : 'no request'
    }: ${short(text(body.why))}`,
  ],
  text_unmatched: (body) => [
    'Text to nobody',
    'bad',
    `${person(body)} wrote to ${text(body.seller) || number(text(body.to))}, which is no seller's: ${quoted(body.text)}. It binds nobody yet`,
  ],
  request_unmatched: (body) => [
    'Request of nobody',
    'bad',
    `An agent noted that ${person(body) || 'somebody'} wants no more calls of ${text(body.campaignId)}, which cannot be understood: ${short(text(body.problem))}. It binds nobody yet`,
  ],
  fallback_unmatched: (body) => [
    'Record of no call',
    'bad',
    `${body.what === 'opt_out' ? 'Somebody opted out' : 'Somebody was dropped'} in call ${text(body.callId)}, which the ledger does not know. It binds nobody yet`,
  ],
  emergency_declared: (body) => [
    'Emergency',
    'bad',
    `No calls to ${text(body.state)} from ${text(body.from)}${
      text(body.until) === '' ? ' on' : ` to ${text(body.until)}`
    }: ${short(text(body.source))} (${text(body.who)})`,
  ],
  emergency_ended: (body) => [
    'Emergency over',
    'plain',
    `The emergency in ${text(body.state)} ends with ${text(body.until)}: ${short(text(body.source))} (${text(body.who)})`,
  ],
  override: (body) => [
    ...(Date.parse(body.until) > Date.parse(body.recordedAt)
      ? ['Override', 'near', `${text(body.who)} lets ${text(body.sellerId)} be looser in ${text(body.state)}`]
      : [
          'Override over',
          'plain',
          `${text(body.who)} ends for ${text(body.sellerId)} in ${text(body.state)}`,
        ]),
    `: ${words(text(body.what))}, until ${text(body.until).slice(0, 16).replace('T', ' ')} UTC. ${short(text(body.why))}`,
  ],
  policy_reloaded: (body) => {
    const changes = [
      ...ids('added', body.added),
      ...ids('changed', body.changed),
      ...ids('taken out', body.removed),
    ];
    const what = changes.length === 0 ? '' : `: ${changes.join('; ')}`;
    return ['Reloaded', 'good', `${policy(body.to)} is in force, by ${text(body.by)}${what}`];
  },
  reload_refused: (body) => {
    const [first, ...others] = list(body.problems);
    const more = others.length === 0 ? '' : ` and ${plural(others.length, 'more problem')}`;
    return [
      'Refused',
      'bad',
      `The reload by ${text(body.by)} changed nothing, ${policy(body.policyHash)} stays: ${short(text(first))}${more}`,
    ];
  },
  campaign_paused: (body) => [
    'Paused',
    'near',
    `${text(body.who)} paused ${text(body.campaignId)}: ${text(body.why)}`,
  ],
  campaign_resumed: (body) => [
    'Resumed',
    'good',
    `${text(body.who)} resumed ${text(body.campaignId)}: ${text(body.why)}`,
  ],
  agent_lost: (body) => ['Agent lost', 'near', `Agent ${text(body.agentId)} is gone without a word`],
  recording_refused: (body) => [
    'Not recorded',
    'wish',
    `${person(body)} does not want to be recorded (${text(body.who)})`,
  ],
  supervision_started: (body) => [
    'Supervisor',
    'plain',
    `${text(body.supervisorId)} ${SUPERVISION[body.mode] ?? 'is at'} the talk of agent ${text(body.agentId)} with ${person(body)} (${text(body.who)})`,
  ],
  supervision_ended: (body) => [
    'Supervisor out',
    'plain',
    `${text(body.supervisorId)} has left the talk with ${person(body)}: ${words(text(body.because))}`,
  ],
  attestation_alarm: (body) => [
    'Attestation',
    'bad',
    `${number(text(body.callerId))} over ${text(body.trunk)}: ${text(body.level)}${
      text(body.before) === '' ? '' : ` after ${text(body.before)}`
    }, ${short(text(body.problem))}`,
  ],
  blocking_signal: (body) => [
    'Blocked',
    'near',
    `${number(text(body.callerId))} over ${text(body.trunk) || 'any trunk'}: ${words(text(body.signal))}${
      typeof body.sipStatus === 'number' ? ` (${body.sipStatus})` : ''
    }${text(body.header) === '' ? '' : `, ${quoted(body.header)}`}`,
  ],
  // One that its list held is no news.
  self_test: (body) =>
    body.answer === 'held'
      ? null
      : ['Self-test', 'bad', `${person(body)} is known to be listed ${SEED_ANSWERS[body.answer] ?? ''}`],
  incident_opened: (body) => ['Incident', 'near', `${text(body.who)} found: ${short(text(body.finding))}`],
  incident_closed: (body) => [
    'Incident over',
    'good',
    `${text(body.who)} closed ${text(body.incidentId)}: ${short(text(body.correction))}`,
  ],
  list_loaded: (body) => [
    'List',
    'plain',
    `Do-not-call list ${text(body.name)}, version ${text(body.version)} of ${text(body.obtainedOn)}, is in force`,
  ],
};

export const NEWS_KINDS = Object.keys(KINDS);

export function takeNews({ id, at, kind, body }) {
  if (!Object.hasOwn(KINDS, kind)) return;
  const told = KINDS[kind](body);
  if (told === null) return;
  const [mark, tone, ...sentence] = told;
  news.unshift({ id, at, kind, mark, tone, sentence: sentence.join('') });
  if (news.length > ROWS_MAX) news.pop();
}

export function showNews() {
  reconcile(
    byId('news'),
    news,
    (one) => one.id,
    ({ id, at, kind, mark, tone, sentence }) =>
      el(
        'li',
        { 'data-id': id, 'data-kind': kind, 'data-tone': tone },
        el('time', { datetime: at }, time(at)),
        el('span', { class: 'badge', 'data-tone': tone }, mark),
        el('span', { class: 'sentence' }, sentence),
      ),
  );
  byId('news-empty').hidden = news.length > 0;
  setText(byId('news-note'), news.length >= ROWS_MAX ? `newest ${ROWS_MAX}` : '');
}

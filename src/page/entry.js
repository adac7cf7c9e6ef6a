/** Reads ledger entries for people. Names in bodies are the ledger's own; what an entry does not say is null. */

const text = (value) => (typeof value === 'string' ? value : null);

/** Verdict and reasons stand in the body itself, or under `decision`. */
export function readDecision({ id, at, body }) {
  const inner = body.decision ?? body;
  return {
    id,
    at,
    callId: text(body.callId),
    campaign: text(body.campaignId),
    number: text(body.number) ?? text(body.request?.numberText),
    permitted: (inner.verdict ?? inner.kind) === 'permit',
    reasons: Array.isArray(inner.reasons) ? inner.reasons : [],
    bound: boundIn(inner.obligations),
  };
}

/** The law's two seconds as the permit demands them, with their citation; null where the entry does not say. */
const boundIn = (obligations) =>
  (Array.isArray(obligations) ? obligations : []).find(({ kind }) => kind === 'connect_within_ms') ?? null;

/**
 * From the start of the law's two seconds (the end of the greeting, or the answer where that end is not known) to the agent, or
 * to the message when no agent came. Null when the call never got so far.
 */
export function readWait({ body }) {
  const {
    clock_started: from = body.timeline?.greeting_end,
    connected,
    message_started: started,
    message_requested: asked,
  } = body.timeline ?? {};
  const ms = Date.parse(connected ?? started ?? asked) - Date.parse(from);
  return ms >= 0 ? ms : null;
}

export const readResult = ({ at, body }) => ({
  outcome: text(body.outcome) ?? 'unknown',
  endedAt: text(body.endedAt) ?? at,
  number: text(body.number),
  campaign: text(body.campaignId),
});

/** Person or machine, and what decided; nothing where nobody looked. */
const readVerdict = (machine) =>
  text(machine?.at) === null
    ? []
    : [{ what: `verdict_${machine.verdict}`, at: machine.at, source: `${machine.by}, ${machine.rule}` }];

/** Every instant of the call with its source, in order of time; what started the law's clock is said in words. */
export function readMoments({ body }) {
  const { timeline = {}, sources = {}, clock, machine } = body;
  return Object.entries(timeline)
    .map(([what, at]) => ({ what, at, source: text(sources[what]) ?? '' }))
    .concat(readVerdict(machine))
    .map((moment) =>
      moment.what === 'clock_started' && clock
        ? { ...moment, source: [clock.source, clock.heardBy].filter(Boolean).join(', heard by ') }
        : moment,
    )
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

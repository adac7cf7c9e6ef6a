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
  };
}

/**
 * From the end of the greeting to the agent, or to the message when no agent came: the law's two seconds. Null when the call
 * never got so far.
 */
export function readWait({ body }) {
  const {
    greeting_end: from,
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

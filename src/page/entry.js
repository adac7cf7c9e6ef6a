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
    number: text(body.number) ?? text(body.numberText),
    permitted: (inner.verdict ?? inner.kind) === 'permit',
    reasons: Array.isArray(inner.reasons) ? inner.reasons : [],
  };
}

/** What a step of a call is called, whichever word its entry uses. */
export const readProgress = ({ body }) =>
  text(body.event) ?? text(body.state) ?? text(body.step) ?? text(body.what) ?? 'in progress';

export const readResult = ({ at, body }) => ({
  outcome: text(body.outcome) ?? 'unknown',
  endedAt: text(body.endedAt) ?? at,
  number: text(body.number),
  campaign: text(body.campaignId),
});

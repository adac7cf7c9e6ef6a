/** What stands behind a decision, for people: the places with their clocks, every rule with its answer, and what time would change. */
import type { ExplainedJson } from './shapes.ts';
import { plain, table } from './text.ts';

type Explanation = NonNullable<ExplainedJson['explanation']>;

export function explanationText(explanation: Explanation, decidedAt: string): string {
  const places = explanation.places.map(({ state, zone, because, local, weekday, windows }) => [
    '',
    state,
    zone,
    because,
    `${weekday} ${local}`,
    [...new Set(windows.map(({ window }) => window))].join(' and '),
  ]);
  const rules = explanation.rules.map(({ rule, basis, answer, reasons, fault }) => [
    '',
    rule,
    answer,
    [...new Set(reasons.map(({ code }) => code))].join(', ') || (fault ?? ''),
    basis,
  ]);
  return [
    places.length === 0
      ? '  no place is known for this number'
      : table(['', 'PLACE', 'ZONE', 'BECAUSE', 'LOCAL TIME', 'WINDOW'], places),
    table(['', 'RULE', 'ANSWER', 'REASONS', 'BASIS'], rules),
    `  ${nextText(explanation.next_lawful, decidedAt)}`,
  ].join('\n');
}

function nextText(next: Explanation['next_lawful'], decidedAt: string): string {
  if (next === null) return 'calling hours: no lawful start within three weeks';
  const when = next.at === decidedAt ? 'lawful now' : `next lawful start ${plain(next.at)}`;
  return next.verdict === 'permit'
    ? `calling hours: ${when}`
    : `calling hours: ${when}; still against it: ${next.codes.map(plain).join(', ')}`;
}

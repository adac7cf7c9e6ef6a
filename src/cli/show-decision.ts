/** A decision for people: the verdict first, then every reason with the paragraph it stands on, or what the permit demands. */
import type { DecisionJson } from './shapes.ts';
import { pairs, plain, table } from './text.ts';

/** `placesBelow`: a table with more about each place follows, so none is named here. */
export function decisionText(decision: DecisionJson, { placesBelow = false } = {}): string {
  const head = [decision.verdict.toUpperCase(), decision.number, decision.campaign].filter(
    (each) => each !== undefined,
  );
  const lines = [head.map(plain).join('  ')];
  for (const reason of decision.reasons) {
    lines.push(`  ${plain(reason.code)}: ${plain(reason.meaning)}${reason.transient ? ' (may pass)' : ''}`);
    lines.push(`      ${plain(reason.rule)}; ${plain(reason.basis)}`);
    const seen = pairs(reason.detail);
    if (seen !== '') lines.push(`      ${seen}`);
  }
  if (decision.obligations.length > 0) {
    const rows = decision.obligations.map((each) => [
      '',
      each.kind,
      each.seconds ?? each.ms ?? each.text ?? '',
      each.basis,
    ]);
    lines.push(table(['', 'OBLIGATION', 'VALUE', 'BASIS'], rows));
  }
  for (const warning of decision.warnings) {
    lines.push(
      `  warning ${plain(warning.code)} (${plain(warning.rule)}) ${pairs(warning.detail)}`.trimEnd(),
    );
  }
  const places = placesBelow ? [] : (decision.places ?? []);
  if (places.length > 0) {
    const shown = places.map(({ state, zone, because }) => `${state} ${zone} (${because})`);
    lines.push(`  places ${plain(shown.join(', '))}`);
  }
  if (decision.placement !== undefined) {
    const why =
      decision.problem === null || decision.problem === undefined ? '' : `: ${plain(decision.problem)}`;
    lines.push(`  ${decision.placement}${why}`);
  }
  lines.push(
    `  call ${plain(decision.call_id)}, decided ${plain(decision.decided_at)}, policy ${plain(decision.policy_hash).slice(0, 12)}`,
  );
  return lines.join('\n');
}

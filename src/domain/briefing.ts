/**
 * What an agent is told of the lead before the person: spoken to the agent alone, and kept nowhere. It is the dialer's data about a
 * person, so it enters no entry of the ledger, which forgets nothing.
 */
import type { Brand, Parsed } from './brand.ts';

/** Facts as they are read out, one sentence each. */
export type Briefing = Brand<string, 'Briefing'>;

/** Some 20 seconds of speech at the most; an agent has a greeting's length to hear it. */
export const BRIEFING_FACTS_MAX = 5;
export const BRIEFING_FACT_CHARS_MAX = 80;

/** Null for no facts. The words go into a speech program as text: nothing that is not to be read stands in them. */
export function parseBriefing(facts: readonly string[]): Parsed<Briefing | null> {
  if (facts.length === 0) return { ok: true, value: null };
  if (facts.length > BRIEFING_FACTS_MAX) {
    return { ok: false, problem: `${facts.length} facts are more than ${BRIEFING_FACTS_MAX}` };
  }
  const unfit = facts.find((fact) => !isFact(fact));
  if (unfit !== undefined) return { ok: false, problem: `\`${unfit}\` is not a fact to be read out` };
  return { ok: true, value: facts.map((fact) => `${fact.trim()}.`).join(' ') as Briefing };
}

const isFact = (text: string): boolean =>
  text.length <= BRIEFING_FACT_CHARS_MAX && /[\p{L}\p{N}]/u.test(text) && !/[\p{C}<>]/u.test(text);

/** What could not be looked up is a veto that names the fact; no rule may take silence for an answer. */
import type { Facts } from '../domain/facts.ts';
import { type Rule, veto } from './rule.ts';

const ID = 'system';

/** Every looked-up fact; the compiler asks for a new one here. */
const FACTS = {
  sidecar: true,
  campaign: true,
  lists: true,
  internalRequest: true,
  unclearRequest: true,
  consent: true,
  relationship: true,
  reassigned: true,
  overrides: true,
  emergencies: true,
  attestation: true,
  callerIdRest: true,
  attempts: true,
  budget: true,
} as const satisfies Record<Exclude<keyof Facts, 'now'>, true>;

export const FACT_NAMES = Object.keys(FACTS) as readonly (keyof typeof FACTS)[];

export const system: Rule = {
  id: ID,
  basis: 'house rule: what is unknown is a veto',
  looksAtCounters: true,
  check(_request, facts) {
    const draining = facts.sidecar.known && facts.sidecar.value === 'draining';
    const unknownFacts = FACT_NAMES.flatMap((fact) => {
      const found = facts[fact];
      return found === undefined || found.known
        ? []
        : [veto(ID, 'fact_unavailable', this.basis, { fact, problem: found.problem })];
    });
    return draining
      ? [
          ...unknownFacts,
          veto(ID, 'draining', 'house rule: no call without its sidecar', { sidecar: 'draining' }),
        ]
      : unknownFacts;
  },
};

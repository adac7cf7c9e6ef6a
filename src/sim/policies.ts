/** The policies a floor can be simulated with, by name. */
import { breakwaterPolicy, LEVEL_UNBOUND_HUNDREDTHS, progressivePolicy } from './breakwater-policy.ts';
import type { Policy } from './policy.ts';
import { VICIDIAL_DEFAULTS, type VicidialMethod, type VicidialSettings } from './vicidial.ts';
import { vicidialPolicy } from './vicidial-policy.ts';

export const POLICIES = [
  'breakwater',
  'progressive',
  'vicidial-hard',
  'vicidial-average',
  'vicidial-tapered',
] as const;
export type PolicyName = (typeof POLICIES)[number];

/** VICIdial's method behind a policy; null where it is none of its. */
export function vicidialMethodOf(name: PolicyName): VicidialMethod | null {
  switch (name) {
    case 'vicidial-hard':
      return 'hard';
    case 'vicidial-average':
      return 'average';
    case 'vicidial-tapered':
      return 'tapered';
    case 'breakwater':
    case 'progressive':
      return null;
    default:
      return name satisfies never;
  }
}

/** A policy that has learned nothing. `settings`: of a VICIdial policy; its own defaults when left out. */
export function policyOf(name: PolicyName, ceilingBp: number, settings?: VicidialSettings): Policy {
  const method = vicidialMethodOf(name);
  if (method !== null) return vicidialPolicy(settings ?? { ...VICIDIAL_DEFAULTS, method });
  const by = { ceilingBp, levelMaxHundredths: LEVEL_UNBOUND_HUNDREDTHS, warm: null };
  return name === 'breakwater' ? breakwaterPolicy(by) : progressivePolicy(by);
}

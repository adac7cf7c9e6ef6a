/** The thresholds of federal law that settings may not be looser than, taken from the law as data. */
import type { Law } from '../domain/law.ts';
import type { LegalLimits } from './config.ts';

export const legalLimitsOf = (law: Law): LegalLimits => ({
  minRingSeconds: law.federal.ringAtLeastSeconds.value,
  connectWithinMs: law.federal.connectWithinMs.value,
  dropRateMaxBp: law.federal.dropRateMaxBp.value,
});

/** Takes from the law data the few thresholds that settings are held against. */
import type { Law } from '../domain/law.ts';
import type { LegalLimits } from './config.ts';

export const legalLimits = ({ federal, jurisdictions, areaCodes }: Law): LegalLimits => ({
  minRingSeconds: federal.ringAtLeastSeconds.value,
  connectWithinMs: federal.connectWithinMs.value,
  dropRateMaxBp: federal.dropRateMaxBp.value,
  tollFreeCodes: Object.entries(areaCodes).flatMap(([code, { kind }]) =>
    kind === 'toll_free' ? [code] : [],
  ),
  states: Object.keys(jurisdictions),
  retention: federal.recordingRetention.map(({ name, years, citation }) => ({ name, years, citation })),
});

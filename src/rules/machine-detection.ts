/**
 * A detector that takes its time takes it from the person. Where its latency and the connection together may exceed the two seconds,
 * predictive dialing would abandon people by design; in every other mode an agent waits for each of them. Asked twice: may it take
 * longer by the settings, and has it taken longer (law.md section 2: "measured").
 */
import type { CampaignState } from '../domain/facts.ts';
import { decidedAndConnectedMs, detectorLatencyMs } from '../domain/machine-detection.ts';
import { type Finding, type Rule, veto } from './rule.ts';

const ID = 'machine_detection';
const BASIS = '47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)';

export const machineDetection: Rule = {
  id: ID,
  basis: BASIS,
  check(_request, facts, policy) {
    if (!facts.campaign.known || facts.campaign.value === null) return [];
    const { campaign, measured } = facts.campaign.value;
    const { machineDetection: detection, mode, greeting, connectWithinMs } = campaign;
    if (detection === undefined || mode !== 'predictive') return [];
    const timing = { silenceMs: greeting.silenceMs, connectWithinMs, detection };
    const { value: lawMs, citation } = policy.law.federal.connectWithinMs;
    const togetherMs = decidedAndConnectedMs(timing);
    const asMeasured = measuredFindings(measured, lawMs, citation);
    // Written so that NaN fails it too.
    if (togetherMs <= lawMs) return asMeasured;
    const detectorMs = detectorLatencyMs(timing);
    return [
      ...asMeasured,
      veto(ID, 'detector_too_slow', citation, {
        detector: detection.by,
        detector_ms: detectorMs,
        connect_ms: togetherMs - detectorMs,
        together_ms: togetherMs,
        allowed_ms: lawMs,
      }),
    ];
  },
};

/** What the settings promise may not be what happens: a busy machine, agents on a slow line. What was not looked up is not known. */
function measuredFindings(
  measured: CampaignState['measured'],
  lawMs: number,
  citation: string,
): readonly Finding[] {
  if (measured === null || !measured.known) {
    const problem = measured?.problem ?? 'nobody has looked it up';
    return [veto(ID, 'fact_unavailable', citation, { fact: 'measured', problem })];
  }
  const { calls, deciding } = measured.value;
  if (deciding === null) return [];
  const { by, detectorMs, togetherMs } = deciding;
  // Written so that NaN fails it too.
  if (togetherMs !== null && togetherMs <= lawMs) return [];
  return [
    veto(ID, 'detector_measured_slow', citation, {
      detector: by,
      calls,
      detector_ms: detectorMs,
      together_ms: togetherMs,
      allowed_ms: lawMs,
    }),
  ];
}

/**
 * A detector that takes its time takes it from the person. Where its latency and the connection together may exceed the two seconds,
 * predictive dialing would abandon people by design; in every other mode an agent waits for each of them.
 */
import { decidedAndConnectedMs, detectorLatencyMs } from '../domain/machine-detection.ts';
import { type Rule, veto } from './rule.ts';

const ID = 'machine_detection';
const BASIS = '47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(1)(iv)';

export const machineDetection: Rule = {
  id: ID,
  basis: BASIS,
  check(_request, facts, policy) {
    if (!facts.campaign.known || facts.campaign.value === null) return [];
    const { machineDetection: detection, mode, greeting, connectWithinMs } = facts.campaign.value.campaign;
    if (detection === undefined || mode !== 'predictive') return [];
    const timing = { silenceMs: greeting.silenceMs, connectWithinMs, detection };
    const { value: lawMs, citation } = policy.law.federal.connectWithinMs;
    const togetherMs = decidedAndConnectedMs(timing);
    // Written so that NaN fails it too.
    if (togetherMs <= lawMs) return [];
    const detectorMs = detectorLatencyMs(timing);
    return [
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

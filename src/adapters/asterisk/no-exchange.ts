/** No exchange is configured: nothing can be placed, every origination says so. Screening for foreign dialers still works. */
import { TelephonyUnavailable, type Telephony } from '../../ports/telephony.ts';

const PROBLEM = 'no exchange is configured (asterisk.ariUrl and asterisk.amiHost)';

export function noExchange(): Telephony {
  const refuse = (): Promise<never> => Promise.reject(new TelephonyUnavailable(PROBLEM));
  return {
    problem: () => PROBLEM,
    originate: refuse,
    setVariables: refuse,
    setAtOnce: refuse,
    listenBeside: refuse,
    stopListening: refuse,
    detectTalk: refuse,
    play: refuse,
    stopPlayback: refuse,
    bridge: refuse,
    joinBridge: refuse,
    leaveBridge: refuse,
    overhear: refuse,
    stopOverhearing: refuse,
    playToBridge: refuse,
    destroyBridge: refuse,
    startRecording: refuse,
    stopRecording: refuse,
    take: refuse,
    hasPlace: refuse,
    handOver: refuse,
    rescue: refuse,
    announceStaff: refuse,
    hangUp: refuse,
    channels: refuse,
    fallbackRecords: refuse,
    clearFallbackRecord: refuse,
    keepOptOut: refuse,
    listen: () => undefined,
    close: () => Promise.resolve(),
  };
}

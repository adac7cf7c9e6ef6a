/** What a fake exchange hears of one person: by the call's channel from the answer on, and by a second ear once there is one. */
import type { Ear } from '../../src/domain/ear.ts';
import type { CallId } from '../../src/domain/ids.ts';
import type { TelephonyEvent } from '../../src/ports/telephony.ts';
import type { Script } from './called-person.ts';
import type { FakeClock } from './fake-clock.ts';

export interface FakeEars {
  add(silenceMs: number): void;
  remove(): void;
  /** The channel's own detection. */
  retune(silenceMs: number, threshold: number): void;
  /** True while there is a second ear. */
  beside(): boolean;
}

/** As loud as the noise of a noisy line is. */
const NOISE = 500;
/** A snoop channel hears a frame later than the channel itself. */
const LATER_MS = 20;

/** To be made at the moment of the answer; `tell` is called until the end of the call. */
export function fakeEars(
  clock: FakeClock,
  callId: CallId,
  { speaks, line }: Script,
  channelSilenceMs: number,
  tell: (event: TelephonyEvent) => void,
): FakeEars {
  const answeredAt = clock.monotonic();
  const startsAt = line === 'noisy' ? 0 : (speaks?.afterMs ?? null);
  const wordsEndAt = speaks === null ? 0 : speaks.afterMs + speaks.forMs;
  const elapsed = (): number => clock.monotonic() - answeredAt;
  const at = (ms: number, then: () => void): void => {
    clock.after(Math.max(0, ms - elapsed()), then);
  };
  let besides = 0;
  let beside: number | null = null;
  let raised = false;

  function hear(by: Ear, silenceMs: number, laterMs: number, isThere: () => boolean): void {
    if (startsAt === null) return;
    const from = Math.max(startsAt, elapsed());
    if (line !== 'noisy' && from >= wordsEndAt) return;
    const say = (event: TelephonyEvent) => () => {
      if (isThere()) tell(event);
    };
    at(from + laterMs, say({ kind: 'talk_started', callId, by }));
    // Without packets the channel does not notice that nobody talks; in noise nobody does.
    if (line === 'noisy' || (line === 'only_words' && by === 'channel')) return;
    const talkMs = wordsEndAt - from;
    at(wordsEndAt + silenceMs + laterMs, say({ kind: 'talk_finished', callId, by, talkMs }));
  }
  hear('channel', channelSilenceMs, 0, () => true);

  return {
    add(silenceMs) {
      besides += 1;
      const own = besides;
      beside = own;
      hear('snoop', silenceMs, LATER_MS, () => beside === own);
    },
    remove() {
      beside = null;
    },
    retune(silenceMs, threshold) {
      if (line !== 'noisy' || raised || threshold <= NOISE) return;
      raised = true;
      const talkMs = Math.max(wordsEndAt, elapsed());
      at(talkMs + silenceMs, () => tell({ kind: 'talk_finished', callId, by: 'channel', talkMs }));
    },
    beside: () => beside !== null,
  };
}

/**
 * When has the person finished the greeting? Two ears listen for any sound, and the first that hears it end has it. Noise above the
 * threshold never ends: then the ear on the call's channel is made to listen for a voice above the noise, and its end is believed
 * a moment later.
 *
 * Arithmetic: sound has lasted `connectWithinMs - silenceMs - MARGIN_MS`, then the threshold is raised. Where no voice is above the
 * noise by then, that is told `silenceMs` later: agent or message come within the two seconds of the answer, whenever the greeting
 * was. A voice that still speaks then is told to have ended `silenceMs` after its end.
 */
import type { Ear } from '../domain/ear.ts';
import { BELIEVED_AFTER_MS } from '../domain/ear.ts';
import { endGreeting, SUSPECT_NOBODY } from './greeting.ts';
import { awaitsBridge } from './left-ms.ts';
import type { CallEffect, CallEvent, CallPlan, CallState, Hearing, Step } from './state.ts';

type Greeting = CallState & { kind: 'greeting' };

const MARGIN_MS = 100;

/** Noise is told to have lasted until the threshold was raised, less one frame of 20 ms at most; shorter talk was a greeting. */
const FRAMES_MS = 30;

/** A second ear that hears silence as well tells it a frame after the channel: above noise it would not tell any. */
const SECOND_EAR_WITHIN_MS = 40;

/** Shorter sound is the click of a telephone being picked up, not a word. Talk detection tells it a frame of 20 ms short. */
const SHORTEST_WORD_MS = 80;

export function talkStarted(state: Greeting, by: Ear, plan: CallPlan): Step {
  const { hearing } = state;
  const effects: CallEffect[] = [];
  if (!hearing.heardSpeech) effects.push({ do: 'note_speech' });
  if (hearing.raised && by === voiceEar(plan)) effects.push({ do: 'cancel_timer', timer: 'voice_ended' });
  if (!hearing.raised && hearing.talking.length === 0) {
    effects.push({ do: 'set_timer', timer: 'noise_suspected', ms: suspectedAfterMs(plan) });
  }
  const talking = hearing.talking.includes(by) ? hearing.talking : [...hearing.talking, by];
  const perhapsNoise = hearing.perhapsNoise && by !== 'channel';
  return { state: hears(state, { talking, heardSpeech: true, perhapsNoise }), effects };
}

export function talkFinished(
  state: Greeting,
  { by, talkMs }: CallEvent & { kind: 'talk_finished' },
  plan: CallPlan,
): Step {
  const { hearing } = state;
  const talking = hearing.talking.filter((ear) => ear !== by);
  const after = hears(state, { talking });
  if (hearing.raised && by === voiceEar(plan)) {
    // Silence before the threshold was raised is silence. What lasted until then and no longer was noise, and a voice may have
    // ended at any time before.
    const raisedAfter = suspectedAfterMs(plan);
    if (talkMs < raisedAfter - FRAMES_MS) return endGreeting(plan, state.agent, 'talk_end', by);
    if (talkMs <= raisedAfter + MARGIN_MS) return perhapsNoise(after, plan);
    const believed: CallEffect = { do: 'set_timer', timer: 'voice_ended', ms: BELIEVED_AFTER_MS };
    return { state: hears(after, { perhapsMachine: false }), effects: [...suspectNobody(plan), believed] };
  }
  if (talkMs >= SHORTEST_WORD_MS) return endGreeting(plan, state.agent, 'talk_end', by);
  if (talking.length > 0) return { state: after, effects: [] };
  // Late for a queue: of what is left then nothing is its own.
  return hearing.noSpeechOver
    ? endGreeting(plan, state.agent, awaitsBridge(plan) ? 'noise' : 'no_speech')
    : { state: after, effects: [{ do: 'cancel_timer', timer: 'noise_suspected' }] };
}

/** A greeting of just that length ends like noise: the second ear, whose threshold was not raised, tells them apart. */
function perhapsNoise(state: Greeting, plan: CallPlan): Step {
  if (!state.hearing.talking.includes('snoop'))
    return endGreeting(plan, state.agent, 'noise', voiceEar(plan));
  return {
    state: hears(state, { perhapsNoise: true, perhapsMachine: false }),
    effects: [{ do: 'set_timer', timer: 'voice_ended', ms: SECOND_EAR_WITHIN_MS }],
  };
}

/** Nothing was heard since the channel told the end. */
export const voiceEnded = (state: Greeting, plan: CallPlan): Step =>
  endGreeting(plan, state.agent, state.hearing.perhapsNoise ? 'noise' : 'voice_end', voiceEar(plan));

/** The time for a first word is over. Whoever talks now is heard out. */
export function noSpeech(state: Greeting, plan: CallPlan): Step {
  return state.hearing.talking.length === 0
    ? endGreeting(plan, state.agent, 'no_speech')
    : { state: hears(state, { noSpeechOver: true }), effects: [] };
}

export function suspectNoise(state: Greeting): Step {
  return state.hearing.raised || state.hearing.talking.length === 0
    ? { state, effects: [] }
    : { state: hears(state, { raised: true }), effects: [{ do: 'raise_threshold' }] };
}

/** A pause: the talk was shorter than a machine's, whatever comes behind it. */
const suspectNobody = ({ machine }: CallPlan): readonly CallEffect[] =>
  machine?.by === 'own' ? SUSPECT_NOBODY : [];

const suspectedAfterMs = ({ connectWithinMs, silenceMs }: CallPlan): number =>
  Math.max(0, connectWithinMs - silenceMs - MARGIN_MS);

/** The ear that is made to listen for a voice above noise. Of a call that a dialer holds there is only the one beside it. */
const voiceEar = ({ heldBy }: CallPlan): Ear => (heldBy === 'dialer' ? 'snoop' : 'channel');

const hears = (state: Greeting, heard: Partial<Hearing>): Greeting => ({
  ...state,
  hearing: { ...state.hearing, ...heard },
});

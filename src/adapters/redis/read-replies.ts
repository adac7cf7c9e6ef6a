/** What the scripts answer, as the port says it. An answer that no script gives is a store that is not to be believed. */
import { assertInvariant } from '../../domain/assert.ts';
import { REACHED_LIMITS, type ReachedLimit } from '../../domain/dial-limits.ts';
import type { Admission } from '../../domain/drop-budget.ts';
import type { AgentId, CampaignId } from '../../domain/ids.ts';
import { instant } from '../../domain/time.ts';
import {
  AGENT_STATES,
  type Claim,
  CountersUnavailable,
  type CounterView,
  type LostAgent,
  type ReservationAnswer,
} from '../../ports/counters.ts';

/** What `reserve.lua` says where there is no such number. */
const NONE = -1;

/** Campaign, agent, state, and so on. */
export function readLost(flat: readonly string[]): readonly LostAgent[] {
  const lost: LostAgent[] = [];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    const was = AGENT_STATES.find((state) => state === flat[at + 2]) ?? 'ready';
    lost.push({ campaignId: flat[at] as CampaignId, agentId: flat[at + 1] as AgentId, was });
  }
  return lost;
}

/** As `reserve.lua` says it; the instant of a drop as Redis keeps it, or `NONE`. */
type ReserveReply = readonly [
  words: string,
  placed: number,
  dropped: string | number,
  ...windows: [todayA: number, todayD: number, blockA: number, blockD: number],
  ...lines: [inFlight: number, ready: number, promised: number],
  ...rest: [rebuilt: number, whole: number, loggedIn: number, elsewhere: number, limitMax: number],
];

/** Of `reserve.lua`. */
export function readAnswer(
  reply: unknown,
  windowHours: number,
  store: string,
  claim: Claim,
): ReservationAnswer {
  const [words, placed, dropped, todayA, todayD, blockA, blockD, inFlight, ready, promised, ...rest] =
    reply as ReserveReply;
  const [rebuilt, whole, loggedIn, elsewhere, limitMax] = rest;
  const [kind = '', admission = '', limit = ''] = words.split(' ');
  const droppedAt = Number(dropped);
  const view: CounterView = {
    store,
    attempts: { placed, windowHours, droppedAt: droppedAt === NONE ? null : instant(droppedAt) },
    attemptsWhole: whole === 1,
    snapshot: {
      windows: [
        { liveAnswers: todayA, drops: todayD },
        { liveAnswers: blockA, drops: blockD },
      ],
      inFlight,
      ready,
      promised,
      rebuilt: rebuilt === 1,
      ...(elsewhere === NONE ? {} : { exposedElsewhere: elsewhere }),
    },
    loggedIn,
    admission: readAdmission(admission),
    limit: readLimit(limit, limitMax),
  };
  assertInvariant(
    kind === 'reserved' || kind === 'standing' || kind === 'refused' || kind === 'ended',
    'reserve-answers-a-kind',
    kind,
  );
  return kind === 'reserved' || kind === 'standing'
    ? { kind: 'reserved', standing: kind === 'standing', claim, view }
    : { kind, view };
}

function readLimit(text: string, max: number): ReachedLimit | null {
  if (text === '') return null;
  const limit = REACHED_LIMITS.find((each) => each === text);
  if (limit === undefined) throw new CountersUnavailable(`Redis answered limit \`${text}\``);
  return { limit, max };
}

function readAdmission(text: string): Admission {
  switch (text) {
    case 'progressive':
      return { admitted: true, overdial: false };
    case 'overdial':
      return { admitted: true, overdial: true };
    case 'no_agent':
    case 'drop_budget_spent':
    case 'over_dialing_barred':
      return { admitted: false, code: text };
    default:
      throw new CountersUnavailable(`Redis answered admission \`${text}\``);
  }
}

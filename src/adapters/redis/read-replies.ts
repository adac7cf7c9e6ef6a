/** What the scripts answer, as the port says it. An answer that no script gives is a store that is not to be believed. */
import { assertInvariant } from '../../domain/assert.ts';
import { REACHED_LIMITS, type ReachedLimit } from '../../domain/dial-limits.ts';
import type { Admission } from '../../domain/drop-budget.ts';
import type { AgentId, CampaignId } from '../../domain/ids.ts';
import { instant } from '../../domain/time.ts';
import {
  AGENT_STATES,
  CountersUnavailable,
  type CounterView,
  type LostAgent,
  type ReservationAnswer,
} from '../../ports/counters.ts';

/** Campaign, agent, state, and so on. */
export function readLost(flat: readonly string[]): readonly LostAgent[] {
  const lost: LostAgent[] = [];
  for (let at = 0; at + 2 < flat.length; at += 3) {
    const was = AGENT_STATES.find((state) => state === flat[at + 2]) ?? 'ready';
    lost.push({ campaignId: flat[at] as CampaignId, agentId: flat[at + 1] as AgentId, was });
  }
  return lost;
}

/** Of `reserve.lua`. */
export function readAnswer(reply: unknown, windowHours: number, store: string): ReservationAnswer {
  const [kind, placed, dropped, ...rest] = reply as [string, number, string, ...(number | string)[]];
  const [todayA, todayD, blockA, blockD, inFlight, ready, promised, rebuilt, whole, loggedIn] =
    rest.map(Number);
  const view: CounterView = {
    store,
    attempts: { placed, windowHours, droppedAt: dropped === '' ? null : instant(Number(dropped)) },
    attemptsWhole: whole === 1,
    snapshot: {
      windows: [
        { liveAnswers: todayA ?? 0, drops: todayD ?? 0 },
        { liveAnswers: blockA ?? 0, drops: blockD ?? 0 },
      ],
      inFlight: inFlight ?? 0,
      ready: ready ?? 0,
      promised: promised ?? 0,
      rebuilt: rebuilt === 1,
      ...(rest[11] === '' ? {} : { exposedElsewhere: Number(rest[11]) }),
    },
    loggedIn: loggedIn ?? 0,
    admission: readAdmission(String(rest[10])),
    limit: readLimit(String(rest[12]), Number(rest[13])),
  };
  assertInvariant(
    kind === 'reserved' || kind === 'standing' || kind === 'refused' || kind === 'ended',
    'reserve-answers-a-kind',
    kind,
  );
  return kind === 'reserved' || kind === 'standing'
    ? { kind: 'reserved', standing: kind === 'standing', view }
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

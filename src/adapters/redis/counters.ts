/**
 * Counters that several sidecars share, on one Redis server. Each operation is one Lua script: atomic, repeat-safe by call id, time
 * passed in. Redis is a fast sum, the ledger is the truth: after any restart of the server the counters say `rebuilt: false`.
 */
import { randomUUID } from 'node:crypto';
import { assertInvariant } from '../../domain/assert.ts';
import { countsOf } from '../../domain/call-result.ts';
import type { Tally } from '../../domain/drop-budget.ts';
import type { AgentId, CallId, CampaignId } from '../../domain/ids.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { parseRedisAddress, type RedisPlace } from '../../config/redis-address.ts';
import {
  type AgentState,
  type AgentWord,
  ATTEMPTS_KEPT_HOURS,
  type CalledPerson,
  type Claim,
  type Counters,
  CountersUnavailable,
  type CountingWindows,
  isLastWord,
  knownBy,
  type LostAgent,
  type RebuildStep,
  type ReservationAnswer,
  type ReservationRequest,
  SETTLED_KEPT_HOURS,
  type Settlement,
} from '../../ports/counters.ts';
import { openRedis } from './connection.ts';
import { readAnswer, readLost } from './read-replies.ts';
import { reserveCommand } from './reserve-command.ts';
import { redisScripts } from './scripts.ts';

const ATTEMPTS_KEPT_MS = ATTEMPTS_KEPT_HOURS * HOUR_MS;
const SETTLED_KEPT_MS = SETTLED_KEPT_HOURS * HOUR_MS;
/** Holds the calls that no agent will come for: a sidecar without agents. */
const DOOMED = '!';
/** In a row, on a connection that stands: it is dead and does not say so. Without this, nobody is called until TCP gives up, a quarter of an hour. */
const UNANSWERED_BEATS_MAX = 2;
/** Overdue leases told at once. */
const OVERDUE_MAX = 500;
/** Days that are remembered: by number, whatever the clock says. */
const DAYS_KEPT = 130;
/** Claims of unknown outcome that are remembered until they are withdrawn. */
const DOUBTFUL_MAX = 10_000;
/** Rebuild steps on their way at once. */
const REBUILD_WINDOW = 200;
/** A rebuild that has not said for so long that it goes on has died with its sidecar. */
const AT_IT_MS = 3_000;

export interface RedisCountersOptions {
  /** Any address that `config/redis-address.ts` knows. */
  readonly url: string;
  /** As `RedisConnectionOptions`. */
  readonly authority?: string | null;
  /** Default `bw:`. In a cluster it is the hash tag: INVARIANT (one-slot), what changes together lies together. */
  readonly prefix?: string;
  /** Bound of one operation, default 250 ms. */
  readonly commandWithinMs?: number;
  readonly onProblem?: (problem: string, cause?: unknown) => void;
  /** A sidecar is believed to live so long after its last sign; default 10 s, a sign each 2.5 s. */
  readonly life?: { readonly believedMs: number; readonly beatEveryMs: number };
}

/** Connects in the background and keeps trying; until then every operation rejects with `CountersUnavailable`. */
export function openRedisCounters(options: RedisCountersOptions): Counters {
  const { commandWithinMs = 250, onProblem = () => undefined } = options;
  const place = parseRedisAddress(options.url);
  if (place === null) throw new Error('the address of Redis cannot be read');
  const prefix = keyPrefix(place, options.prefix);
  const sidecar = randomUUID();
  const { believedMs, beatEveryMs } = options.life ?? { believedMs: 10_000, beatEveryMs: 2_500 };
  const aliveKey = `${prefix}alive`;
  const connection = openRedis({
    place,
    key: aliveKey,
    authority: options.authority ?? null,
    commandWithinMs,
    onProblem,
    onReady: () => {
      withdrawDoubtful();
      beat();
    },
  });
  const { run, send } = redisScripts(connection.redis);

  let claims = 0;
  /** Told apart from those of the others who ask with the same call id. */
  const newClaim = (): Claim => {
    claims += 1;
    return `${sidecar.slice(0, 8)}${claims.toString(36)}` as Claim;
  };
  /** Claims that Redis may have noted without our hearing of it; withdrawn as soon as it answers. */
  const doubtful = new Map<Claim, CallId>();

  const keysOf = (campaignId: CampaignId) => ({
    tally: `${prefix}{${campaignId}}:tally`,
    flight: `${prefix}{${campaignId}}:flight`,
    agents: `${prefix}{${campaignId}}:staff`,
    opened: `${prefix}{${campaignId}}:opened`,
    floors: `${prefix}{${campaignId}}:floors`,
  });
  const callKey = (callId: CallId): string => `${prefix}call:${callId}`;
  const personKeys = ({ sellerId, number }: CalledPerson) => ({
    attempts: `${prefix}attempts:${sellerId}:${number}`,
    dropped: `${prefix}dropped:${sellerId}:${number}`,
  });

  const encode = reserveCommand(sidecar, keysOf);
  /** `claim`: null only looks. */
  const admit = async (request: ReservationRequest, claim: Claim | null): Promise<ReservationAnswer> => {
    const { windowHours } = request.attempts;
    assertInvariant(windowHours <= ATTEMPTS_KEPT_HOURS, 'attempts-kept', String(windowHours));
    const runId = connection.runId();
    const { attempts, dropped } = personKeys(request);
    const call = callKey(request.callId);
    const reply = await send('reserve', encode({ request, runId, claim, attempts, dropped, call }));
    return readAnswer(reply, windowHours, runId, claim ?? NO_CLAIM);
  };

  const withdraw = async (callId: CallId, claim: Claim): Promise<void> => {
    connection.runId();
    await run('release', [callKey(callId)], [callId, prefix, claim]);
    doubtful.delete(claim);
  };

  const tellAgent = ({ campaignId, agentId, state, word }: Told): Promise<unknown> => {
    const kind = knownBy(word);
    const last = isLastWord(word) ? 1 : 0;
    return run(
      'set-agent',
      [aliveKey],
      [agentId, state, sidecar, believedMs, campaignId, prefix, kind, last],
    );
  };

  /** What was last said of each agent: told again when this sidecar was taken for dead, or the server has forgotten. */
  const told = new Map<string, Told>();
  const listeners: ((lost: readonly LostAgent[]) => void)[] = [];
  const signOfLife = async (): Promise<void> => {
    connection.runId();
    const reply = await run('beat', [aliveKey], [sidecar, believedMs, prefix]);
    const [wasAlive, ...lost] = reply as [number, ...string[]];
    if (wasAlive === 0) {
      for (const each of told.values()) {
        if (each.state !== 'logged_out') await tellAgent(again(each));
      }
    }
    if (lost.length > 0) for (const listener of listeners) listener(readLost(lost));
  };
  let unanswered = 0;
  // Rejected while the server is away: the next one comes soon.
  const beat = (): void =>
    void signOfLife().then(
      () => (unanswered = 0),
      () => {
        unanswered += 1;
        if (unanswered < UNANSWERED_BEATS_MAX) return;
        unanswered = 0;
        connection.giveUp();
      },
    );
  const beating = setInterval(beat, beatEveryMs);
  beating.unref();

  const withdrawDoubtful = (): void => {
    for (const [claim, callId] of doubtful) withdraw(callId, claim).catch(() => undefined);
  };

  return {
    peek: async (request) => (await admit(request, null)).view,

    async reserve(request) {
      const claim = newClaim();
      try {
        return await admit(request, claim);
      } catch (error) {
        if (error instanceof CountersUnavailable && doubtful.size < DOUBTFUL_MAX) {
          doubtful.set(claim, request.callId);
          // Behind the reservation on the same connection, so it cannot overtake it.
          withdraw(request.callId, claim).catch(() => undefined);
        }
        throw error;
      }
    },

    withdraw,

    async release(callId) {
      connection.runId();
      await run('release', [callKey(callId)], [callId, prefix, '']);
    },

    async doom(callId) {
      connection.runId();
      await run('hold', [callKey(callId)], [prefix, DOOMED]);
    },

    async adopt(callId) {
      connection.runId();
      await run('hold', [callKey(callId)], [prefix, sidecar]);
    },

    async settle(callId, campaignId, outcome, at, windows, person) {
      connection.runId();
      const { liveAnswers, drops } = countsOf(outcome);
      const { tally, flight, floors } = keysOf(campaignId);
      const known = person === null ? [] : [personKeys(person).dropped];
      const { day } = windows;
      const reply = await run(
        'settle',
        [tally, flight, callKey(callId), floors, ...known],
        [callId, campaignId, at, liveAnswers, drops, day, DAYS_KEPT, SETTLED_KEPT_MS, ATTEMPTS_KEPT_MS],
      );
      return reply as Settlement;
    },

    async overdue(campaignId, at) {
      connection.runId();
      return (await run('overdue', [keysOf(campaignId).flight], [at, OVERDUE_MAX])) as CallId[];
    },

    async setAgent(campaignId, agentId, state, word = 'here') {
      const telling = { campaignId, agentId, state, word };
      // Also while the server is away: the sign of life behind it must not tell of an agent who has gone since.
      told.set(`${campaignId} ${agentId}`, telling);
      connection.runId();
      await tellAgent(telling);
    },

    onAgentsLost: (listener) => void listeners.push(listener),

    async tally(campaignId, _at, windows) {
      const { tally, flight, agents } = keysOf(campaignId);
      const days = [...new Set([...windows.rollingDays, windows.day])];
      const reply = await run('tally', [tally, flight, agents], [connection.runId(), ...days]);
      const [rebuilt = 0, inFlight = 0, ready = 0, promised = 0, busy = 0, paused = 0, ...counts] =
        reply as number[];
      const sum = (wanted: readonly string[]): Tally => {
        const total = { liveAnswers: 0, drops: 0 };
        for (const [index, day] of days.entries()) {
          if (!wanted.includes(day)) continue;
          total.liveAnswers += counts[2 * index] ?? 0;
          total.drops += counts[2 * index + 1] ?? 0;
        }
        return total;
      };
      return {
        today: sum([windows.day]),
        block: sum(daysOfBlock(windows)),
        rolling: sum(windows.rollingDays),
        inFlight,
        agents: { ready, promised, busy, paused },
        rebuilt: rebuilt === 1,
      };
    },

    async rebuild(campaignId, steps, now) {
      const { tally, flight, floors } = keysOf(campaignId);
      const generation = randomUUID();
      const runId = connection.runId();
      if ((await run('rebuild-begin', [tally], [generation, AT_IT_MS])) !== 1) {
        throw new CountersUnavailable('another rebuild is at it');
      }
      const hold = (ms: number): void =>
        void run('rebuild-hold', [tally], [generation, ms]).catch(() => undefined);
      const holding = setInterval(() => hold(AT_IT_MS), AT_IT_MS / 6);
      const step = async ({ request, outcome }: RebuildStep): Promise<void> => {
        const { attempts, dropped } = personKeys(request);
        const { liveAnswers, drops } = outcome === null ? NO_COUNTS : countsOf(outcome.outcome);
        const reply = await run(
          'rebuild-step',
          [tally, flight, attempts, dropped, callKey(request.callId), floors],
          [
            generation,
            request.callId,
            campaignId,
            request.at,
            request.at + request.leaseMs,
            request.at >= now - ATTEMPTS_KEPT_MS ? ATTEMPTS_KEPT_MS : 0,
            outcome === null ? 0 : 1,
            outcome?.at ?? 0,
            liveAnswers,
            drops,
            outcome?.windows.day ?? '',
            (outcome?.at ?? now) >= now - SETTLED_KEPT_MS ? SETTLED_KEPT_MS : 0,
          ],
        );
        if (reply !== 1) throw new CountersUnavailable('another rebuild took over');
      };
      try {
        let under: Promise<void>[] = [];
        for await (const next of steps) {
          const task = step(next);
          task.catch(() => undefined); // seen by the next `all`
          under.push(task);
          if (under.length < REBUILD_WINDOW) continue;
          await Promise.all(under);
          under = [];
        }
        await Promise.all(under);
        // The run id of the beginning: had the server restarted meanwhile, part of the steps would be lost.
        if ((await run('rebuild-end', [tally], [generation, runId])) !== 1) {
          throw new CountersUnavailable('another rebuild took over');
        }
      } catch (error) {
        hold(0);
        throw error;
      } finally {
        clearInterval(holding);
      }
    },

    store: () => connection.runId(),

    async forget(campaignId) {
      connection.runId();
      await run('rebuild-begin', [keysOf(campaignId).tally], [randomUUID(), 0]);
    },

    async ping() {
      connection.runId();
      try {
        await connection.redis.ping();
      } catch (cause) {
        throw new CountersUnavailable('Redis does not answer', { cause });
      }
    },

    close() {
      clearInterval(beating);
      connection.close();
      return Promise.resolve();
    },
  };
}

/** All keys begin so; in a cluster it names their slot. */
export const keyPrefix = (place: RedisPlace, prefix = 'bw:'): string =>
  place.kind === 'cluster' ? `{${prefix}}` : prefix;

interface Told {
  readonly campaignId: CampaignId;
  readonly agentId: AgentId;
  readonly state: AgentState;
  readonly word: AgentWord;
}

/** Another sidecar may have been told something newer. */
const again = (told: Told): Told => {
  const kind = knownBy(told.word);
  return { ...told, word: kind === 'said' ? 'said_before' : kind };
};

const daysOfBlock = (windows: CountingWindows) =>
  windows.rollingDays.filter((day) => day >= windows.blockStart);

const NO_COUNTS = { liveAnswers: 0, drops: 0 } as const;
/** Of who only looks. */
const NO_CLAIM = '' as Claim;

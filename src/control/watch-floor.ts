/**
 * What happens on the floor of each campaign, as the pacer sees it: which lines ring since when, who has answered, which agents are with a
 * call. Lines are told of by the ledger, whoever dials them and whichever sidecar permitted them: a permit is a line dialed, a result its
 * end. Answers are told of by the exchange where it can tell. What the counters count and nobody here has seen begin, has just begun.
 */
import { type CallResult, OUTCOMES } from '../domain/call-result.ts';
import type { CallId, CampaignId } from '../domain/ids.ts';
import { type LedgerEntry, memberOf, textOf } from '../domain/ledger-entry.ts';
import { type Instant, SECOND_MS } from '../domain/time.ts';
import type { FloorView, LineEnd, PaceFact } from '../pacing/floor-view.ts';
import type { CampaignTally } from '../ports/counters.ts';
import type { TelephonyEvent } from '../ports/telephony.ts';
import type { AgentFloor, BusyAgents } from './agents.ts';
import type { Station } from './sidecar.ts';

export interface FloorEars {
  learn(campaignId: CampaignId, fact: PaceFact): void;
  /** A call has its result. */
  lineEnded(callId: CallId): void;
  /** The state of an agent of the campaign has changed. */
  agentsChanged(campaignId: CampaignId): void;
}

export interface FloorWatch extends AgentFloor {
  hear(event: TelephonyEvent): void;
  hearEntry(entry: LedgerEntry): void;
  /** `busy`: the agents of this sidecar who are with a call. */
  view(campaignId: CampaignId, tally: CampaignTally, busy: BusyAgents): FloorView;
}

interface Line {
  readonly callId: CallId;
  readonly campaignId: CampaignId;
  readonly dialedAt: Instant;
  /** Null while it rings, and where nobody can tell. */
  answeredAt: Instant | null;
}

/** More lines than ever ring at once; of older ones no result has come, and their leases have run out. */
const LINES_MAX = 20_000;

export function createFloorWatch(
  { clock, inForce }: Pick<Station, 'clock' | 'inForce'>,
  ears: FloorEars,
): FloorWatch {
  const lines = new Map<string, Line>();

  function dialed(callId: CallId, campaignId: CampaignId): void {
    lines.set(callId, { callId, campaignId, dialedAt: clock.now(), answeredAt: null });
    for (const oldest of lines.keys()) {
      if (lines.size <= LINES_MAX) return;
      lines.delete(oldest);
    }
  }

  function ended(callId: CallId, outcome: unknown, placed: boolean): void {
    const line = lines.get(callId);
    ears.lineEnded(callId);
    if (line === undefined) return;
    lines.delete(callId);
    const as = lineEndOf(outcome);
    if (placed && as !== null) ears.learn(line.campaignId, { kind: 'line_ended', as, ringMs: ringMs(line) });
  }

  /** Of a dialer whose answers are not to be seen here the result comes when the talk is over: it rang no longer than it may. */
  function ringMs({ campaignId, dialedAt, answeredAt }: Line): number {
    if (answeredAt !== null) return Math.max(0, answeredAt - dialedAt);
    const longestMs = (inForce().campaigns.get(campaignId)?.ring.atMostSeconds ?? 0) * SECOND_MS;
    return Math.max(0, Math.min(clock.now() - dialedAt, longestMs));
  }

  const linesOf = (campaignId: CampaignId): readonly Line[] =>
    [...lines.values()].filter((line) => line.campaignId === campaignId);

  return {
    hear(event) {
      if (event.kind !== 'answered' && event.kind !== 'entered' && event.kind !== 'dialer_answered') return;
      const line = lines.get(event.callId);
      if (line !== undefined) line.answeredAt ??= clock.now();
    },
    hearEntry(entry) {
      if (entry.kind !== 'decision' && entry.kind !== 'call_result') return;
      const callId = textOf(entry, 'callId') as CallId | null;
      const campaignId = textOf(entry, 'campaignId') as CampaignId | null;
      if (callId === null || campaignId === null) return;
      if (entry.kind === 'call_result')
        ended(callId, memberOf(entry, 'outcome'), memberOf(entry, 'placed') !== false);
      else if (memberOf(entry, 'verdict') === 'permit') dialed(callId, campaignId);
    },
    openLines: (campaignId) => linesOf(campaignId).map(({ callId }) => callId),
    handled(campaigns, handleMs) {
      for (const id of campaigns) ears.learn(id, { kind: 'handled', handleMs });
    },
    changed(campaigns) {
      for (const id of campaigns) ears.agentsChanged(id);
    },
    view(campaignId, { agents, inFlight, today, block }, busy) {
      const now = clock.now();
      const open = linesOf(campaignId);
      const ringing = open.flatMap(({ answeredAt, dialedAt }) => (answeredAt === null ? [dialedAt] : []));
      const waiting = open.flatMap(({ answeredAt }) => (answeredAt === null ? [] : [answeredAt]));
      const withCalls = Math.max(0, agents.busy - busy.leaving);
      const elapsed = clock.monotonic();
      const known = busy.since.map((since) => now - (elapsed - since)).slice(0, withCalls);
      return {
        nowMs: now,
        agentsTaking: agents.ready + agents.promised + withCalls,
        idle: agents.ready,
        busySinceMs: [...known, ...repeated(now, withCalls - known.length)],
        ringingSinceMs: [...ringing, ...repeated(now, inFlight - open.length)],
        waitingSinceMs: waiting,
        windows: [today, block],
      };
    },
  };
}

const repeated = (value: number, times: number): readonly number[] =>
  Array.from({ length: Math.max(0, times) }, () => value);

/** Null: nothing is to be learned of it, because nobody knows what became of the line. */
function lineEndOf(told: unknown): LineEnd | null {
  const outcome: CallResult['outcome'] | undefined = OUTCOMES.find((each) => each === told);
  switch (outcome) {
    case 'connected':
    case 'dropped':
    case 'hung_up':
      return 'person';
    case 'machine':
    case 'no_answer':
    case 'busy':
    case 'failed':
      return outcome;
    case 'expired':
    case undefined:
      return null;
    default:
      return outcome satisfies never;
  }
}

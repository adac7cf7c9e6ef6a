/**
 * Puts what the configuration says now in force while the sidecar runs, whole or not at all. With any problem the ruling of before
 * stays. INVARIANT (policy-before-decision): everything a decision's policy hash stands for is in the ledger before the first
 * decision bears it. Reloads wait for each other; decisions wait for none.
 * Refused at its last step, a reload has left entries of a policy that never came into force: the refusal names it (`proposed`), and what
 * is in force is stated once more, so that the newest entry above a decision is always what the decision stands on.
 * INVARIANT (one-policy-for-all): when another sidecar of the ledger has taken a policy, this one takes it too as soon as it hears of it,
 * if that is what its own configuration says; else it refuses aloud, and goes on under the one it has. The newest that was taken counts:
 * what another took before this one took its own, or before it read the configuration it has started with, is not followed. A store that
 * is away is asked again.
 */
import type { Campaign } from '../domain/campaign.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { CampaignId, WriterId } from '../domain/ids.ts';
import { type JsonObject, type LedgerDraft, type LedgerEntry, textOf } from '../domain/ledger-entry.ts';
import { addMs, type Instant } from '../domain/time.ts';
import { promptKindsOf } from '../ports/prompts.ts';
import { messageOf } from './deadline.ts';
import { toJson } from './decision-entry.ts';
import { persist } from './persist.ts';
import { rebuildAdded } from './rebuild-counters.ts';
import { type NewRuling, type Ruling, type RulingHolder, knownCampaign, succeed } from './ruling.ts';
import type { Duty, Station } from './sidecar.ts';

/** Reloads that wait; more than this is a caller gone wild. */
const WAITING_MAX = 8;

/** Before a policy of another sidecar is tried again that a store has kept us from taking. */
const FOLLOW_AGAIN_MS = 5_000;

/** Others' entries are looked for this far behind our reading of the configuration: their clocks may be late. */
const CLOCKS_DIFFER_MAX_MS = 120_000;

export interface ProposedRuling {
  readonly ruling: NewRuling;
  /** What must be durable before a decision stands on it, in this order; the same entries as at a start. */
  readonly drafts: readonly LedgerDraft[];
  /** The same of the ruling that is in force while this is proposed. */
  readonly standing: readonly LedgerDraft[];
  /** False when a list got a newer version while this was being made: put in force, it would take that version back. */
  readonly isCurrent: () => boolean;
  /** Called when it has come into force. */
  readonly adopted: () => void;
}

/** `problems`: as at a start, each with its file and path. */
export type LoadedRuling =
  | { readonly ok: true; readonly proposed: ProposedRuling }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads and checks everything, exactly as at a start. Changes nothing. May reject: that is one more problem. */
export type LoadRuling = () => Promise<LoadedRuling>;

/** What a reload did to the campaigns, by id. */
export interface RulingChange {
  readonly added: readonly CampaignId[];
  readonly changed: readonly CampaignId[];
  readonly removed: readonly CampaignId[];
}

export type Reloaded =
  | ({ readonly kind: 'reloaded'; readonly from: string; readonly to: string } & RulingChange)
  /** `policyHash` is the one that stays in force. */
  | { readonly kind: 'refused'; readonly policyHash: string; readonly problems: readonly string[] };

export interface ReloadParts {
  readonly station: Station;
  readonly duty: Pick<Duty, 'isDraining'>;
  readonly holder: RulingHolder;
  readonly load: LoadRuling;
  /** When this process began to read the configuration that it has started with. */
  readonly configReadAt: Instant;
  /** In the turn before the new ruling comes into force: whose drops must be added up again under another calendar. */
  readonly recount: (ids: readonly CampaignId[]) => void;
  /** In the same turn in which it has come into force. */
  readonly onChange: (change: RulingChange) => void;
}

/** What a reload may have written before it was refused, and what to state again then. */
interface Left {
  readonly policyHash: string;
  readonly standing: readonly LedgerDraft[];
}

export interface Reloader {
  /** `by`: name of the token, or of the signal. Never rejects. */
  reload(by: string): Promise<Reloaded>;
  /** What other sidecars have taken is taken here too. */
  hearEntry(entry: LedgerEntry): void;
  /** What another has taken while this one was starting, behind its reading of the configuration. Rejects when the ledger does. */
  catchUp(): Promise<void>;
  /** Why the newest reload was refused, so that what is in force is not what was wanted; null: it was taken, or there was none. */
  problems(): readonly string[] | null;
}

/** Who asks; `only`: nothing but the policy of this hash is to be taken. */
interface Asked {
  readonly by: string;
  readonly only: string | null;
}

/** The policy that another sidecar has taken last. */
interface Theirs {
  readonly by: string;
  readonly writer: WriterId;
  readonly policyHash: string;
  readonly entryId: number;
  readonly at: Instant;
}

/** `entryId`: of the entry that says so; `isPassing`: a store was away, so the same may succeed when it is back. */
type Tried =
  | { readonly answer: Reloaded & { readonly kind: 'reloaded' }; readonly entryId: number }
  | { readonly answer: Reloaded & { readonly kind: 'refused' }; readonly isPassing: boolean };

export function createReload(parts: ReloadParts): Reloader {
  const { station, duty, holder } = parts;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let refused: { readonly problems: readonly string[]; readonly theirs: Theirs | null } | null = null;
  /** Of our own newest reload. */
  let takenAt = 0;
  /** Other writers that have started and not said yet under which policy. */
  const starting = new Set<WriterId>();
  /** Waits for its turn; a newer one takes its place. */
  let heard: Theirs | null = null;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const tryIt = async (asked: Asked, theirs: Theirs | null): Promise<Tried> => {
    const tried = await reload(parts, asked);
    if ('entryId' in tried) takenAt = tried.entryId;
    refused = tried.answer.kind === 'refused' ? { problems: tried.answer.problems, theirs } : null;
    return tried;
  };
  const follow = async (): Promise<void> => {
    const theirs = heard;
    heard = null;
    if (theirs === null || theirs.entryId < takenAt || duty.isDraining()) return;
    const { by, policyHash } = theirs;
    if (policyHash === holder.inForce().policy.hash) {
      // What had kept us from following is past: all have the same policy again.
      if (refused?.theirs !== null) refused = null;
      return;
    }
    // What the start has read was there after it: that the folder says something else is no refusal of anything.
    if (theirs.at < parts.configReadAt && !(await isInFolder(parts, policyHash))) return;
    const tried = await tryIt({ by, only: policyHash }, theirs);
    if ('isPassing' in tried && tried.isPassing) station.clock.after(FOLLOW_AGAIN_MS, () => hear(theirs));
  };
  const hear = (theirs: Theirs): void => {
    const isWaiting = heard !== null;
    if (heard === null || heard.entryId < theirs.entryId) heard = theirs;
    if (!isWaiting) void inTurn(follow);
  };
  /** A sidecar that has started anew has what we have: what it took before, and we could not, is past. */
  const hearStart = (writer: WriterId, policyHash: string): void => {
    const isSettled = refused?.theirs?.writer === writer && policyHash === holder.inForce().policy.hash;
    if (isSettled) refused = null;
  };
  const hearEntry = (entry: LedgerEntry): void => {
    const { kind, writer, id, at } = entry;
    if (writer === station.ledger.writer) return;
    if (kind === 'writer_started') starting.add(writer);
    // A reload that is refused at its last step writes this too.
    if (kind === 'policy_loaded' && starting.delete(writer)) hearStart(writer, textOf(entry, 'policyHash'));
    if (kind !== 'policy_reloaded') return;
    hear({ by: `sidecar ${writer}`, writer, policyHash: textOf(entry, 'to'), entryId: id, at });
  };
  return {
    async reload(by) {
      if (waiting >= WAITING_MAX) {
        return refuse(parts, by, [`${WAITING_MAX} reloads are waiting already`]).answer;
      }
      waiting += 1;
      try {
        return (await inTurn(() => tryIt({ by, only: null }, null))).answer;
      } finally {
        waiting -= 1;
      }
    },
    hearEntry,
    async catchUp() {
      const since = addMs(parts.configReadAt, -CLOCKS_DIFFER_MAX_MS);
      const newest = { kinds: ['policy_reloaded'], since, order: 'desc', limit: 1 } as const;
      for (const entry of await station.ledger.read(newest)) hearEntry(entry);
    },
    problems: () => refused?.problems ?? null,
  };
}

/** Is this the policy that the configuration says now? Never rejects; one that cannot be read says none. */
const isInFolder = ({ load }: ReloadParts, policyHash: string): Promise<boolean> =>
  load().then(
    (loaded) => loaded.ok && loaded.proposed.ruling.policy.hash === policyHash,
    () => false,
  );

/** `left`: a policy whose entries an earlier try of the same reload has written. */
async function reload(parts: ReloadParts, asked: Asked, left?: Left): Promise<Tried> {
  const { station, duty, holder } = parts;
  const { by, only } = asked;
  const draining = ['the sidecar is shutting down'];
  if (duty.isDraining()) return refuse(parts, by, draining, left);
  const loaded = await parts.load().catch((error: unknown): LoadedRuling => ({
    ok: false,
    problems: [`the configuration cannot be read: ${messageOf(error)}`],
  }));
  if (!loaded.ok) return refuse(parts, by, loaded.problems, left);
  const { ruling, drafts, standing, isCurrent, adopted } = loaded.proposed;
  const before = holder.inForce();
  if (only !== null && ruling.policy.hash !== only) {
    const differs = `the configuration here is policy \`${ruling.policy.hash}\`; expected \`${only}\`, which ${by} has in force`;
    return refuse(parts, by, [differs], left);
  }
  const sellers = changedSellers(before, ruling);
  if (sellers.length > 0) return refuse(parts, by, sellers, left);
  const next = succeed(before, ruling);
  const change = changeOf(before, next);
  try {
    const added = change.added.filter((id) => !before.retired.has(id));
    const campaigns = added.flatMap((id) => next.campaigns.get(id) ?? []);
    await rebuildAdded({ ...station, ...next }, campaigns);
  } catch (error) {
    return {
      ...refuse(parts, by, [`counters of an added campaign: ${messageOf(error)}`], left),
      isPassing: true,
    };
  }
  const writing: Left = { policyHash: next.policy.hash, standing };
  let entryId: number;
  try {
    // Chained in this order, durable together.
    await Promise.all(drafts.map((draft) => station.ledger.append(draft)));
    if (duty.isDraining()) return refuse(parts, by, draining, writing);
    const stated = await station.ledger.append({
      kind: 'policy_reloaded',
      body: bodyOf(before, next, change, by),
    });
    entryId = stated.entry.id;
  } catch (error) {
    return { ...refuse(parts, by, [`ledger: ${messageOf(error)}`], writing), isPassing: true };
  }
  if (!isCurrent()) return reload(parts, asked, writing);
  parts.recount(movedCalendars(before, next));
  holder.put(next);
  adopted();
  parts.onChange(change);
  const [from, to] = [before.policy.hash, next.policy.hash];
  station.log.info({ by, from, policy: to, ...listed(change) }, 'reloaded: the new policy is in force');
  return { answer: { kind: 'reloaded', from, to, ...change }, entryId };
}

/** Nothing was changed. Told in the log at once; the ledger takes it when it can. */
function refuse(
  { station, holder }: ReloadParts,
  by: string,
  problems: readonly string[],
  left?: Left,
): Tried & { readonly isPassing: boolean } {
  const policyHash = holder.inForce().policy.hash;
  for (const problem of problems) station.log.error({ by, problem }, 'reload: problem');
  station.log.error(
    { by, problems: problems.length, policy: policyHash },
    'reload refused: the old policy stays in force',
  );
  const proposed = left === undefined ? {} : { proposed: left.policyHash };
  const refusal: LedgerDraft = {
    kind: 'reload_refused',
    body: { by, policyHash, problems: [...problems], ...proposed },
  };
  for (const draft of [refusal, ...(left?.standing ?? [])]) {
    void persist(station, `refusal of a reload: ${draft.kind}`, () => station.ledger.append(draft));
  }
  return { answer: { kind: 'refused', policyHash, problems }, isPassing: false };
}

const bodyOf = (before: Ruling, next: Ruling, change: RulingChange, by: string): JsonObject => ({
  by,
  from: before.policy.hash,
  to: next.policy.hash,
  added: [...change.added],
  changed: [...change.changed],
  removed: [...change.removed],
});

const listed = ({ added, changed, removed }: RulingChange): Readonly<Record<string, string>> => ({
  added: added.join(' '),
  changed: changed.join(' '),
  removed: removed.join(' '),
});

/** What people asked of the seller of before would be taken for requests to the other: calls, texts and keys name the campaign. */
function changedSellers(before: Ruling, next: NewRuling): readonly string[] {
  return [...next.campaigns.values()].flatMap(({ id, seller }) => {
    const was = knownCampaign(before, id)?.campaign.seller.id;
    return was === undefined || was === seller.id
      ? []
      : [
          `campaigns: ${id}: seller.id \`${seller.id}\`: expected \`${was}\`, the seller it has called for, or another campaign id`,
        ];
  });
}

/** A campaign has changed when its settings or its messages have. */
export function changeOf(before: Ruling, next: Ruling): RulingChange {
  const ids = [...next.campaigns.keys()];
  return {
    added: ids.filter((id) => !before.campaigns.has(id)),
    changed: ids.filter((id) => before.campaigns.has(id) && contentOf(before, id) !== contentOf(next, id)),
    removed: [...before.campaigns.keys()].filter((id) => !next.campaigns.has(id)),
  };
}

function contentOf({ campaigns, prompts }: Ruling, id: CampaignId): string {
  const campaign = campaigns.get(id);
  const kinds = campaign === undefined ? [] : promptKindsOf(campaign);
  const messages = kinds.map((kind) => toJson(prompts.prompt(id, kind)));
  return canonicalJson({ messages, campaign: toJson(campaign ?? {}) });
}

/** Days are kept by the campaign's own date: in another zone a late result belongs to another day. */
function movedCalendars(before: Ruling, next: Ruling): readonly CampaignId[] {
  const moved = ({ id, zone }: Campaign): boolean => {
    const was = knownCampaign(before, id)?.campaign.zone;
    return was !== undefined && was !== zone;
  };
  return [...next.campaigns.values()].filter(moved).map(({ id }) => id);
}

/**
 * `replay` decides a recorded call again from the ledger alone; `rules diff` decides recorded calls under another policy and lists
 * those whose answer changes. Both read only.
 */
import {
  answersDiffer,
  type DecidingPolicy,
  decidingUnder,
  policyOfEntry,
  redecide,
  replay,
  shortDecision,
} from '../../control/replay.ts';
import { neverInForce, POLICY_KINDS } from '../../control/policies-in-force.ts';
import { decisionFromEntry } from '../../control/decision-entry.ts';
import { type ListsDocuments, listsOfEntry } from '../../control/lists-document.ts';
import { type LedgerEntry, textOf } from '../../domain/ledger-entry.ts';
import { addMs, DAY_MS, formatInstant, type Instant, parseInstant } from '../../domain/time.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { ledgerOf, type SourceArgs } from '../ledger-file.ts';
import { many, plain, table } from '../text.ts';
import type { LedgerSource, Wiring } from '../wiring.ts';

export interface ReplayArgs extends SourceArgs {
  readonly callId: string;
  readonly json?: boolean | undefined;
}

export async function replayCall(
  args: ReplayArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger'>,
): Promise<ExitCode> {
  const source = await ledgerOf(args, wiring);
  try {
    const entry = await decisionOf(source, args.callId);
    const deciding = await policyWith(source, (hash) => hash === textOf(entry, 'policyHash'));
    if (deciding === null) {
      const problem = `the policy ${textOf(entry, 'policyHash')} is not in this ledger`;
      throw new CommandFailed(EXIT.fault, `call ${plain(args.callId)} cannot be decided again: ${problem}`);
    }
    const found = replay(entry, deciding, await listsOf(source));
    if (args.json === true) printJson(io, { call_id: args.callId, entry: entry.id, ...found });
    else if (found.kind === 'impossible') io.out(`IMPOSSIBLE: ${plain(found.problem)}`);
    else {
      const same = found.kind === 'same';
      io.out(`${same ? 'SAME' : 'DIFFERS'}  call ${plain(args.callId)}, entry ${entry.id}`);
      io.out(`  recorded  ${shortDecision(found.recorded)}`);
      io.out(`  again     ${shortDecision(same ? found.recorded : found.again)}`);
      io.out(`  policy ${textOf(entry, 'policyHash').slice(0, 12)}, decided ${formatInstant(entry.at)}`);
    }
    return found.kind === 'same' ? EXIT.ok : EXIT.notOk;
  } finally {
    await source.close();
  }
}

export interface RulesDiffArgs extends SourceArgs {
  /** `recorded`, the head of a policy hash in the ledger, or a configuration folder. */
  readonly from: string;
  readonly to: string;
  /** `yesterday`, `today` or a date; a day of UTC. */
  readonly replay: string;
  readonly json?: boolean | undefined;
}

interface Changed {
  readonly call_id: string;
  readonly number: string | null;
  readonly decided_at: string;
  readonly from: string;
  readonly to: string;
}

/** Exit 0 when no answer changes, 1 when some do. */
export async function rulesDiff(
  args: RulesDiffArgs,
  io: Io,
  wiring: Pick<Wiring, 'openLedger' | 'loadPolicy'>,
): Promise<ExitCode> {
  const since = dayOf(args.replay, io);
  const until = addMs(since, DAY_MS);
  const source = await ledgerOf(args, wiring);
  try {
    const [from, to] = [
      await policyNamed(args.from, args, source, wiring),
      await policyNamed(args.to, args, source, wiring),
    ];
    const notes = await notesOn(source, [from, to]);
    const lists = await listsOf(source);
    const changed: Changed[] = [];
    let count = 0;
    for await (const entry of source.entries({ kinds: ['decision'], since })) {
      if (entry.at >= until) continue;
      count += 1;
      const before = from === 'recorded' ? decisionFromEntry(entry) : redecide(entry, from, lists);
      const after = to === 'recorded' ? decisionFromEntry(entry) : redecide(entry, to, lists);
      if (!answersDiffer(before, after)) continue;
      changed.push({
        call_id: textOf(entry, 'callId'),
        number: textOf(entry, 'number') || null,
        decided_at: formatInstant(entry.at),
        from: shortDecision(before),
        to: shortDecision(after),
      });
    }
    if (args.json === true) printJson(io, { since: formatInstant(since), decisions: count, changed, notes });
    else {
      for (const note of notes) io.out(`note: ${note}`);
      io.out(
        `${many(count, 'decision')} of ${formatInstant(since).slice(0, 10)}, ${changed.length} answered otherwise`,
      );
      const rows = changed.map((each) => [each.call_id, each.number, each.decided_at, each.from, each.to]);
      if (rows.length > 0) io.out(table(['CALL', 'NUMBER', 'DECIDED', 'FROM', 'TO'], rows));
    }
    return changed.length === 0 ? EXIT.ok : EXIT.notOk;
  } finally {
    await source.close();
  }
}

/** A policy that only a refused reload wrote says nothing about what was decided: who compares with it must know. */
async function notesOn(
  source: LedgerSource,
  named: readonly (DecidingPolicy | 'recorded')[],
): Promise<readonly string[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of source.entries({ kinds: POLICY_KINDS })) entries.push(entry);
  const refused = neverInForce(entries);
  return named.flatMap((each) =>
    each !== 'recorded' && refused.has(each.policy.hash)
      ? [`policy ${each.policy.hash.slice(0, 12)} was never in force: the reload that wrote it was refused`]
      : [],
  );
}

async function decisionOf(source: LedgerSource, callId: string): Promise<LedgerEntry> {
  for await (const entry of source.entries({ kinds: ['decision'], callId })) return entry;
  throw new CommandFailed(EXIT.notOk, `no decision of call \`${plain(callId)}\` is in this ledger`);
}

/** One for each set of versions that was in force: far fewer than decisions. */
async function listsOf(source: LedgerSource): Promise<ListsDocuments> {
  const found: ReturnType<typeof listsOfEntry>[] = [];
  for await (const entry of source.entries({ kinds: ['lists_document'] })) found.push(listsOfEntry(entry));
  return new Map(found);
}

async function policyWith(
  source: LedgerSource,
  wanted: (hash: string) => boolean,
): Promise<DecidingPolicy | null> {
  for await (const entry of source.entries({ kinds: ['policy_document'] })) {
    if (wanted(textOf(entry, 'policyHash'))) return policyOfEntry(entry);
  }
  return null;
}

const POLICY_EXPECTED =
  'recorded, the head of a policy hash (8 to 64 of 0-9 and a-f), or a configuration folder';

async function policyNamed(
  name: string,
  args: SourceArgs,
  source: LedgerSource,
  wiring: Pick<Wiring, 'loadPolicy'>,
): Promise<DecidingPolicy | 'recorded'> {
  if (name === 'recorded') return name;
  if (/^[0-9a-f]{8,64}$/.test(name)) {
    const found = await policyWith(source, (hash) => hash.startsWith(name));
    if (found !== null) return found;
    throw new CommandFailed(EXIT.usage, `no policy \`${name}\` is in this ledger`);
  }
  try {
    return decidingUnder(wiring.loadPolicy({ ...args, configDirectory: name }));
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new CommandFailed(
      error.exitCode,
      error.message,
      `policy \`${plain(name)}\`: expected ${POLICY_EXPECTED}`,
    );
  }
}

/** Midnight UTC at which the day begins. */
function dayOf(text: string, io: Io): Instant {
  const today = Math.floor(io.nowMs() / DAY_MS) * DAY_MS;
  if (text === 'today') return today as Instant;
  if (text === 'yesterday') return (today - DAY_MS) as Instant;
  const day = parseInstant(`${text}T00:00:00Z`);
  if (!day.ok) {
    throw new CommandFailed(
      EXIT.usage,
      `--replay \`${plain(text)}\`: expected yesterday, today or a date like 2026-11-23`,
    );
  }
  return day.value;
}

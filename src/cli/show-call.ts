/** A call's timeline for people: every entry of the ledger and every instant that a progress entry holds, in order of time. */
import type { CallJson, EntryJson } from './shapes.ts';
import { pairs, plain, table } from './text.ts';

/** Fields that every entry of the call repeats. */
const KNOWN_ALREADY = new Set([
  'callId',
  'campaignId',
  'sellerId',
  'number',
  'timeline',
  'sources',
  'clock',
  'machine',
  'greetingEndSource',
  'facts',
  'request',
  'policyHash',
]);

export function callText(call: CallJson): string {
  const moments = call.entries.flatMap(momentsOf).sort((a, b) => a.atMs - b.atMs);
  const first = moments[0]?.atMs ?? 0;
  const rows = moments.map(({ at, atMs, what, detail }) => [at, `+${atMs - first}`, what, detail]);
  return `call ${plain(call.call_id)}: ${plain(call.state)}\n${table(['AT', 'MS', 'WHAT', 'DETAIL'], rows)}`;
}

interface MomentRow {
  readonly at: string;
  readonly atMs: number;
  readonly what: string;
  readonly detail: string;
}

function momentsOf(entry: EntryJson): readonly MomentRow[] {
  const { timeline, sources } = entry.body;
  const inside = fieldsOf(timeline).flatMap(([what, at]) =>
    typeof at === 'string' ? [row(at, `  ${what}`, sourceOf(what, sources, entry))] : [],
  );
  const moments = [...inside, ...verdictRows(entry)];
  const detail = detailOf(entry);
  // An entry that holds nothing but instants is told by them.
  return detail === '' && moments.length > 0 ? moments : [row(entry.at, entry.kind, detail), ...moments];
}

/** Person or machine: the verdict and the talk it stands on. */
function verdictRows({ at: writtenAt, body }: EntryJson): readonly MomentRow[] {
  const machine = Object.fromEntries(fieldsOf(body['machine']));
  if (typeof machine['verdict'] !== 'string') return [];
  const { by, verdict, rule, waitedMs, at, talks, thresholds } = machine;
  const waited = typeof waitedMs === 'number' ? `, the person waited ${waitedMs} ms` : '';
  const detail = `${verdict} by ${String(by)}: ${String(rule)}${waited}; ${pairs(Object.fromEntries(fieldsOf(thresholds)))}`;
  const heard = (Array.isArray(talks) ? talks : []).flatMap((talk: unknown) => {
    const { from, talkMs, by: ear } = Object.fromEntries(fieldsOf(talk));
    const length = typeof talkMs === 'number' ? `${talkMs} ms` : 'not told to have ended';
    return typeof from === 'string' ? [row(from, '  talk', `${length}, heard by ${String(ear)}`)] : [];
  });
  return [row(typeof at === 'string' ? at : writtenAt, '  verdict', detail), ...heard];
}

const fieldsOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** Where an instant comes from; of the law's clock also what it was started by. Older entries do not say. */
function sourceOf(what: string, sources: unknown, { body }: EntryJson): string {
  const source = fieldsOf(sources).find(([name]) => name === what)?.[1];
  if (typeof source !== 'string') return '';
  const clock = Object.fromEntries(fieldsOf(body['clock']));
  if (what !== 'clock_started' || typeof clock['source'] !== 'string') return source;
  const heardBy = typeof clock['heardBy'] === 'string' ? ` heard by ${clock['heardBy']}` : '';
  return `${clock['source']}${heardBy}, ${String(clock['silenceMs'])} ms of silence`;
}

const row = (at: string, what: string, detail: string): MomentRow => {
  const atMs = Date.parse(at);
  return { at, atMs: Number.isNaN(atMs) ? 0 : atMs, what, detail };
};

function detailOf({ kind, body }: EntryJson): string {
  const { reasons } = body;
  if (kind === 'decision') {
    const codes = Array.isArray(reasons)
      ? reasons.map((reason) => String((reason as { code?: unknown }).code))
      : [];
    return [String(body['verdict']), codes.join(',')].filter((each) => each !== '').join(' ');
  }
  return pairs(
    Object.fromEntries(
      Object.entries(body).filter(([name, value]) => !KNOWN_ALREADY.has(name) && value !== null),
    ),
  );
}

/** Recordings over HTTP: `recording fetch|show|refuse`, `recording hold set|lift|show`; and `recording key`, which needs no sidecar. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connectTo } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io } from '../io.ts';
import { plain, table } from '../text.ts';
import { record, type RecordArgs } from './records.ts';

export interface RecordingFetchArgs extends RecordArgs {
  readonly callId: string;
  readonly to: string;
  readonly track: string;
  readonly who: string;
  readonly why: string;
}

/** The file is readable to its owner alone, and is never written over. */
export async function recordingFetch(args: RecordingFetchArgs, io: Io): Promise<ExitCode> {
  const { callId, to, track, who, why } = args;
  const query = new URLSearchParams({ track, who, why }).toString();
  const bytes = await connectTo(args, io).download(`/v1/recordings/${encodeURIComponent(callId)}?${query}`);
  await write(to, bytes);
  if (args.json === true) io.out(JSON.stringify({ call_id: callId, track, file: to, bytes: bytes.length }));
  else io.out(`${to}: ${bytes.length} bytes, ${track} of call ${callId}`);
  return EXIT.ok;
}

export interface RecordingShowArgs extends RecordArgs {
  readonly callId: string;
}

interface Shown {
  readonly record: Readonly<Record<string, unknown>>;
  readonly archived_at: string;
  readonly deleted_at: string | null;
  readonly holds: readonly Hold[];
}

interface Hold {
  readonly hold_id: string;
  readonly scope: string;
  readonly value: string;
  readonly who: string;
  readonly why: string;
  readonly set_at: string;
  readonly lifted_at: string | null;
}

export async function recordingShow(args: RecordingShowArgs, io: Io): Promise<ExitCode> {
  const shown = await connectTo(args, io).get<Shown>(
    `/v1/recordings/${encodeURIComponent(args.callId)}/record`,
  );
  if (args.json === true) {
    io.out(JSON.stringify(shown));
    return EXIT.ok;
  }
  const { record: row, archived_at: archivedAt, deleted_at: deletedAt, holds } = shown;
  const { files, ...facts } = row;
  const kept = (Array.isArray(files) ? files : []) as readonly Readonly<Record<string, unknown>>[];
  io.out(
    table(
      ['FACT', 'VALUE'],
      Object.entries({ ...facts, archived_at: archivedAt, deleted_at: deletedAt ?? 'not deleted' }).map(
        ([name, value]) => [name, plain(typeof value === 'string' ? value : JSON.stringify(value))],
      ),
    ),
  );
  io.out(
    table(
      ['TRACK', 'BYTES', 'KEY', 'SHA-256'],
      kept.map((file) =>
        [file['track'], file['bytes'], file['key_id'] ?? 'plain', file['sha256']].map((each) =>
          plain(String(each)),
        ),
      ),
    ),
  );
  io.out(holds.length === 0 ? 'no legal hold' : holdTable(holds));
  return EXIT.ok;
}

export interface RefuseArgs extends RecordArgs {
  readonly callId: string;
  readonly who: string;
}

export async function recordingRefuse(args: RefuseArgs, io: Io): Promise<ExitCode> {
  const path = `/v1/calls/${encodeURIComponent(args.callId)}/recording/refuse`;
  const answer = await connectTo(args, io).post<{ readonly recording: string }>(path, { who: args.who });
  io.out(args.json === true ? JSON.stringify(answer) : `recording of ${args.callId}: ${answer.recording}`);
  return EXIT.ok;
}

export interface HoldSetArgs extends RecordArgs {
  readonly scope: string;
  readonly value: string;
  readonly who: string;
  readonly why: string;
}

export async function holdSet(args: HoldSetArgs, io: Io): Promise<ExitCode> {
  const { scope, value, who, why } = args;
  const body = { scope, value, who, why };
  const answer = await connectTo(args, io).post<{ readonly hold_id: string }>('/v1/recording-holds', body);
  io.out(args.json === true ? JSON.stringify(answer) : `hold ${answer.hold_id} on ${scope} ${value}`);
  return EXIT.ok;
}

export interface HoldLiftArgs extends RecordArgs {
  readonly id: string;
  readonly who: string;
  readonly why: string;
}

export const holdLift = (args: HoldLiftArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/recording-holds/lifts',
    { hold_id: args.id, who: args.who, why: args.why },
    `end of hold ${args.id}`,
  );

export async function holdShow(args: RecordArgs, io: Io): Promise<ExitCode> {
  const { holds } = await connectTo(args, io).get<{ readonly holds: readonly Hold[] }>('/v1/recording-holds');
  if (args.json === true) io.out(JSON.stringify({ holds }));
  else io.out(holds.length === 0 ? 'no legal hold was ever set' : holdTable(holds));
  return EXIT.ok;
}

const holdTable = (holds: readonly Hold[]): string =>
  table(
    ['HOLD', 'ON', 'VALUE', 'BY', 'WHY', 'SET', 'LIFTED'],
    holds.map((each) =>
      [each.hold_id, each.scope, each.value, each.who, each.why, each.set_at, each.lifted_at ?? '-'].map(
        plain,
      ),
    ),
  );

const KEY_BYTES = 32;

/** A new master key. Printed nowhere. */
export async function recordingKey(file: string, io: Io): Promise<ExitCode> {
  await write(file, Buffer.from(`${randomBytes(KEY_BYTES).toString('hex')}\n`));
  io.out(`${file}: a new key. Keep a copy elsewhere: without it no recording under it can ever be heard.`);
  return EXIT.ok;
}

async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EEXIST' ? 'it is there already' : String(code);
    throw new CommandFailed(EXIT.usage, `\`${file}\` cannot be written: ${why}`);
  }
}

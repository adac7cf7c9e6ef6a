/** `emergency declare|end|show` and `unclear show|settle`: what compliance enters while sidecars run. */
import { connectTo } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';
import { record, type RecordArgs } from './records.ts';

export interface EmergencyArgs extends RecordArgs {
  readonly state: string;
  readonly source: string;
  readonly who: string;
}

export const emergencyDeclare = (
  args: EmergencyArgs & { readonly from: string; readonly until?: string | undefined },
  io: Io,
): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/emergencies',
    { state: args.state, from: args.from, until: args.until ?? null, source: args.source, who: args.who },
    `state of emergency in ${args.state}`,
  );

export const emergencyEnd = (args: EmergencyArgs & { readonly until: string }, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/emergencies/ends',
    { state: args.state, until: args.until, source: args.source, who: args.who },
    `end of the emergencies in ${args.state}`,
  );

interface EmergencyJson {
  readonly state: string;
  readonly from: string;
  readonly until: string | null;
  readonly source: string;
  readonly who: string;
}

export async function emergencyShow(args: RecordArgs, io: Io): Promise<ExitCode> {
  const { emergencies } = await connectTo(args, io).get<{ emergencies: readonly EmergencyJson[] }>(
    '/v1/emergencies',
  );
  if (args.json === true) printJson(io, { emergencies });
  else if (emergencies.length === 0) io.out('none was declared; rows of operator.yaml are not shown here');
  else {
    const rows = emergencies.map(({ state, from, until, source, who }) => [
      ...[state, from, until ?? 'open'],
      ...[plain(source), plain(who)],
    ]);
    io.out(table(['STATE', 'FROM', 'UNTIL', 'SOURCE', 'WHO'], rows));
  }
  return EXIT.ok;
}

interface UnclearJson {
  readonly request_id: string;
  readonly number: string;
  readonly seller: string;
  readonly text: string;
  readonly received_at: string;
}

export async function unclearShow(args: RecordArgs, io: Io): Promise<ExitCode> {
  const { requests } = await connectTo(args, io).get<{ requests: readonly UnclearJson[] }>(
    '/v1/unclear-requests?limit=1000',
  );
  if (args.json === true) printJson(io, { requests });
  else if (requests.length === 0) io.out('nothing waits for a person');
  else {
    const rows = requests.map((each) => [
      ...[each.request_id, each.received_at, each.number, each.seller],
      plain(each.text),
    ]);
    io.out(table(['ID', 'RECEIVED', 'NUMBER', 'SELLER', 'TEXT'], rows));
  }
  return EXIT.ok;
}

export interface SettleArgs extends RecordArgs {
  readonly id: string;
  readonly as: string;
  readonly who: string;
  readonly why: string;
}

export const unclearSettle = (args: SettleArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/unclear-requests/settlements',
    { request_id: args.id, as: args.as, who: args.who, why: args.why },
    `settlement of ${args.id}`,
  );

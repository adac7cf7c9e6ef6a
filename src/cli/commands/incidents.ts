/** `incident open|close|list`: what went wrong, why, what was done, and how it is known to be over. */
import { randomUUID } from 'node:crypto';
import { formatInstant, instant } from '../../domain/time.ts';
import { connectTo } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';
import { record, type RecordArgs } from './records.ts';

export interface IncidentOpenArgs extends RecordArgs {
  readonly finding: string;
  readonly who: string;
  readonly foundAt?: string | undefined;
  readonly id?: string | undefined;
}

export function incidentOpen(args: IncidentOpenArgs, io: Io): Promise<ExitCode> {
  const id = args.id ?? randomUUID();
  const body = {
    incident_id: id,
    finding: args.finding,
    found_at: args.foundAt ?? formatInstant(instant(io.nowMs())),
    who: args.who,
  };
  return record(args, io, '/v1/incidents', body, `incident ${id}`);
}

export interface IncidentCloseArgs extends RecordArgs {
  readonly id: string;
  readonly cause: string;
  readonly correction: string;
  readonly verification: string;
  readonly who: string;
}

export const incidentClose = (args: IncidentCloseArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/incidents/closings',
    {
      incident_id: args.id,
      cause: args.cause,
      correction: args.correction,
      verification: args.verification,
      who: args.who,
    },
    `end of incident ${args.id}`,
  );

interface IncidentJson {
  readonly incident_id: string;
  readonly finding: string;
  readonly found_at: string;
  readonly opened_by: string;
  readonly closed_at: string | null;
}

export interface IncidentListArgs extends RecordArgs {
  readonly open?: boolean | undefined;
}

export async function incidentList(args: IncidentListArgs, io: Io): Promise<ExitCode> {
  const all = await connectTo(args, io).get<{ incidents: readonly IncidentJson[] }>('/v1/incidents');
  const incidents = all.incidents.filter((each) => args.open !== true || each.closed_at === null);
  if (args.json === true) printJson(io, { incidents });
  else if (incidents.length === 0) io.out(args.open === true ? 'none is open' : 'none is on record');
  else {
    const rows = incidents.map((each) => [
      ...[plain(each.incident_id), plain(each.found_at), plain(each.opened_by)],
      ...[each.closed_at === null ? 'OPEN' : plain(each.closed_at), plain(each.finding)],
    ]);
    io.out(table(['ID', 'FOUND', 'BY', 'CLOSED', 'FINDING'], rows));
  }
  return EXIT.ok;
}

/** `attest declare` records what somebody vouches for; `attest status` shows caller IDs by trunk, and what campaigns demand of them. */
import { formatInstant, instant } from '../../domain/time.ts';
import { connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, plain, table } from '../text.ts';
import { record, type RecordArgs } from './records.ts';

export interface AttestDeclareArgs extends RecordArgs {
  readonly callerId: string;
  readonly level: string;
  readonly proof: string;
  readonly expires: string;
  readonly confirmedAt?: string | undefined;
  readonly trunk?: string | undefined;
}

/** A declaration: somebody vouches. Levels seen on the wire are recorded by the sidecar itself. */
export async function attestDeclare(args: AttestDeclareArgs, io: Io): Promise<ExitCode> {
  const body = {
    caller_id: args.callerId,
    ...(args.trunk === undefined ? {} : { trunk: args.trunk }),
    level: args.level,
    way: 'declared',
    confirmed_at: args.confirmedAt ?? formatInstant(instant(io.nowMs())),
    expires_at: args.expires,
    proof: args.proof,
  };
  return record(args, io, '/v1/attestations', body, `attestation ${args.level} of ${args.callerId}`);
}

export interface AttestStatusArgs extends Connection {
  readonly json?: boolean | undefined;
}

export interface AttestationsJson {
  readonly routes: readonly RouteJson[];
  readonly mirror: Readonly<Record<string, string | number | null>> | null;
}

export interface RouteJson {
  readonly caller_id: string;
  readonly trunk: string | null;
  readonly record: RecordJson | null;
  readonly demands: readonly {
    readonly campaign: string;
    readonly minimum: string;
    readonly max_age_hours: number;
    readonly answer: string;
    readonly problem: string | null;
    readonly met_until: string | null;
  }[];
  /** The newest of each way. */
  readonly records: readonly RecordJson[];
}

interface RecordJson {
  /** Null: of every trunk. */
  readonly trunk: string | null;
  readonly level: string;
  readonly way: string;
  readonly age_seconds: number;
  readonly expires_at: string;
}

/** Not ok when a campaign that demands a level does not have it: its originations are vetoed. */
export async function attestStatus(args: AttestStatusArgs, io: Io): Promise<ExitCode> {
  const answer = await connectTo(args, io).get<AttestationsJson>('/v1/attestations');
  if (args.json === true) printJson(io, answer);
  else io.out(statusText(answer));
  const isVetoed = answer.routes.some(({ demands }) =>
    demands.some(({ minimum, answer: said }) => minimum !== 'none' && said !== 'met'),
  );
  return isVetoed ? EXIT.notOk : EXIT.ok;
}

function statusText({ routes, mirror }: AttestationsJson): string {
  const rows = routes.map(({ caller_id, trunk, record: found, demands }) => [
    caller_id,
    trunk ?? 'any',
    found?.level ?? '-',
    found === null ? '-' : age(found.age_seconds),
    found?.way ?? '-',
    demands.map(({ campaign, minimum, answer }) => `${campaign}: ${minimum}, ${answer}`).join('; '),
  ]);
  const seen =
    mirror === null
      ? 'outgoing calls are not mirrored to us: hep.port is not set'
      : `mirror ${plain(mirror['address'])}: ${many(Number(mirror['judged']), 'call')} judged, ${plain(mirror['unseen'])} unseen, ${plain(mirror['dropped'])} given up, ${plain(mirror['alarms'])} alarms`;
  return routes.length === 0
    ? `no caller ID\n${seen}`
    : `${table(['CALLER ID', 'TRUNK', 'LEVEL', 'AGE', 'SOURCE', 'DEMANDED'], rows)}\n${seen}`;
}

export function age(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours >= 48
    ? `${Math.floor(hours / 24)} d`
    : hours > 0
      ? `${hours} h ${minutes} min`
      : `${minutes} min`;
}

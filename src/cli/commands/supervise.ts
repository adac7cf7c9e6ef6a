/** `supervise ID` lets a supervisor who has come in by telephone into a talk, and out of it; without a call, shows who is there. */
import type { SupervisionMode } from '../../domain/supervision.ts';
import { connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';

export interface SuperviseArgs extends Connection {
  /** Left out: everybody who has come in is listed. */
  readonly supervisor?: string | undefined;
  /** Left out: the supervisor is taken out of the talk. */
  readonly call?: string | undefined;
  readonly mode: SupervisionMode;
  readonly json?: boolean | undefined;
}

interface SupervisorsJson {
  readonly supervisors: readonly {
    readonly supervisor: string;
    readonly talk: { readonly call_id: string; readonly mode: string; readonly since: string } | null;
  }[];
}

interface TalkJson {
  readonly admitted: boolean;
  readonly because: string | null;
  readonly meaning: string | null;
}

export async function supervise(args: SuperviseArgs, io: Io): Promise<ExitCode> {
  const { supervisor, call, mode } = args;
  const client = connectTo(args, io);
  if (supervisor === undefined) {
    const answer = await client.get<SupervisorsJson>('/v1/supervisors');
    if (args.json === true) printJson(io, answer);
    else io.out(listText(answer));
    return EXIT.ok;
  }
  const path = `/v1/supervisors/${encodeURIComponent(supervisor)}`;
  if (call === undefined) {
    const answer = await client.post<{ readonly left: boolean }>(`${path}/leave`, {});
    if (args.json === true) printJson(io, answer);
    else io.out(answer.left ? `${supervisor} has left the talk` : `${supervisor} was at no talk`);
    return answer.left ? EXIT.ok : EXIT.notOk;
  }
  const answer = await client.post<TalkJson>(`${path}/talk`, { call_id: call, mode });
  if (args.json === true) printJson(io, answer);
  else if (answer.admitted) io.out(`${supervisor} is at ${call}: ${mode}`);
  else io.out(`not let in: ${plain(answer.meaning ?? '')} (${plain(answer.because ?? '')})`);
  return answer.admitted ? EXIT.ok : EXIT.notOk;
}

function listText({ supervisors }: SupervisorsJson): string {
  if (supervisors.length === 0) return 'no supervisor has come in';
  return table(
    ['supervisor', 'call', 'mode', 'since'],
    supervisors.map(({ supervisor, talk }) => [supervisor, talk?.call_id ?? '-', talk?.mode, talk?.since]),
  );
}

/** `attest canary run`: calls a number of our own with a caller ID over a trunk, and says what came back. */
import { connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';

export interface CanaryRunArgs extends Connection {
  readonly callerId?: string | undefined;
  readonly trunk?: string | undefined;
  readonly json?: boolean | undefined;
}

interface CanariesJson {
  readonly canaries: readonly {
    readonly caller_id: string;
    readonly trunk: string;
    readonly outcome: string;
    readonly level: string | null;
    readonly alarm: string | null;
    readonly findings: readonly { readonly source: string; readonly level: string }[];
  }[];
}

/** A canary is waited for: longer than it may take to be missing. */
const WAIT_MS = 150_000;

/** Not ok where one was not placed, did not come back, or is cause for an alarm. */
export async function canaryRun(args: CanaryRunArgs, io: Io): Promise<ExitCode> {
  const timeoutMs = Math.max(args.timeoutMs ?? 0, WAIT_MS);
  const answer = await connectTo({ ...args, timeoutMs }, io).post<CanariesJson>('/v1/canaries', {
    ...(args.callerId === undefined ? {} : { caller_id: args.callerId }),
    ...(args.trunk === undefined ? {} : { trunk: args.trunk }),
    wait: true,
  });
  if (args.json === true) printJson(io, answer);
  else if (answer.canaries.length === 0) io.out('no campaign has such a caller ID on such a trunk');
  else {
    const rows = answer.canaries.map(({ caller_id, trunk, outcome, level, alarm, findings }) => [
      plain(caller_id),
      plain(trunk),
      plain(outcome),
      level ?? '-',
      alarm ?? '-',
      findings.map(({ source, level: said }) => `${source} ${said}`).join(', '),
    ]);
    io.out(table(['CALLER ID', 'TRUNK', 'OUTCOME', 'LEVEL', 'ALARM', 'SEEN BY'], rows));
  }
  const isFine =
    answer.canaries.length > 0 &&
    answer.canaries.every(({ outcome, alarm }) => outcome === 'arrived' && alarm === null);
  return isFine ? EXIT.ok : EXIT.notOk;
}

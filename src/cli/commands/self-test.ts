/** `self-test`: the numbers that are known to be listed, screened now by the running sidecar; nobody is dialed. */
import { connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, plain, table } from '../text.ts';

export interface SelfTestArgs extends Connection {
  readonly json?: boolean | undefined;
}

interface SelfTestJson {
  readonly passed: boolean;
  readonly seeds: readonly {
    readonly number: string;
    readonly expects: string;
    readonly answer: string;
    readonly campaigns: number;
    readonly failures: readonly {
      readonly campaign: string;
      readonly verdict: string;
      readonly reasons: readonly string[];
    }[];
  }[];
}

/** A hundred seeds for a hundred campaigns take their time. */
const WAIT_MS = 60_000;

/** Not ok where a list did not hold its number, or nothing was tested at all. */
export async function selfTest(args: SelfTestArgs, io: Io): Promise<ExitCode> {
  const timeoutMs = Math.max(args.timeoutMs ?? 0, WAIT_MS);
  const run = await connectTo({ ...args, timeoutMs }, io).post<SelfTestJson>('/v1/self-tests', {});
  if (args.json === true) printJson(io, run);
  if (run.seeds.length === 0) {
    throw new CommandFailed(
      EXIT.notOk,
      'nothing was tested: selfTest.seeds of breakwater.yaml names no number',
      'name one number that is known to be listed for each do-not-call list',
    );
  }
  if (args.json !== true) {
    const rows = run.seeds.map(({ number, expects, answer, campaigns }) => [
      ...[plain(number), plain(expects), plain(answer).toUpperCase()],
      many(campaigns, 'campaign'),
    ]);
    io.out(table(['NUMBER', 'EXPECTS', 'ANSWER', 'SCREENED FOR'], rows));
    for (const { number, failures } of run.seeds) {
      for (const { campaign, verdict, reasons } of failures) {
        const why = reasons.length === 0 ? '' : `: ${reasons.map(plain).join(', ')}`;
        io.out(`  ${plain(number)} ${plain(campaign)}: ${plain(verdict)}${why}`);
      }
    }
  }
  return run.passed && run.seeds.every(({ answer }) => answer === 'held') ? EXIT.ok : EXIT.notOk;
}

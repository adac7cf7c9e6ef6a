/** `reload`: the running sidecar loads its configuration again, or says why it keeps the old one. */
import { connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain } from '../text.ts';

export interface ReloadArgs extends Connection {
  readonly json?: boolean | undefined;
}

interface ReloadJson {
  readonly from: string;
  readonly policy_hash: string;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A refusal ends with exit code 1 and every problem on stderr. */
export async function reload(args: ReloadArgs, io: Io): Promise<ExitCode> {
  const answer = await connectTo(args, io).post<ReloadJson>('/v1/reload', {});
  if (args.json === true) {
    printJson(io, answer);
    return EXIT.ok;
  }
  const same = answer.from === answer.policy_hash;
  io.out(`policy ${plain(answer.policy_hash)} is in force${same ? ', as before' : ''}`);
  for (const what of ['added', 'changed', 'removed'] as const) {
    if (answer[what].length > 0) io.out(`${what}: ${answer[what].map(plain).join(' ')}`);
  }
  return EXIT.ok;
}

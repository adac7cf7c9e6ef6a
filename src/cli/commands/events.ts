/** `event undelivered|resend`: events that a program outside has not taken. */
import { type Client, connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { plain, table } from '../text.ts';

interface LetterJson {
  readonly target: string;
  readonly entry: number;
  readonly kind: string;
  readonly given_up_at: string;
  readonly attempts: number;
  readonly problem: string;
}

const lettersOf = async (client: Client): Promise<readonly LetterJson[]> =>
  (await client.get<{ readonly events: readonly LetterJson[] }>('/v1/undelivered-events')).events;

export interface EventArgs extends Connection {
  readonly json?: boolean | undefined;
}

export async function eventUndelivered(args: EventArgs, io: Io): Promise<ExitCode> {
  const events = await lettersOf(connectTo(args, io));
  if (args.json === true) printJson(io, { events });
  else if (events.length === 0) io.out('every event was taken');
  else {
    const rows = events.map(({ target, entry, kind, given_up_at, attempts, problem }) => [
      ...[plain(target), String(entry), plain(kind), given_up_at, String(attempts), plain(problem)],
    ]);
    io.out(table(['TARGET', 'ENTRY', 'KIND', 'GIVEN UP', 'ATTEMPTS', 'PROBLEM'], rows));
  }
  return EXIT.ok;
}

export interface ResendArgs extends EventArgs {
  readonly target?: string | undefined;
}

/** Exit 1 when one of them was not taken again. One after the other, oldest first. */
export async function eventResend(args: ResendArgs, io: Io): Promise<ExitCode> {
  const client = connectTo(args, io);
  const letters = (await lettersOf(client)).filter(
    ({ target }) => args.target === undefined || target === args.target,
  );
  let failed = 0;
  for (const { target, entry } of letters) {
    const { delivered, problem } = await client.post<{
      readonly delivered: boolean;
      readonly problem: string | null;
    }>('/v1/undelivered-events/resend', { target, entry });
    if (delivered) continue;
    failed += 1;
    io.err(`${plain(target)} ${entry}: ${plain(problem ?? '')}`);
  }
  const done = { taken: letters.length - failed, failed };
  if (args.json === true) printJson(io, done);
  else io.out(`${done.taken} taken, ${failed} not`);
  return failed === 0 ? EXIT.ok : EXIT.notOk;
}

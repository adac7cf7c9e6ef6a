/** Answers of the reassigned-numbers database: `reassigned add` records one, `reassigned due` writes what it must be asked about. */
import { randomUUID } from 'node:crypto';
import { formatInstant, instant } from '../../domain/time.ts';
import { connectTo, type Connection } from '../client.ts';
import { EXIT, type ExitCode, type Io } from '../io.ts';
import { many, plain } from '../text.ts';
import { record, type RecordArgs } from './records.ts';

export interface ReassignedAddArgs extends RecordArgs {
  readonly number: string;
  readonly seller: string;
  readonly since: string;
  readonly answer: string;
  readonly queriedAt?: string | undefined;
  readonly id?: string | undefined;
}

export const reassignedAdd = (args: ReassignedAddArgs, io: Io): Promise<ExitCode> =>
  record(
    args,
    io,
    '/v1/reassigned-checks',
    {
      check_id: args.id ?? randomUUID(),
      number: args.number,
      seller: args.seller,
      since: args.since,
      answer: args.answer,
      queried_at: args.queriedAt ?? formatInstant(instant(io.nowMs())),
    },
    `answer \`${args.answer}\` for ${args.number} since ${args.since}`,
  );

export interface ReassignedDueArgs extends Connection {
  readonly seller: string;
  readonly at?: string | undefined;
  /** False: the first line is a number already. */
  readonly header: boolean;
  readonly json?: boolean | undefined;
}

interface DueJson {
  readonly due: readonly { readonly number: string; readonly since: string; readonly problem: string }[];
  readonly next: string | null;
}

/** Page by page, so that a line is out before the next page is asked for. A number as the database wants it: ten digits. */
export async function reassignedDue(args: ReassignedDueArgs, io: Io): Promise<ExitCode> {
  const client = connectTo(args, io);
  let count = 0;
  let after: string | null = null;
  do {
    const query: string = new URLSearchParams({
      seller: args.seller,
      ...(args.at === undefined ? {} : { at: args.at }),
      ...(after === null ? {} : { after }),
    }).toString();
    const { due, next }: DueJson = await client.get<DueJson>(`/v1/reassigned-checks/due?${query}`);
    if (args.json !== true && args.header && after === null) io.out('number,since');
    for (const each of due) {
      io.out(
        args.json === true
          ? JSON.stringify(each)
          : `${plain(each.number.replace(/^\+1(?=\d{10}$)/, ''))},${plain(each.since)}`,
      );
    }
    count += due.length;
    after = next;
  } while (after !== null);
  io.err(`${many(count, 'number')} to ask about`);
  return EXIT.ok;
}

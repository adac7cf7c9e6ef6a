/** `call NUMBER` places one call through the sidecar; `call show ID` tells what the ledger knows of one. */
import { type Client, connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import type { CallJson, DecisionJson } from '../shapes.ts';
import { callText } from '../show-call.ts';
import { decisionText } from '../show-decision.ts';
import { type Lead, screenBody } from './check.ts';

const POLL_MS = 250;
const WAIT_SECONDS = 300;

export interface CallArgs extends Connection, Lead {
  readonly number: string;
  readonly callId?: string | undefined;
  readonly wait?: boolean | undefined;
  readonly waitSeconds?: number | undefined;
  readonly json?: boolean | undefined;
}

/** Exit 0: placed (and, with `wait`, settled as a call that harmed nobody's budget: anything but dropped, failed, expired). */
export async function call(args: CallArgs, io: Io): Promise<ExitCode> {
  const client = connectTo(args, io);
  const answer = await client.post<DecisionJson>('/v1/originations', {
    ...screenBody(args.number, args),
    ...(args.callId === undefined ? {} : { call_id: args.callId }),
  });
  const placed = answer.placement === 'placed' || answer.placement === 'repeated';
  if (args.wait !== true || !placed || answer.verdict !== 'permit') {
    if (args.json === true) printJson(io, answer);
    else io.out(decisionText(answer));
    if (answer.verdict === 'veto') return EXIT.notOk;
    return placed ? EXIT.ok : EXIT.fault;
  }
  if (args.json !== true) io.out(decisionText(answer));
  const history = await settled(client, answer.call_id, args.waitSeconds ?? WAIT_SECONDS, io);
  if (args.json === true) printJson(io, history);
  else io.out(callText(history));
  return isGood(history) ? EXIT.ok : EXIT.notOk;
}

async function settled(client: Client, callId: string, seconds: number, io: Io): Promise<CallJson> {
  const until = io.nowMs() + seconds * 1_000;
  let told = 0;
  for (;;) {
    const history = await client.get<CallJson>(`/v1/calls/${encodeURIComponent(callId)}`);
    for (const entry of history.entries.slice(told)) io.err(`${entry.at} ${entry.kind}`);
    told = Math.max(told, history.entries.length);
    if (history.state !== 'in_progress' && !stillToCome(history)) return history;
    if (io.nowMs() >= until) {
      throw new CommandFailed(
        EXIT.fault,
        `call ${callId} is still in progress after ${seconds} s`,
        `see \`breakwater call show ${callId}\``,
      );
    }
    await io.sleep(POLL_MS);
  }
}

/** A drop is settled as its message starts and a talk as it begins; the timeline is written when the call has ended. */
function stillToCome({ state, entries }: CallJson): boolean {
  const result = entries.find((entry) => entry.kind === 'call_result')?.body;
  const followed = state === 'settled' && result?.['source'] === 'ari' && result['placed'] === true;
  return followed && !entries.some((entry) => entry.kind === 'call_progress');
}

function isGood(history: CallJson): boolean {
  const outcome = history.entries.find((entry) => entry.kind === 'call_result')?.body['outcome'];
  return (
    history.state === 'settled' && outcome !== 'dropped' && outcome !== 'failed' && outcome !== 'expired'
  );
}

export interface CallShowArgs extends Connection {
  readonly id: string;
  readonly json?: boolean | undefined;
}

export async function callShow(args: CallShowArgs, io: Io): Promise<ExitCode> {
  const history = await connectTo(args, io).get<CallJson>(`/v1/calls/${encodeURIComponent(args.id)}`);
  if (args.json === true) printJson(io, history);
  else io.out(callText(history));
  return EXIT.ok;
}

/** `check`: would this call be permitted? Asks the running sidecar; reserves and records nothing. */
import { parseInstant } from '../../domain/time.ts';
import { connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import type { ExplainedJson } from '../shapes.ts';
import { decisionText } from '../show-decision.ts';
import { explanationText } from '../show-explanation.ts';

export interface Lead {
  readonly campaign: string;
  readonly zip?: string | undefined;
  readonly state?: string | undefined;
  readonly address?: string | undefined;
  readonly callerId?: string | undefined;
  readonly lead?: string | undefined;
  readonly lineType?: string | undefined;
  readonly automated?: boolean | undefined;
}

export interface CheckArgs extends Connection, Lead {
  readonly number: string;
  readonly at?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function check(args: CheckArgs, io: Io): Promise<ExitCode> {
  if (args.at !== undefined) {
    const at = parseInstant(args.at);
    if (!at.ok) throw new CommandFailed(EXIT.usage, `--at: ${at.problem}`);
  }
  const decision = await connectTo(args, io).post<ExplainedJson>('/v1/decisions', {
    ...screenBody(args.number, args),
    explain: true,
    ...(args.at === undefined ? {} : { at: args.at }),
  });
  if (args.json === true) printJson(io, decision);
  else {
    const { explanation } = decision;
    io.out(decisionText(decision, { placesBelow: explanation !== undefined }));
    if (explanation !== undefined) io.out(explanationText(explanation, decision.decided_at));
  }
  return decision.verdict === 'permit' ? EXIT.ok : EXIT.notOk;
}

/** The body that decisions and originations share; what was not said is left out. */
export function screenBody(number: string, lead: Lead): Readonly<Record<string, unknown>> {
  return {
    number,
    campaign: lead.campaign,
    ...(lead.callerId === undefined ? {} : { caller_id: lead.callerId }),
    ...(lead.zip === undefined ? {} : { zip: lead.zip }),
    ...(lead.state === undefined ? {} : { state: lead.state.toUpperCase() }),
    ...(lead.address === undefined ? {} : { address: lead.address }),
    ...(lead.lineType === undefined ? {} : { line_type: lead.lineType }),
    ...(lead.lead === undefined ? {} : { lead_id: lead.lead }),
    ...(lead.automated === true ? { automated: true } : {}),
  };
}

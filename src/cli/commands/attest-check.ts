/** `attest check`: what is confirmed of one caller ID on each trunk, and whether its level would veto an origination now. */
import { parsePhoneNumber } from '../../domain/phone-number.ts';
import { connectTo, type Connection } from '../client.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, plain, table } from '../text.ts';
import { age, type AttestationsJson, type RouteJson } from './attest.ts';

export interface AttestCheckArgs extends Connection {
  readonly callerId: string;
  readonly json?: boolean | undefined;
}

/** Not ok where a campaign would be vetoed for the level, and where no campaign may call with it at all. */
export async function attestCheck(args: AttestCheckArgs, io: Io): Promise<ExitCode> {
  const callerId = parsePhoneNumber(args.callerId);
  if (!callerId.ok) throw new CommandFailed(EXIT.usage, `caller ID: ${callerId.problem}`);
  const { routes } = await connectTo(args, io).get<AttestationsJson>('/v1/attestations');
  const own = routes.filter(({ caller_id }) => caller_id === callerId.value);
  if (own.length === 0) {
    const known = new Set(routes.map(({ caller_id }) => caller_id)).size;
    throw new CommandFailed(
      EXIT.notOk,
      `caller ID ${callerId.value} is unknown: no campaign calls with it, and nothing is on record of it`,
      `\`breakwater attest status\` lists the ${many(known, 'caller ID')} that are known`,
    );
  }
  const demands = own.flatMap((route) => route.demands);
  const vetoed = demands.filter(isVetoed);
  if (args.json === true)
    printJson(io, { caller_id: callerId.value, vetoed: vetoed.length > 0, routes: own });
  else {
    for (const route of own) io.out(`${routeText(route)}\n`);
    io.out(verdictText(demands, vetoed));
  }
  return demands.length > 0 && vetoed.length === 0 ? EXIT.ok : EXIT.notOk;
}

type DemandJson = RouteJson['demands'][number];

/** A campaign that demands nothing is only warned. */
const isVetoed = ({ minimum, answer }: DemandJson): boolean => minimum !== 'none' && answer !== 'met';

function routeText({ caller_id, trunk, demands, records }: RouteJson): string {
  const confirmed = records.map((record) => [
    record.level,
    record.way,
    age(record.age_seconds),
    record.expires_at,
    record.trunk ?? 'every',
  ]);
  const asked = demands.map((demand) => [
    demand.campaign,
    demand.minimum === 'none' ? 'nothing' : `${demand.minimum}, ${demand.max_age_hours} h old at most`,
    answerText(demand),
  ]);
  return [
    `${plain(caller_id)} over ${trunk === null ? 'a trunk that no dial string tells' : plain(trunk)}`,
    confirmed.length === 0
      ? 'nothing is confirmed'
      : table(['LEVEL', 'WAY', 'AGE', 'EXPIRES', 'TRUNK'], confirmed),
    asked.length === 0 ? 'no campaign calls with it here' : table(['CAMPAIGN', 'DEMANDS', 'NOW'], asked),
  ].join('\n');
}

function answerText(demand: DemandJson): string {
  const { answer, problem, met_until: until } = demand;
  if (answer === 'met') return `met until ${until ?? ''}`;
  return `${isVetoed(demand) ? 'veto' : 'warning'} ${answer}: ${problem ?? ''}`;
}

function verdictText(demands: readonly DemandJson[], vetoed: readonly DemandJson[]): string {
  if (demands.length === 0) return 'VETO  no campaign calls with it: caller_id_not_owned';
  if (vetoed.length === 0) return 'OK  no origination would be vetoed for its attestation now';
  const who = vetoed.map(({ campaign, answer }) => `${plain(campaign)} ${plain(answer)}`).join(', ');
  return `VETO  an origination now: ${who}\n  a newer confirmation lifts it: \`attest canary run\`, \`attest declare\`, \`attest import\``;
}

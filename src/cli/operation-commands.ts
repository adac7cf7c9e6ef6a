/** Commands by which an operator shows that the house is in order: self-test, incidents, the report of a month. */
import {
  incidentClose,
  type IncidentCloseArgs,
  incidentList,
  type IncidentListArgs,
  incidentOpen,
  type IncidentOpenArgs,
} from './commands/incidents.ts';
import { report, type ReportArgs } from './commands/report.ts';
import { selfTest, type SelfTestArgs } from './commands/self-test.ts';
import type { CommandKit, LocalOf, Of } from './command-kit.ts';
import type { Wiring } from './wiring.ts';

export function addOperationCommands(kit: CommandKit): void {
  const { program, io, run, remote, connection, local, place, wiring } = kit;
  remote(
    program
      .command('self-test')
      .description('screen the numbers that are known to be listed now; nobody is dialed'),
  ).action((options: Of<SelfTestArgs>) => run(() => selfTest(connection(options), io)));

  const incidents = program
    .command('incident')
    .description('what went wrong: finding, cause, correction, verification');
  remote(incidents.command('open'))
    .description('record what was found')
    .requiredOption('--finding <text>', 'what was found')
    .requiredOption('--who <name>', 'who enters it')
    .option('--found-at <instant>', 'default: now')
    .option('--id <id>', 'an id of the incident; default: a new one')
    .action((options: Of<IncidentOpenArgs>) => run(() => incidentOpen(connection(options), io)));
  remote(incidents.command('close <id>'))
    .description('record why it happened, what was done, and how it is known to be over')
    .requiredOption('--cause <text>', 'why it happened')
    .requiredOption('--correction <text>', 'what was done')
    .requiredOption('--verification <text>', 'how it is known to be over')
    .requiredOption('--who <name>', 'who enters it')
    .action((id: string, options: Of<IncidentCloseArgs, 'id'>) =>
      run(() => incidentClose({ ...connection(options), id }, io)),
    );
  remote(incidents.command('list'))
    .description('all incidents, in the order of their opening')
    .option('--open', 'only those that are not closed')
    .action((options: Of<IncidentListArgs>) => run(() => incidentList(connection(options), io)));

  local(
    program
      .command('report')
      .description('the compliance checklist of a month, filled in from the ledger, as one page'),
  )
    .requiredOption('--month <YYYY-MM>', 'a month of UTC that has begun')
    .requiredOption('--out <file>', 'the page that is written')
    .option('--file <path>', 'an export of the ledger; needs nothing else')
    .option('--database <url>', 'a store; default: the configured one')
    .action((options: LocalOf<ReportArgs>) =>
      run(async () => {
        const openLedger: Wiring['openLedger'] = async (at) => (await wiring()).openLedger(at);
        return report(place(options), io, { openLedger });
      }),
    );
}

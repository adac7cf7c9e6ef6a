/** Commands about calls and campaigns: `serve`, `reload`, `check`, `call`, `supervise`, `campaign`. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { LINE_TYPES } from '../domain/origination.ts';
import { SUPERVISION_MODES } from '../domain/supervision.ts';
import { call, type CallArgs, callShow } from './commands/call.ts';
import {
  campaignLever,
  type CampaignLeverArgs,
  campaignList,
  type CampaignListArgs,
} from './commands/campaign.ts';
import { check, type CheckArgs } from './commands/check.ts';
import { reload, type ReloadArgs } from './commands/reload.ts';
import { supervise, type SuperviseArgs } from './commands/supervise.ts';
import { EXIT } from './io.ts';
import { type CommandKit, count, type Local, type Of, type Remote, zipCode } from './command-kit.ts';

export function addCallCommands({
  program,
  io,
  wiring,
  run,
  local,
  remote,
  connection,
  place,
}: CommandKit): void {
  local(program.command('serve').description('run the sidecar until it is told to stop'))
    .option('--standby', 'wait until no live sidecar has our writer id, then serve in its place', false)
    .action((options: Local & { readonly standby: boolean }) =>
      run(async () => {
        const wired = await wiring();
        const { configDirectory, env } = place(options);
        return wired.serve({
          standby: options.standby,
          configDirectory,
          env,
          // `serve` ends its lines by itself.
          stdout: (text) => io.out(text.trimEnd()),
          stderr: (text) => io.err(text.trimEnd()),
        });
      }),
    );

  remote(
    program
      .command('reload')
      .description(
        'make a running sidecar load configuration, campaigns and rules again; exit 1: it kept the old',
      ),
  ).action((options: Of<ReloadArgs>) => run(() => reload(connection(options), io)));

  remote(lead(program.command('check <number>').description('would this call be permitted? records nothing')))
    .option('--at <instant>', 'as of this instant, for example 2026-11-26T13:00:00Z')
    .action((number: string, options: Of<CheckArgs, 'number'>) =>
      run(() => check({ ...connection(options), number }, io)),
    );

  const calls = remote(lead(program.command('call').description('place one call, or show one'), false))
    .argument('[number]', 'the called party')
    .option('--call-id <id>', 'an id of your own; asking again rings nobody twice')
    .option('--wait', 'follow the call to its end and print the timeline; exit 0 unless dropped or failed')
    .addOption(
      new Option('--wait-seconds <s>', 'give up following after this long').argParser(count).default(300),
    )
    .action(
      (
        number: string | undefined,
        options: Of<CallArgs, 'number' | 'campaign'> & { readonly campaign?: string },
      ) =>
        run(async () => {
          const { campaign } = options;
          if (number === undefined || campaign === undefined) {
            io.err('call needs a number and --campaign, or `call show ID`');
            return EXIT.usage;
          }
          return call({ ...connection(options), number, campaign }, io);
        }),
    );
  remote(calls.command('show <id>').description('what the ledger knows of a call')).action(
    (id: string, _options: Remote, command: Command) =>
      run(() => callShow({ ...connection(command.optsWithGlobals<Remote>()), id }, io)),
  );

  remote(
    program
      .command('supervise [supervisor]')
      .description(
        'let a supervisor who has called in into a talk, or out of it; without one, show who is there',
      ),
  )
    .option('--call <id>', 'the talk; left out: the supervisor leaves')
    .addOption(new Option('--mode <mode>', 'how').choices(SUPERVISION_MODES).default('listen'))
    .action((supervisor: string | undefined, options: Of<SuperviseArgs, 'supervisor'>) =>
      run(() => supervise({ ...connection(options), supervisor }, io)),
    );

  const campaigns = program.command('campaign').description('campaigns and their two levers');
  remote(campaigns.command('list').description('drop rates, budget and dial level of each')).action(
    (options: Of<CampaignListArgs>) => run(() => campaignList(connection(options), io)),
  );
  for (const lever of ['pause', 'resume'] as const) {
    remote(
      campaigns
        .command(`${lever} <id>`)
        .description(lever === 'pause' ? 'place no more calls' : 'place calls again'),
    )
      .requiredOption('--why <reason>', 'stands in the ledger')
      .option('--who <name>', 'stands in the ledger', io.env['USER'] ?? 'cli')
      .action((id: string, options: Of<CampaignLeverArgs, 'id'>) =>
        run(() => campaignLever(lever, { ...connection(options), id }, io)),
      );
  }
}

/** What the dialer knows of the lead; the same options for `check` and `call`. */
function lead(command: Command, campaignNeeded = true): Command {
  const campaign = new Option('--campaign <id>', 'the campaign');
  return command
    .addOption(campaignNeeded ? campaign.makeOptionMandatory() : campaign)
    .option('--caller-id <number>', "default: the campaign's first")
    .option('--zip <code>', 'as stored with the lead', zipCode)
    .option('--state <code>', 'as stored with the lead')
    .option('--address <text>', 'as stored with the lead; state and ZIP at its end are read')
    .addOption(
      new Option('--line-type <type>', 'unknown counts as mobile').choices(LINE_TYPES).default('unknown'),
    )
    .option('--lead <id>', "the dialer's id of the lead")
    .option('--automated', 'a recorded message without an agent');
}

/** Commands about bearer tokens. */
import { Option } from 'commander';
import { TOKEN_SCOPES, type TokenScope } from '../domain/access-token.ts';
import { type CommandKit, count, type LocalOf } from './command-kit.ts';
import { type TokenArgs, tokenList, tokenNew, type TokenNewArgs, tokenRevoke } from './commands/token.ts';

export function addTokenCommands({ program, io, wiring, run, local, json, place }: CommandKit): void {
  const tokens = program.command('token').description('who may come in through the HTTP door');
  const file = ['--file <path>', 'the token file; default: http.tokenFile of the configuration'] as const;
  local(json(tokens.command('new <holder>')))
    .description('make a token and show it once; the holder stands in the ledger')
    .addOption(new Option('--scope <scope...>', 'what it opens').choices(TOKEN_SCOPES).makeOptionMandatory())
    .addOption(new Option('--days <n>', 'it expires then; default: never').argParser(count))
    .addOption(
      new Option('--replace <hours>', "the holder's older tokens are good for so long").argParser(count),
    )
    .option(...file)
    .action((name: string, options: LocalOf<Omit<TokenNewArgs, 'name'>> & { readonly scope: TokenScope[] }) =>
      run(async () => tokenNew({ ...place(options), name }, io, await wiring())),
    );
  local(json(tokens.command('list')))
    .description('holders, scopes and ends; never a token')
    .option(...file)
    .action((options: LocalOf<TokenArgs>) => run(async () => tokenList(place(options), io, await wiring())));
  local(json(tokens.command('revoke <id-or-holder>')))
    .description('one token, or all of one holder')
    .option(...file)
    .action((which: string, options: LocalOf<TokenArgs>) =>
      run(async () => tokenRevoke({ ...place(options), which }, io, await wiring())),
    );
}

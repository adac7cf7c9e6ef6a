/** `token`: bearer tokens of the token file. A token is shown once, when it is made; the file holds its hash. A running sidecar follows. */
import { randomBytes } from 'node:crypto';
import { changeTokenFile, readTokenFile, TokenFileError } from '../../adapters/files/token-file.ts';
import {
  type AccessToken,
  endingBy,
  isInForce,
  TOKEN_NAME,
  TOKEN_RANDOM_BYTES,
  type TokenScope,
  tokenId,
  TOKENS_MAX,
  tokenText,
} from '../../domain/access-token.ts';
import { sha256Hex } from '../../domain/hash-chain.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { many, table } from '../text.ts';
import type { Place, Wiring } from '../wiring.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface TokenArgs extends Place {
  /** Else the one of the configuration. */
  readonly file?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface TokenNewArgs extends TokenArgs {
  readonly name: string;
  readonly scope: readonly TokenScope[];
  readonly days?: number | undefined;
  /** The holder's older tokens are good for so long. */
  readonly replace?: number | undefined;
}

type Needs = Pick<Wiring, 'tokenFile'>;

export function tokenNew(args: TokenNewArgs, io: Io, wiring: Needs): ExitCode {
  const { name, scope, days, replace } = args;
  if (!TOKEN_NAME.test(name)) {
    throw new CommandFailed(EXIT.usage, `\`${name}\` is no name; expected letters, digits, blanks, . _ @ -`);
  }
  const text = tokenText(randomBytes(TOKEN_RANDOM_BYTES));
  const nowMs = io.nowMs();
  const made: AccessToken = {
    name,
    sha256: sha256Hex(text),
    scopes: [...new Set(scope)],
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: days === undefined ? null : new Date(nowMs + days * DAY_MS).toISOString(),
  };
  change(args, wiring, (tokens) => {
    if (tokens.length >= TOKENS_MAX) {
      throw new CommandFailed(EXIT.usage, `there are ${TOKENS_MAX} tokens already: revoke some`);
    }
    const older = replace === undefined ? tokens : endingBy(tokens, name, nowMs + replace * HOUR_MS);
    return [...older, made];
  });
  if (args.json === true) printJson(io, { id: tokenId(made), token: text, expires_at: made.expiresAt });
  else {
    io.out(text);
    io.err(`token ${tokenId(made)} of ${name}. It is shown only now: the file holds its hash.`);
  }
  return EXIT.ok;
}

export function tokenList(args: TokenArgs, io: Io, wiring: Needs): ExitCode {
  const nowMs = io.nowMs();
  const rows = named(() => readTokenFile(fileOf(args, wiring))).map((token) => ({
    id: tokenId(token),
    name: token.name,
    scopes: token.scopes,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
    in_force: isInForce(token.expiresAt, nowMs),
  }));
  if (args.json === true) printJson(io, { tokens: rows });
  else {
    const cells = rows.map((row) => [
      ...[row.id, row.name, row.in_force ? 'in force' : 'EXPIRED', row.scopes.join(', ')],
      ...[row.created_at, row.expires_at ?? 'never'],
    ]);
    io.out(table(['ID', 'HOLDER', 'STATE', 'SCOPES', 'CREATED', 'EXPIRES'], cells));
  }
  return EXIT.ok;
}

/** `which` is an id, or a holder, who then has none left. */
export function tokenRevoke(args: TokenArgs & { readonly which: string }, io: Io, wiring: Needs): ExitCode {
  let gone = 0;
  change(args, wiring, (tokens) => {
    const kept = tokens.filter((token) => tokenId(token) !== args.which && token.name !== args.which);
    gone = tokens.length - kept.length;
    if (gone === 0)
      throw new CommandFailed(EXIT.notOk, `no token \`${args.which}\`; see \`breakwater token list\``);
    return kept;
  });
  if (args.json === true) printJson(io, { revoked: gone });
  else io.out(`${many(gone, 'token')} revoked; a running sidecar refuses within a second`);
  return EXIT.ok;
}

function change(
  args: TokenArgs,
  wiring: Needs,
  to: (tokens: readonly AccessToken[]) => readonly AccessToken[],
): void {
  named(() => changeTokenFile(fileOf(args, wiring), to));
}

const fileOf = (args: TokenArgs, wiring: Needs): string => args.file ?? wiring.tokenFile(args);

/** What is wrong with the file is for whoever typed the command to mend. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TokenFileError) throw new CommandFailed(EXIT.usage, error.message);
    throw error;
  }
}

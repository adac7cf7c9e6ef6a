/** `ledger keys`: the key pair that checkpoints are signed with. The private half stays here, the public half goes to whoever verifies. */
import { generateKeyPairSync } from 'node:crypto';
import { unlinkSync, writeFileSync } from 'node:fs';
import { checkpointKeyId } from '../../domain/checkpoint.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';

export interface LedgerKeysArgs {
  /** The private half goes there; the public half beside it, with `.pub` at the end. */
  readonly out: string;
  readonly json?: boolean | undefined;
}

export function ledgerKeys({ out, json }: LedgerKeysArgs, io: Io): ExitCode {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicPath = `${out}.pub`;
  writeNew(out, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    writeNew(publicPath, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  } catch (error) {
    unlinkSync(out);
    throw error;
  }
  const key = checkpointKeyId(publicKey);
  if (json === true) printJson(io, { key, private_key: out, public_key: publicPath });
  else {
    io.out(`key ${key}`);
    io.out(`  ${out}: for checkpoints.keyFile; nobody else may read it`);
    io.out(`  ${publicPath}: for \`ledger verify --public-key\`; give it to whoever is to verify`);
  }
  return EXIT.ok;
}

/** A key that stands is never written over: what it has signed could be proven by nobody. */
function writeNew(path: string, content: string | Buffer, mode: number): void {
  try {
    writeFileSync(path, content, { flag: 'wx', mode });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CommandFailed(EXIT.usage, `\`${path}\` exists: it is not written over`);
    throw new CommandFailed(EXIT.fault, `\`${path}\` cannot be written: ${code}`);
  }
}

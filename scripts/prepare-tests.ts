/** Everything `make test` needs besides npm packages: Debian programs and an Asterisk, so that no test has to install one. */
import { findAsterisk } from './asterisk/find-asterisk.ts';
import { ensureCommands } from './install-packages.ts';

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

ensureCommands(
  [
    'sipp',
    'flite',
    'sox',
    'tcpdump',
    'redis-server',
    'mariadbd',
    'my_print_defaults',
    'chromium',
    'python3',
    'prometheus',
    'promtool',
  ],
  progress,
);
const asterisk = await findAsterisk(progress);
progress(`asterisk ${asterisk.version} (${asterisk.kind})`);

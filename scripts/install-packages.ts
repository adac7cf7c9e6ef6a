/**
 * Makes sure that programs are there: installs their Debian packages when we are root on Debian, otherwise says
 * plainly which package and command the operator needs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each program and the Debian package that brings it. */
const PACKAGE_OF = {
  mmdebstrap: 'mmdebstrap',
  sipp: 'sip-tester',
  flite: 'flite',
  sox: 'sox',
  'espeak-ng': 'espeak-ng',
  tcpdump: 'tcpdump',
  'redis-server': 'redis-server',
  mariadbd: 'mariadb-server-core',
  'mariadb-install-db': 'mariadb-server-core',
  // What mariadb-install-db asks.
  my_print_defaults: 'mariadb-client-core',
  chromium: 'chromium',
  python3: 'python3',
  prometheus: 'prometheus',
  promtool: 'prometheus',
} as const;

export type Program = keyof typeof PACKAGE_OF;

export function findOnPath(command: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => join(directory, command))
    .find((path) => existsSync(path));
}

export function missingCommands(commands: readonly Program[]): Program[] {
  return commands.filter((command) => findOnPath(command) === undefined);
}

export function ensureCommands(
  commands: readonly Program[],
  progress: (line: string) => void = () => undefined,
): void {
  const missing = missingCommands(commands);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((command) => PACKAGE_OF[command]))];
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const hint = `missing: ${missing.join(', ')}; as root on Debian: ${install}`;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new Error(hint);
  progress(`installing ${packages.join(', ')}`);
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  if (!aptGet(args)) {
    aptGet(['-o', 'Acquire::Check-Valid-Until=false', 'update']);
    if (!aptGet(args)) throw new Error(`the installation failed; ${hint}`);
  }
  const still = missingCommands(commands);
  if (still.length > 0) throw new Error(`still missing after installation: ${still.join(', ')}`);
}

function aptGet(args: readonly string[]): boolean {
  const result = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      DEBIAN_FRONTEND: 'noninteractive',
      // Installing redis-server must not start a daemon: everything here is started and stopped by its user.
      RUNLEVEL: '1',
    },
  });
  return result.status === 0;
}

if (import.meta.url === `file://${process.argv[1] ?? ''}`) {
  const wanted = process.argv.slice(2);
  const known = Object.keys(PACKAGE_OF) as Program[];
  ensureCommands(wanted.length === 0 ? known : known.filter((name) => wanted.includes(name)), (line) =>
    process.stderr.write(`${line}\n`),
  );
}

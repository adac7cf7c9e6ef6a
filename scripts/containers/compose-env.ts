/**
 * Writes `.env` for docker-compose.yml with fresh random secrets, readable by you only. An `.env` that is there is kept.
 * With `--stand-ins` it names the images made by stand-ins.ts.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { STAND_INS } from './stand-in-images.ts';

const SECRETS = [
  'POSTGRES_PASSWORD',
  'REDIS_PASSWORD',
  'ARI_PASSWORD',
  'AMI_SECRET',
  'TOKEN_DIALER',
  'TOKEN_SUPERVISOR',
  'TOKEN_COMPLIANCE',
  'TOKEN_ADMIN',
] as const;

/** Noon in Denver on the next Monday from `nowMs` on: a time at which the shipped campaigns may call. */
export function nextRehearsal(nowMs: number): string {
  const day = new Date(nowMs);
  day.setUTCHours(19, 0, 0, 0);
  day.setUTCDate(day.getUTCDate() + ((8 - day.getUTCDay()) % 7));
  return day.toISOString();
}

/** Hexadecimal, because the passwords stand in addresses. */
export function composeEnv(nowMs: number, standIns: boolean): string {
  return [
    '# Written by scripts/containers/compose-env.ts for docker-compose.yml. Development only; never commit this file.',
    ...SECRETS.map((name) => `${name}=${randomBytes(24).toString('hex')}`),
    '# The clock of the rehearsal starts here at every start; empty: the real time of day.',
    `BREAKWATER_CLOCK_START=${nextRehearsal(nowMs)}`,
    ...(standIns
      ? [...Object.entries(STAND_INS).map(([name, image]) => `${name}=${image}`), 'BUILD_NETWORK=host']
      : []),
    '',
  ].join('\n');
}

if (import.meta.url === `file://${process.argv[1] ?? ''}`) {
  const path = join(resolve(import.meta.dirname, '../..'), '.env');
  try {
    const text = composeEnv(Date.now(), process.argv.includes('--stand-ins'));
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    process.stderr.write(`wrote ${path}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    process.stderr.write(`${path} is there already and was kept\n`);
  }
}

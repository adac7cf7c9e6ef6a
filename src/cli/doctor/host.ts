/** Doctor's look at the machine's room: disks, file descriptors, and whether something keeps its clock right. Changes nothing. */
import { execFile } from 'node:child_process';
import { access, constants, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { DiskSpace } from '../../ports/disk-space.ts';
import type { Finding } from '../wiring.ts';
import { bad, ok, skipped } from './machine.ts';

const FREE_PERCENT_MIN = 10;
/** A tenth of a large disk is plenty. */
const FREE_BYTES_ENOUGH = 20 * 1024 ** 3;
/** A call takes about three (ARI, AGI, feed), the stores some dozens. */
const DESCRIPTORS_MIN = 4_096;
const TIME_WITHIN_MS = 2_000;

const gigabytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

export function diskFindings(places: readonly DiskSpace[]): readonly Finding[] {
  if (places.length === 0) return [skipped('disks', 'none can be read')];
  return places.map(({ place, freeBytes, sizeBytes }) => {
    const percent = sizeBytes === 0 ? 0 : Math.floor((freeBytes * 100) / sizeBytes);
    const detail = `${gigabytes(freeBytes)} of ${gigabytes(sizeBytes)} are free (${percent} %)`;
    return percent >= FREE_PERCENT_MIN || freeBytes >= FREE_BYTES_ENOUGH
      ? ok(`disk of ${place}`, detail)
      : bad(
          `disk of ${place}`,
          detail,
          'make room, or move it: a full disk under the ledger vetoes every call',
        );
  });
}

/** Of the text of /proc/PID/limits (proc(5)): the soft limit of open files; null where it does not say. */
export function descriptorLimit(limits: string): number | null {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined ? null : soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** Of the process that asks: the sidecar that is started the same way has the same. */
export async function descriptorFinding(): Promise<Finding> {
  const check = 'file descriptors';
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const limit = descriptorLimit(limits);
  if (limit === null || Number.isNaN(limit)) return skipped(check, 'this system has no /proc/self/limits');
  return limit >= DESCRIPTORS_MIN
    ? ok(check, `${limit}`)
    : bad(check, `only ${limit} may be open`, 'LimitNOFILE=65536 in the unit, or `ulimit -n 65536`');
}

/** Whoever knows: systemd's mark, chrony, ntpd. */
export async function timeServiceFinding(
  path: string,
  mark = '/run/systemd/timesync/synchronized',
): Promise<Finding> {
  const check = 'time service';
  if (await isThere(mark)) return ok(check, 'systemd-timesyncd keeps the clock');
  const chrony = await said(path, 'chronyc', ['-n', 'tracking']);
  const ntpd = chrony === null ? await said(path, 'ntpq', ['-c', 'rv']) : null;
  const heard = chrony ?? ntpd;
  if (heard === null)
    return skipped(check, 'none is found here; in a container the clock of its host counts');
  return /^Leap status\s*: Normal/m.test(heard) || /\bleap_none\b/.test(heard)
    ? ok(check, 'the clock is synchronised')
    : bad(
        check,
        'the clock is not synchronised',
        'look at `chronyc sources`: calling hours and ledger stamps depend on the clock',
      );
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );

/** What a program prints; null when it is not there. One that fails has said that it knows no time. */
async function said(path: string, program: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      timeout: TIME_WITHIN_MS,
      env: { PATH: path },
    });
    return stdout;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : '';
  }
}

/** A folder the exchange writes into and the sidecar takes from. */
export async function monitorFinding(directory: string | null, isRecorded: boolean): Promise<Finding> {
  const check = 'recording folder';
  if (!isRecorded || directory === null) return skipped(check, 'nothing is recorded');
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(check, directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return bad(
      check,
      `${directory}: ${code}`,
      'name the folder of MixMonitor in asterisk.monitorDirectory, and let the user of the sidecar write there',
    );
  }
}

/** The folder that entries wait in while PostgreSQL is away: found missing then, they would be refused. */
export async function spoolFinding(directory: string | null): Promise<Finding> {
  const check = 'spool folder';
  if (directory === null) return skipped(check, 'nothing waits on the disk while PostgreSQL is away');
  try {
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok(check, directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    return bad(
      check,
      `${directory}: ${code}`,
      'make the folder of spool.directory, on a disk that stays, and let the user of the sidecar write there',
    );
  }
}

/** Processor time of a PostgreSQL server on this machine, from /proc: what a decision costs besides the process that makes it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Pool } from 'pg';

/** Microseconds of one clock tick of /proc; 100 a second on every Linux. */
const TICK_US = 10_000;

/** Fields of `/proc/<pid>/stat` after the name, counted as proc(5) does from 3; null for a process that has ended. */
function statOf(pid: string): ((field: number) => number) | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (field) => Number(fields[field - 3]);
  } catch {
    return null;
  }
}

const [PARENT, USER, SYSTEM, ENDED_CHILDREN_USER, ENDED_CHILDREN_SYSTEM] = [4, 14, 15, 16, 17];

/**
 * A reader of the microseconds that the server's processes have used until now, those that have ended included. Null where the server is
 * none of this machine's processes, so that nothing is told of it.
 */
export async function serverCpu(pool: Pool): Promise<(() => number) | null> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const backend = statOf(String(rows[0]?.pid));
  if (backend === null) return null;
  const postmaster = backend(PARENT);
  return () => {
    let ticks = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const stat = statOf(pid);
      if (stat === null) continue;
      const own = stat(USER) + stat(SYSTEM);
      if (Number(pid) === postmaster) ticks += own + stat(ENDED_CHILDREN_USER) + stat(ENDED_CHILDREN_SYSTEM);
      else if (stat(PARENT) === postmaster) ticks += own;
    }
    return ticks * TICK_US;
  };
}

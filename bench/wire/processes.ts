/** Processes as /proc shows them: CPU time, memory, children. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in a second, as /proc counts them on every Linux (sysconf _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
}

function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold blanks and brackets: the fields begin behind the last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { parent: Number(fields[1]), cpuMs: (ticks * 1_000) / TICKS_PER_SECOND };
  } catch {
    return null; // it has ended
  }
}

/** CPU time used until now, in ms; 0 for a process that is gone. */
export const cpuMs = (pid: number): number => statOf(pid)?.cpuMs ?? 0;

export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => statOf(each)?.parent === pid);
}

/** Resident memory in bytes; 0 for a process that is gone. */
export function residentBytes(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(line?.[1] ?? 0) * 1_024;
  } catch {
    return 0;
  }
}

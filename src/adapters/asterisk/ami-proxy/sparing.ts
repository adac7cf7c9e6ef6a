/** Log lines that strangers can cause: of each kind one in ten seconds, with how many were left out. */
import type { Clock } from '../../../ports/clock.ts';
import type { Log, LogFields } from '../../../ports/log.ts';

const EVERY_MS = 10_000;

export interface SparingLog {
  warn(kind: string, fields: LogFields, message: string): void;
  error(kind: string, fields: LogFields, message: string): void;
}

export function sparing(log: Log, clock: Clock): SparingLog {
  const kinds = new Map<string, { toldAt: number; leftOut: number }>();
  const say =
    (level: 'warn' | 'error') =>
    (kind: string, fields: LogFields, message: string): void => {
      const nowMs = clock.monotonic();
      const known = kinds.get(kind);
      if (known !== undefined && nowMs - known.toldAt < EVERY_MS) {
        known.leftOut += 1;
        return;
      }
      const leftOut = known?.leftOut ?? 0;
      kinds.set(kind, { toldAt: nowMs, leftOut: 0 });
      log[level](leftOut === 0 ? fields : { ...fields, leftOut }, message);
    };
  return { warn: say('warn'), error: say('error') };
}

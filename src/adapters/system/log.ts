/** pino behind the log port: one JSON line per event on standard error, no secrets, no full telephone numbers. */
import pino from 'pino';
import type { Log } from '../../ports/log.ts';
import { hideInFields, hideInText } from './redact.ts';

export function openLog(level: string, destination: NodeJS.WritableStream = process.stderr): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => hideInFields(fields) as Record<string, unknown>,
      },
      hooks: {
        logMethod(args, method) {
          const hidden = args.map((each: unknown) => (typeof each === 'string' ? hideInText(each) : each));
          method.apply(this, hidden as typeof args);
        },
      },
    },
    { write: (line: string) => void destination.write(line) },
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** pino behind the log port: one JSON line per event on standard error, no secrets, no full telephone numbers. */
import pino from 'pino';
import type { Log } from '../../ports/log.ts';

const FULL_NUMBER = /\+[1-9]\d{2,10}(\d{4})\b/g;

/** Whatever slips into a text: the line number is hidden, the area code and exchange stay readable. */
export const hideNumbers = (text: string): string =>
  text.replace(FULL_NUMBER, (number) => `${number.slice(0, -4)}****`);

export function openLog(level: string, destination: NodeJS.WritableStream = process.stderr): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['password', 'secret', 'token', 'url'],
    },
    {
      write(line: string) {
        destination.write(hideNumbers(line));
      },
    },
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

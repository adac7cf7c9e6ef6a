/** The month a report is about: of UTC, because the stamps of the ledger are, and of all campaigns alike. */
import { type Parsed, parsed, problem } from './brand.ts';
import { instant, type Instant } from './time.ts';

export interface ReportMonth {
  /** `2026-11`. */
  readonly name: string;
  readonly from: Instant;
  /** The first instant of the next month. */
  readonly to: Instant;
}

export function parseReportMonth(text: string): Parsed<ReportMonth> {
  const found = /^([1-9]\d{3})-(0[1-9]|1[0-2])$/.exec(text);
  if (found === null) return problem(`month \`${text.slice(0, 40)}\` is not a year and a month like 2026-11`);
  const [year, month] = [Number(found[1]), Number(found[2])];
  return parsed({
    name: text,
    from: instant(Date.UTC(year, month - 1, 1)),
    to: instant(Date.UTC(year, month, 1)),
  });
}

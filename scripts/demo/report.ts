/** One row per call of the demo: what was expected, what was observed, and whether both agree. */

export interface Row {
  readonly call: string;
  readonly expected: string;
  readonly happened: string;
  readonly reasons: string;
  /** Measured on the wire or read from the ledger. */
  readonly measured: string;
  readonly ok: boolean;
}

export function table(rows: readonly Row[]): string {
  const head = ['', 'CALL', 'EXPECTED', 'HAPPENED', 'REASONS', 'MEASURED'];
  const cells = rows.map((row) => [
    row.ok ? 'ok' : 'NO',
    row.call,
    row.expected,
    row.happened,
    row.reasons,
    row.measured,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => (line[column] ?? '').length)),
  );
  return [head, ...cells]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const ms = (value: number | undefined): string =>
  value === undefined ? '-' : `${Math.round(value)} ms`;

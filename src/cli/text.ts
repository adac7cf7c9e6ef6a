/** Text for people: tables, and nothing in them that could steer a terminal (names and details come from outside). */

/** C0, DEL and C1 controls, and the characters that turn the direction of writing, become visible. */
export const plain = (value: string | number | boolean | null | undefined): string =>
  // eslint-disable-next-line no-control-regex -- these are the characters it is about
  String(value ?? '').replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');

/** Columns as wide as their widest cell; the last one is left as it is. */
type Cell = string | number | boolean | null | undefined;

export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(plain))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `list=national, version=2026-11-20` */
export const pairs = (detail: Readonly<Record<string, unknown>>): string =>
  Object.entries(detail)
    .map(
      ([name, value]) => `${plain(name)}=${plain(typeof value === 'string' ? value : JSON.stringify(value))}`,
    )
    .join(', ');

/** `1 line`, `2 lines`; `plural` where it is more than an s. */
export const many = (count: number, one: string, plural = `${one}s`): string =>
  `${count} ${count === 1 ? one : plural}`;

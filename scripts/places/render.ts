/** The table as `config/rules/zips.txt`: sorted, so that the same sources give the same bytes and a change is a small diff. */
import type { PlaceOfZip, ZipTable } from './zip-table.ts';

const head = (
  asOf: string,
): string => `# ZIPs and the places they reach, as of ${asOf}. Written by \`npm run places\`: edit scripts/places/gaps.yaml instead and run it again.
# A section is \`= state | zones | counties\`; each of its lines is three digits and the last two of each ZIP. A ZIP stands under every state
# it reaches, with every zone of every county it touches there. Counties: only those with law of their own (county_days in states.yaml),
# and only where the ZIP may lie in them. A ZIP that is not here places nobody; military mail is left out on purpose.
# Sources: GeoNames postal codes (CC BY 4.0, geonames.org), relationship file of ZIP areas and counties of the US Census Bureau (2010), the npm
# package zipcodes (BSD), and scripts/places/gaps.yaml. See NOTICE.
`;

/** \`350 04 05 06\`, one line for each three digits. */
function lines(zips: readonly string[]): readonly string[] {
  const byPrefix = new Map<string, string[]>();
  for (const zip of zips.toSorted()) {
    const prefix = zip.slice(0, 3);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? [prefix]), zip.slice(3)]);
  }
  return [...byPrefix.values()].map((parts) => parts.join(' '));
}

const byText = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1;

function sections(state: string, zips: ReadonlyMap<string, PlaceOfZip>): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [zip, { zones, counties }] of zips) {
    const title = `= ${[state, zones.join(' '), ...(counties.length === 0 ? [] : [counties.join(', ')])].join(' | ')}`;
    groups.set(title, [...(groups.get(title) ?? []), zip]);
  }
  return [...groups].sort(byText).flatMap(([title, members]) => [title, ...lines(members)]);
}

export function renderZips({ states, unmodelled }: ZipTable, asOf: string): string {
  const rows = [
    ...[...states].sort(byText).flatMap(([state, zips]) => sections(state, zips)),
    '# Places without law of their own here: a lead there is not called.',
    ...[...unmodelled].sort(byText).flatMap(([place, zips]) => [`= unmodelled | ${place}`, ...lines(zips)]),
  ];
  return `${head(asOf)}${rows.join('\n')}\n`;
}

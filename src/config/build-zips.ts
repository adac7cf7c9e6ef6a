/** The sections of `zips.txt` as one row for each ZIP. Rows share their objects: 42,000 ZIPs are some two hundred of them. */
import type { Law, ZipArea } from '../domain/law.ts';
import type { ZipSection } from './read-zips.ts';

export function buildZips(sections: readonly ZipSection[]): Law['zips'] {
  const found = new Map<string, ZipArea>();
  for (const section of sections) {
    if (section.kind === 'unmodelled') continue;
    const alone: ZipArea = { kind: 'us', places: [section.place] };
    for (const zip of section.zips) {
      const before = found.get(zip);
      // A ZIP on a state line stands under both states.
      const places = before?.kind === 'us' ? [...before.places, section.place] : undefined;
      found.set(zip, places === undefined ? alone : { kind: 'us', places });
    }
  }
  for (const section of sections) {
    if (section.kind === 'us') continue;
    const area: ZipArea = { kind: 'unmodelled_territory', place: section.place };
    for (const zip of section.zips) found.set(zip, area);
  }
  return Object.fromEntries(found);
}

/** The sections of `zips.txt` by the first three digits of their ZIPs. */
import type { Law, ZipArea, ZipRow } from '../domain/law.ts';
import type { ZipSection } from './read-zips.ts';

export function buildZips(sections: readonly ZipSection[]): Law['zips'] {
  const byPrefix: Record<string, ZipRow[]> = {};
  for (const section of sections) {
    const area: ZipArea =
      section.kind === 'us'
        ? { kind: 'us', place: section.place }
        : { kind: 'unmodelled_territory', place: section.place };
    for (const { prefix, ends } of section.rows) (byPrefix[prefix] ??= []).push({ ends, area });
  }
  return byPrefix;
}

/** What `zips.txt` and the other law files demand of each other. */
import type { Law } from '../domain/law.ts';
import { show } from './law-shape.ts';
import type { ZipSection } from './read-zips.ts';

type Tell = (line: string) => void;

/** A state's own zones and those of its corners: the ones that its area codes know as minority zones. */
function zonesOf(law: Law, state: string): ReadonlySet<string> {
  const own = Object.hasOwn(law.jurisdictions, state) ? law.jurisdictions[state]?.zones : undefined;
  const corners = Object.values(law.areaCodes).flatMap((area) =>
    area.kind === 'us' && area.state === state ? area.minorityZones : [],
  );
  return new Set([...(own ?? []), ...corners]);
}

/** Counties of a state with days of their own. */
const countiesOf = (law: Law, state: string): ReadonlySet<string> =>
  new Set(
    (law.jurisdictions[state]?.holidays ?? []).flatMap(({ countyDays }) => Object.values(countyDays).flat()),
  );

function checkSection(law: Law, section: ZipSection, tell: Tell): void {
  if (section.rows.length === 0) {
    tell(`line ${section.line}: section without ZIPs, got nothing, expected at least one`);
  }
  if (section.kind === 'unmodelled') return;
  const { state, zones } = section.place;
  if (!Object.hasOwn(law.jurisdictions, state)) {
    tell(`line ${section.line}: no such jurisdiction, got ${show(state)}, expected a code of states.yaml`);
    return;
  }
  for (const [what, names] of Object.entries({ zone: zones, county: section.place.counties })) {
    if (new Set(names).size < names.length) {
      tell(`line ${section.line}: ${what} listed twice, got ${show(names.join(', '))}, expected each once`);
    }
  }
  const allowed = zonesOf(law, state);
  for (const zone of zones) {
    if (!allowed.has(zone)) {
      tell(`line ${section.line}: not a zone of ${state}, got ${show(zone)}, expected one of its zones`);
    }
  }
  for (const county of section.place.counties) {
    if (!countiesOf(law, state).has(county)) {
      tell(
        `line ${section.line}: county without law of its own, got ${show(county)}, expected a county of states.yaml`,
      );
    }
  }
}

/** Within a state each ZIP stands once; under two states it may stand when it reaches both. */
function checkOnce(sections: readonly ZipSection[], tell: Tell): void {
  const seen = new Map<string, string>();
  for (const section of sections) {
    const home = section.kind === 'us' ? section.place.state : 'unmodelled';
    for (const { line, prefix, ends } of section.rows) {
      let before = seen.get(`${home} ${prefix}`) ?? '';
      for (const end of ends.split(' ')) {
        if (before.includes(end)) {
          tell(`line ${line}: ZIP listed twice under ${home}, got ${show(prefix + end)}, expected each once`);
        }
        before += ` ${end}`;
      }
      seen.set(`${home} ${prefix}`, before);
    }
  }
}

export function checkZips(law: Law, sections: readonly ZipSection[], tell: Tell): void {
  for (const section of sections) checkSection(law, section, tell);
  checkOnce(sections, tell);
  for (const state of Object.keys(law.jurisdictions)) {
    const own = sections.flatMap((each) =>
      each.kind === 'us' && each.place.state === state ? [each.place] : [],
    );
    if (own.length === 0) tell(`${state}: has no ZIP, got none, expected at least one`);
    // Without this a forgotten county would lift its holiday from every ZIP of the state.
    for (const county of countiesOf(law, state)) {
      if (!own.some(({ counties }) => counties.includes(county))) {
        tell(`${state}: no ZIP lies in a county with law of its own, got none, expected ${show(county)}`);
      }
    }
  }
}

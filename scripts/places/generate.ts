/** The text of `config/rules/zips.txt` from the installed packages, `gaps.yaml` and `states.yaml`. Reads no clock and no network. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StatesFile } from '../../src/config/law-schema.ts';
import { checkShape } from '../../src/config/law-shape.ts';
import { collectProblems } from '../../src/config/problems.ts';
import { readYaml } from '../../src/config/read-settings.ts';
import { readGaps } from './gaps.ts';
import { renderZips } from './render.ts';
import { readSources } from './sources.ts';
import { type StateOutline, zipTable } from './zip-table.ts';

export const RULES_DIRECTORY = fileURLToPath(new URL('../../config/rules', import.meta.url));

function readOutlines(): ReadonlyMap<string, StateOutline> {
  const problems = collectProblems();
  const yaml = readYaml(join(RULES_DIRECTORY, 'states.yaml'), problems.inFile('states.yaml'));
  const shaped = yaml === undefined ? undefined : checkShape(StatesFile, yaml.value, 'states.yaml');
  if (shaped?.ok !== true) throw new Error([...problems.lines, ...(shaped?.problems ?? [])].join('\n'));
  return new Map(
    Object.entries(shaped.value.jurisdictions).map(([code, { zones, holidays }]) => {
      const counties = (holidays ?? []).flatMap((row) => Object.values(row.county_days ?? {}).flat());
      return [code, { zones, counties: [...new Set(counties)] }];
    }),
  );
}

export function generateZips(): string {
  const gaps = readGaps();
  return renderZips(zipTable(readSources(), gaps, readOutlines()), gaps.as_of);
}

/** The rows of `gaps.yaml`: what no data package says about ZIPs. Every problem is listed with the file and the path. */
import { fileURLToPath } from 'node:url';
import Type, { type Static } from 'typebox';
import { checkShape } from '../../src/config/law-shape.ts';
import { collectProblems } from '../../src/config/problems.ts';
import { readYaml } from '../../src/config/read-settings.ts';

const Text = Type.String({ minLength: 1 });
const Code = Type.String({ pattern: '^[A-Z]{2}$' });
const Zip = Type.String({ pattern: '^\\d{5}$' });
const Prefixes = Type.Array(Type.String({ pattern: '^\\d{3}$' }), { minItems: 1 });
const Zones = Type.Array(Text, { minItems: 1 });
/** Where a row comes from, and the day it was checked. */
const checked = { source: Text, date: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }) };

const GapsFile = Type.Object(
  {
    as_of: checked.date,
    county_zones: Type.Record(
      Code,
      Type.Object(
        {
          zones: Zones,
          counties: Type.Array(
            Type.Object(
              { zones: Zones, names: Type.Array(Text, { minItems: 1 }), ...checked },
              { additionalProperties: false },
            ),
          ),
          ...checked,
        },
        { additionalProperties: false },
      ),
      { additionalProperties: false },
    ),
    prefixes: Type.Array(
      Type.Object({ state: Code, prefixes: Prefixes, ...checked }, { additionalProperties: false }),
    ),
    zips: Type.Array(
      Type.Union([
        Type.Object({ state: Code, from: Zip, to: Zip, ...checked }, { additionalProperties: false }),
        Type.Object({ unmodelled: Text, from: Zip, to: Zip, ...checked }, { additionalProperties: false }),
      ]),
    ),
    no_place: Type.Array(Type.Object({ prefixes: Prefixes, ...checked }, { additionalProperties: false })),
  },
  { additionalProperties: false },
);
export type Gaps = Static<typeof GapsFile>;

export const GAPS_PATH = fileURLToPath(new URL('gaps.yaml', import.meta.url));

/** Throws with every problem of the file. */
export function readGaps(path = GAPS_PATH): Gaps {
  const problems = collectProblems();
  const yaml = readYaml(path, problems.inFile('gaps.yaml'));
  if (yaml === undefined) throw new Error(problems.lines.join('\n'));
  const shaped = checkShape(GapsFile, yaml.value, 'gaps.yaml');
  if (!shaped.ok) throw new Error(shaped.problems.join('\n'));
  return shaped.value;
}

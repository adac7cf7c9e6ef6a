/** A do-not-call list as JSON. */
import { Type, type Static } from 'typebox';
import { hasCoverage, showCoverage } from '../../domain/area-coverage.ts';
import { TOLD_LINE_TYPES } from '../../domain/origination.ts';
import type { ListStatus, LoadedList } from '../../ports/fact-sources.ts';
import { MaybeText, OneOf } from '../schema.ts';

const SourceSchema = Type.Object({
  file: Type.String({ description: 'name of the file without its folder' }),
  mode: OneOf(['full', 'delta']),
  sha256: Type.String(),
  obtained_on: Type.String(),
  imported_at: MaybeText,
  lines: Type.Integer(),
  rejected: Type.Integer({ description: 'lines that could not be read' }),
});

const LoadedSchema = Type.Object({
  version: Type.String(),
  obtained_on: Type.String({ description: 'day the copy was obtained' }),
  numbers: Type.Integer({ description: 'different numbers' }),
  sha256: Type.String({ description: 'of the file, or of the manifest of an import' }),
  origin: OneOf(['file', 'import']),
  area_codes: MaybeText,
  line_types: Type.Object(
    Object.fromEntries(TOLD_LINE_TYPES.map((type) => [type, Type.Optional(Type.Integer())])),
    { description: 'numbers that the list says are of a type; empty when it says nothing' },
  ),
  sources: Type.Array(SourceSchema, { description: 'oldest first: a whole list and the changes since' }),
});

export const ListSchema = Type.Object(
  {
    name: Type.String(),
    kind: MaybeText,
    state: MaybeText,
    campaign: MaybeText,
    in_force: Type.Unsafe<Static<typeof LoadedSchema> | null>({
      anyOf: [LoadedSchema, { type: 'null' }],
      description: 'null: calls the list may bind are vetoed',
    }),
    problem: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'why nothing is in force, or why a newer version was not taken',
    }),
  },
  { $id: 'List' },
);

export const viewList = (list: ListStatus): Static<typeof ListSchema> => ({
  name: list.name,
  kind: list.kind,
  state: list.jurisdiction,
  campaign: list.campaignId,
  in_force: list.inForce === null ? null : viewLoaded(list.inForce),
  problem: list.problem,
});

const viewLoaded = ({
  version,
  count,
  sha256,
  origin,
  areaCodes,
  lineTypes = {},
  sources,
}: LoadedList): Static<typeof LoadedSchema> => ({
  version: version.version,
  obtained_on: version.obtainedOn,
  numbers: count,
  sha256,
  origin,
  area_codes: hasCoverage(version.kind) ? showCoverage(areaCodes) : null,
  line_types: lineTypes,
  sources: sources.map(({ obtainedOn, importedAt, ...source }) => ({
    ...source,
    obtained_on: obtainedOn,
    imported_at: importedAt,
  })),
});

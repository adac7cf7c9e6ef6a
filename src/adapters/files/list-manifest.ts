/**
 * What is known of one imported version of a list: whose it is, where it came from, and every page with its hash. Written once,
 * never changed; the pointer to the version in force carries the manifest's own hash, so nothing below it can change unseen.
 */
import { createHash, type Hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { reachProblems } from '../../config/list-reach.ts';
import { type AreaCoverage, COVERED_CODES_MAX, hasCoverage } from '../../domain/area-coverage.ts';
import { type Parsed, parsed, problem } from '../../domain/brand.ts';
import { canonicalJson, type Json } from '../../domain/canonical-json.ts';
import { LIST_KINDS, type ListVersion } from '../../domain/facts.ts';
import { TOLD_LINE_TYPES, type ToldLineType } from '../../domain/origination.ts';
import { type LocalDate, parseLocalDate } from '../../domain/time.ts';
import type { LineTypeCounts } from '../../ports/fact-sources.ts';
import { AREA_CODES, FIRST_CODE, INDICES } from './number-pages.ts';

/** A version is its date and the start of the hash of its content. */
export const VERSION_PATTERN = '^\\d{4}-\\d{2}-\\d{2}-[0-9a-f]{8}$';
/** Imports that one version may be made of: a full one and the deltas after it. */
export const SOURCES_MAX = 100;

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const DateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const Count = Type.Integer({ minimum: 0 });
const MaybeWord = Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()]);

const SourceSchema = Type.Object({
  /** Name of the file without its folder. */
  file: Type.String(),
  mode: Type.Union([Type.Literal('full'), Type.Literal('delta')]),
  sha256: Sha256,
  obtainedOn: DateText,
  /** RFC 3339 UTC. */
  importedAt: Type.String(),
  lines: Count,
  rejected: Count,
});

const PageSchema = Type.Object({
  areaCode: Type.Integer({ minimum: FIRST_CODE, maximum: FIRST_CODE + AREA_CODES - 1 }),
  form: Type.Union([Type.Literal('bitmap'), Type.Literal('sorted')]),
  numbers: Type.Integer({ minimum: 1, maximum: INDICES }),
  sha256: Sha256,
});

const TypePageSchema = Type.Object({
  ...PageSchema.properties,
  lineType: Type.Unsafe<ToldLineType>(Type.Enum([...TOLD_LINE_TYPES])),
});

const ManifestSchema = Type.Object({
  format: Type.Literal(1),
  name: Type.String({ minLength: 1, maxLength: 64 }),
  kind: Type.Unsafe<(typeof LIST_KINDS)[number]>(Type.Enum([...LIST_KINDS])),
  jurisdiction: MaybeWord,
  campaignId: MaybeWord,
  version: Type.String({ pattern: VERSION_PATTERN }),
  obtainedOn: DateText,
  /** What the copy of a public list was obtained for; versions made before lists said so have none, and cover nothing. */
  areaCodes: Type.Optional(
    Type.Union([
      Type.Literal('all'),
      Type.Array(Type.String({ pattern: '^[2-9]\\d{2}$' }), {
        ...{ minItems: 1, maxItems: COVERED_CODES_MAX, uniqueItems: true },
      }),
    ]),
  ),
  numbers: Count,
  sources: Type.Array(SourceSchema, { minItems: 1, maxItems: SOURCES_MAX }),
  /** Each of `PageSchema`. */
  pages: Type.Array(Type.Unknown(), { maxItems: AREA_CODES }),
  /** Each of `TypePageSchema`; left out when the list says nothing of its lines. */
  typePages: Type.Optional(
    Type.Array(Type.Unknown(), { minItems: 1, maxItems: AREA_CODES * TOLD_LINE_TYPES.length }),
  ),
});

export type ListSource = Readonly<Type.Static<typeof SourceSchema>>;
export type PageRecord = Readonly<Type.Static<typeof PageSchema>>;
/** A page of the numbers that are said to be of one type. */
export type TypePageRecord = Readonly<Type.Static<typeof TypePageSchema>>;
export interface ListManifest extends Readonly<
  Omit<Type.Static<typeof ManifestSchema>, 'areaCodes' | 'sources' | 'pages' | 'typePages'>
> {
  readonly areaCodes?: AreaCoverage;
  readonly sources: readonly ListSource[];
  readonly pages: readonly PageRecord[];
  readonly typePages?: readonly TypePageRecord[];
}

export const sha256Of = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Records that are checked or hashed before others have a turn: a whole registry at once would hold up decisions for 10 ms and more. */
const RECORDS_AT_ONCE = 8;

/** Members of a JSON array, without its brackets, in pieces. */
function* membersOf(records: readonly (PageRecord | TypePageRecord)[]): Generator<string> {
  for (let at = 0; at < records.length; at += RECORDS_AT_ONCE) {
    const members = records.slice(at, at + RECORDS_AT_ONCE).map((record) => canonicalJson({ ...record }));
    yield `${at === 0 ? '' : ','}${members.join(',')}`;
  }
}

/** Canonical JSON of what makes the version, in pieces: `pages`, `sources` and `typePages` stand behind the keys of `head`. */
function* contentOf(manifest: ListManifest): Generator<string> {
  const { format, name, kind, jurisdiction, campaignId, obtainedOn, numbers, sources, pages, typePages } =
    manifest;
  const files = sources.map(({ file, mode, sha256, obtainedOn: of, lines, rejected }): Json => {
    return { file, mode, sha256, obtainedOn: of, lines, rejected };
  });
  const coverage = manifest.areaCodes === undefined ? {} : { areaCodes: manifest.areaCodes };
  const head = { format, name, kind, jurisdiction, campaignId, obtainedOn, numbers, ...coverage };
  yield `${canonicalJson(head).slice(0, -1)},"pages":[`;
  yield* membersOf(pages);
  yield `],"sources":${canonicalJson(files)}`;
  if (typePages !== undefined) {
    yield ',"typePages":[';
    yield* membersOf(typePages);
    yield ']';
  }
  yield '}';
}

const versionNamed = (obtainedOn: string, hash: Hash): string =>
  `${obtainedOn}-${hash.digest('hex').slice(0, 8)}`;

/** Date and hash: the same files imported again for the same date are the same version. When it was imported does not count. */
export function versionOf(manifest: ListManifest): string {
  const hash = createHash('sha256');
  for (const piece of contentOf(manifest)) hash.update(piece);
  return versionNamed(manifest.obtainedOn, hash);
}

export const listVersionOf = (manifest: ListManifest): ListVersion => {
  const { name, kind, jurisdiction, campaignId, version, typePages, sources } = manifest;
  const obtainedOn = dateOf(manifest.obtainedOn);
  const oldest = sources.map((source) => dateOf(source.obtainedOn)).sort()[0] ?? obtainedOn;
  return {
    ...{ name, kind, jurisdiction, campaignId, version, obtainedOn },
    ...(typePages !== undefined && oldest < obtainedOn ? { lineTypesFrom: oldest } : {}),
  };
};

function dateOf(text: string): LocalDate {
  const date = parseLocalDate(text);
  if (!date.ok) throw new RangeError(date.problem);
  return date.value;
}

export const manifestText = (manifest: ListManifest): string => `${JSON.stringify(manifest, null, 1)}\n`;

/** Everything in it is checked, and that it speaks of the list and version it lies under. Never rejects; gives others a turn. */
export async function parseManifest(
  text: string,
  name: string,
  version: string,
): Promise<Parsed<ListManifest>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return problem('its manifest is not JSON');
  }
  const lacking = problem('its manifest lacks something or has it wrong');
  if (!Value.Check(ManifestSchema, value)) return lacking;
  if (!(await areAll(PageSchema, value.pages))) return lacking;
  if (!(await areAll(TypePageSchema, value.typePages ?? []))) return lacking;
  // Both schemas together are the type: the records were left out of the first only to be checked in turns.
  const manifest = value as unknown as ListManifest;
  const hash = createHash('sha256');
  for (const piece of contentOf(manifest)) {
    hash.update(piece);
    await turn();
  }
  if (manifest.name !== name) return problem(`its manifest is of list \`${manifest.name}\``);
  if (manifest.version !== version || versionNamed(manifest.obtainedOn, hash) !== version) {
    return problem(`its manifest is of version \`${manifest.version}\`, or its content is not`);
  }
  if (!parseLocalDate(manifest.obtainedOn).ok) return problem('its manifest has no calendar date');
  const { kind, jurisdiction, campaignId } = manifest;
  const campaigns = new Set(campaignId === null ? [] : [campaignId]);
  const [reach] = reachProblems({ kind, jurisdiction, campaign: campaignId }, campaigns);
  if (reach !== undefined) return problem(`its manifest: ${reach.key} ${reach.problem}`);
  if (manifest.areaCodes !== undefined && !hasCoverage(kind)) {
    return problem('its manifest: areaCodes is only for the national registry and for state lists');
  }
  const numbers = manifest.pages.reduce((sum, page) => sum + page.numbers, 0);
  const inOrder = areInOrder(manifest.pages) && recordsByType(manifest).every((of) => areInOrder(of.pages));
  return inOrder && numbers === manifest.numbers ? parsed(manifest) : problem('its manifest does not add up');
}

async function areAll(
  schema: typeof PageSchema | typeof TypePageSchema,
  records: readonly unknown[],
): Promise<boolean> {
  for (const [at, record] of records.entries()) {
    if (!Value.Check(schema, record)) return false;
    if (at % RECORDS_AT_ONCE === 0) await turn();
  }
  return true;
}

const areInOrder = (pages: readonly PageRecord[]): boolean =>
  pages.every(({ areaCode }, at) => at === 0 || areaCode > (pages[at - 1]?.areaCode ?? 0));

/** Pages of each type that the list speaks of, strictest type first. */
export const recordsByType = ({
  typePages = [],
}: ListManifest): readonly { readonly lineType: ToldLineType; readonly pages: readonly TypePageRecord[] }[] =>
  TOLD_LINE_TYPES.map((type) => ({
    lineType: type,
    pages: typePages.filter(({ lineType }) => lineType === type),
  })).filter(({ pages }) => pages.length > 0);

/** How many numbers are said to be of each type; empty when nothing is said. */
export const lineTypeCounts = (manifest: ListManifest): LineTypeCounts =>
  Object.fromEntries(
    recordsByType(manifest).map(({ lineType, pages }) => [
      lineType,
      pages.reduce((sum, { numbers }) => sum + numbers, 0),
    ]),
  );

/** `list import` makes a new version of a do-not-call list, `list show` says what is in force. Both work without a sidecar. */
import type { ImportOutcome, ReadSource } from '../../adapters/files/import-list.ts';
import { lineTypeCounts, type ListManifest } from '../../adapters/files/list-manifest.ts';
import { hasCoverage, showCoverage } from '../../domain/area-coverage.ts';
import type { ListKind } from '../../domain/facts.ts';
import { daysBetween, instant, localDateOf, type LocalDate } from '../../domain/time.ts';
import { CommandFailed, EXIT, type ExitCode, type Io, printJson } from '../io.ts';
import { openRejectedReport } from '../rejected-report.ts';
import { many, plain, table } from '../text.ts';
import type { Place, StoredList, Wiring } from '../wiring.ts';

const PROGRESS_EVERY_MS = 1_000;

export interface ListImportArgs extends Place {
  readonly files: readonly string[];
  readonly name: string;
  readonly kind: ListKind;
  readonly obtainedOn: string;
  readonly jurisdiction?: string | undefined;
  readonly campaign?: string | undefined;
  readonly areaCodes?: string | undefined;
  readonly delta?: boolean | undefined;
  readonly allowOlder?: boolean | undefined;
  readonly rejectedTo?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface ListShowArgs extends Place {
  readonly name?: string | undefined;
  readonly verify?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export async function listImport(
  args: ListImportArgs,
  io: Io,
  wiring: Pick<Wiring, 'importList'>,
): Promise<ExitCode> {
  const { files, name, kind, obtainedOn, jurisdiction, campaign, areaCodes } = args;
  const mode = args.delta === true ? 'delta' : 'full';
  const report = args.rejectedTo === undefined ? null : openRejectedReport(args.rejectedTo);
  let toldAt = io.nowMs();
  try {
    const outcome = await wiring.importList(
      args,
      {
        ...{ files, name, kind, obtainedOn, jurisdiction, campaign, areaCodes, mode, nowMs: io.nowMs() },
        olderAllowed: args.allowOlder === true,
      },
      {
        note: (text) => io.err(text),
        progress: (file, bytes, counts) => {
          if (io.nowMs() - toldAt < PROGRESS_EVERY_MS) return;
          toldAt = io.nowMs();
          io.err(
            `${plain(file)}: ${(bytes / 1e6).toFixed(0)} MB, ${many(counts.lines, 'line')}, ${counts.rejectedCount} rejected`,
          );
        },
        ...(report === null ? {} : { rejected: (file, line) => report.write(file, line) }),
      },
    );
    for (const source of outcome.sources) tellRejected(source, args.rejectedTo, io);
    if (args.json === true) printJson(io, outcomeJson(outcome));
    else tellOutcome(outcome, name, io);
    if (outcome.kind !== 'refused') return EXIT.ok;
    return outcome.fault ? EXIT.fault : EXIT.notOk;
  } finally {
    report?.close();
  }
}

function tellRejected(source: ReadSource, all: string | undefined, io: Io): void {
  const { file, rejected, rejectedCount, typesUnread } = source;
  if (typesUnread > 0) {
    io.err(
      `${plain(file)}: of ${many(typesUnread, 'number')} the type of the line cannot be read; taken without it`,
    );
  }
  for (const { line, reason } of rejected) io.err(`${plain(file)} line ${line}: rejected, ${plain(reason)}`);
  const more = rejectedCount - rejected.length;
  if (more <= 0) return;
  io.err(
    all === undefined
      ? `${plain(file)}: ${more} more rejected lines; --rejected-to FILE writes them all`
      : `${plain(file)}: ${more} more rejected lines, all in ${plain(all)}`,
  );
}

function tellOutcome(outcome: ImportOutcome, name: string, io: Io): void {
  if (outcome.kind === 'refused') {
    io.err(`list ${plain(name)} was not changed: ${plain(outcome.problem)}`);
    return;
  }
  const { version, numbers, pages, kind, areaCodes } = outcome.manifest;
  const rows = outcome.sources.map((source) => [
    source.file,
    source.lines,
    source.adds,
    source.deletes,
    source.rejectedCount,
    source.sha256,
  ]);
  io.out(table(['FILE', 'LINES', 'ADDED', 'DELETED', 'REJECTED', 'SHA-256'], rows));
  const absent = outcome.sources.reduce((sum, source) => sum + source.absent, 0);
  if (absent > 0) io.out(`${absent} deleted numbers were not on the list`);
  io.out(
    outcome.kind === 'imported'
      ? `list ${plain(name)}: version ${version} is in force, ${many(numbers, 'number')} in ${many(pages.length, 'area code')}`
      : `list ${plain(name)}: nothing to do, version ${version} was made of this already`,
  );
  if (hasCoverage(kind)) io.out(`it covers area codes: ${showCoverage(areaCodes ?? null)}`);
  const lineTypes = showLineTypes(outcome.manifest);
  if (lineTypes !== '') io.out(`it says what lines are: ${lineTypes}`);
}

const outcomeJson = (outcome: ImportOutcome): object => ({
  outcome: outcome.kind,
  ...(outcome.kind === 'refused'
    ? { problem: outcome.problem }
    : {
        version: outcome.manifest.version,
        numbers: outcome.manifest.numbers,
        area_codes: outcome.manifest.areaCodes ?? null,
        line_types: lineTypeCounts(outcome.manifest),
      }),
  sources: outcome.sources.map(({ file, sha256, lines, adds, deletes, absent, ...source }) => ({
    ...{ file, sha256, lines, adds, deletes, absent },
    rejected_count: source.rejectedCount,
    rejected: source.rejected.map(({ line, reason }) => ({ line, reason })),
    line_types_unread: source.typesUnread,
  })),
});

export async function listShow(
  args: ListShowArgs,
  io: Io,
  wiring: Pick<Wiring, 'storedLists'>,
): Promise<ExitCode> {
  const all = await wiring.storedLists(args, args.verify === true);
  const shown = args.name === undefined ? all : all.filter(({ name }) => name === args.name);
  if (args.name !== undefined && shown.length === 0) {
    throw new CommandFailed(EXIT.notOk, `no list \`${plain(args.name)}\` was imported`);
  }
  const today = localDateOf(instant(io.nowMs()), 'UTC');
  if (args.json === true) printJson(io, { lists: shown.map(storedJson) });
  else if (shown.length === 0) io.out('no list was imported');
  else {
    const head = [
      'NAME',
      'KIND',
      'OF',
      'AREA CODES',
      'VERSION',
      'AGE',
      'NUMBERS',
      'LINE TYPES',
      'LINES',
      'REJECTED',
      'FILES',
    ];
    io.out(
      table(
        head,
        shown.map((list) => row(list, today)),
      ),
    );
    if (args.verify === true && shown.every(({ inForce }) => inForce !== null))
      io.out('every page is what was imported');
  }
  return shown.every(({ inForce }) => inForce !== null) ? EXIT.ok : EXIT.notOk;
}

function row({ name, inForce, problem }: StoredList, today: LocalDate): readonly (string | number)[] {
  if (inForce === null) return [name, '', '', '', 'NONE', '', '', '', '', '', problem ?? ''];
  const { kind, jurisdiction, campaignId, areaCodes, version, obtainedOn, numbers, sources } = inForce;
  const sum = (of: 'lines' | 'rejected'): number => sources.reduce((total, source) => total + source[of], 0);
  return [
    ...[name, kind, jurisdiction ?? campaignId ?? ''],
    hasCoverage(kind) ? showCoverage(areaCodes ?? null) : '',
    version,
    `${daysBetween(obtainedOn as LocalDate, today)} d`,
    ...[numbers, showLineTypes(inForce), sum('lines'), sum('rejected')],
    sources.map(({ file, mode }) => (mode === 'delta' ? `${file} (changes)` : file)).join(', '),
  ];
}

/** `1200 mobile, 30 voip`; empty when the list says nothing of its lines. */
const showLineTypes = (manifest: ListManifest): string =>
  Object.entries(lineTypeCounts(manifest))
    .map(([type, numbers]) => `${numbers} ${type}`)
    .join(', ');

const storedJson = ({ name, versions, inForce, problem }: StoredList): object => ({
  ...{ name, versions, problem },
  in_force: inForce,
});

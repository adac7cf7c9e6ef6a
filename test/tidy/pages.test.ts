/** README and docs say only what is there: commands, links, contexts, metrics, names in backticks. Running is `integration/docs`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import {
  anchorsOf,
  commandFaults,
  fencesOf,
  type Known,
  linksOf,
  type Page,
  quotedOf,
} from '../support/pages.ts';
import { fakeIo } from '../support/fake-io.ts';
import { readTop, readTree, ROOT } from './tree.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGES: readonly Page[] = [
  ...readTree('docs', ['.md']),
  ...readTop().filter(({ path }) => path === 'README.md' || path === 'CHANGELOG.md'),
];

const routesIn = (source: string): readonly string[] =>
  [...source.matchAll(/['`](\/(?:v1\/[\w:${}/-]+|healthz|readyz|metrics|openapi\.json))['`]/g)].flatMap(
    ([, route = '']) =>
      route.includes('${lever}')
        ? ['pause', 'resume'].map((lever) => route.replace('${lever}', lever))
        : [route.replace('::', ':')],
  );

const KNOWN: Known = {
  program: buildProgram(
    fakeIo({}),
    () => Promise.reject(new Error('nothing is run')),
    { version: '0', nodeVersion: 'v24.0.0' },
    () => Promise.resolve(),
  ),
  makeTargets: [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name = '']) => name),
  scripts: Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts),
  routes: readTree('src/http', ['.ts']).flatMap(({ source }) => routesIn(source)),
};

const DIALPLAN = [read('dialplan/breakwater.conf'), read('dialplan/vicidial/breakwater-vicidial.conf')].join(
  '\n',
);
/** Everything a name in backticks may come from. */
const SOURCES = [
  ...readTree('src', ['.ts', '.js', '.sql', '.lua', '.css']),
  ...readTree('scripts', ['.ts']),
  ...readTree('bench', ['.ts']),
  ...readTree('config', ['.yaml']),
  ...readTree('containers', ['']),
  ...readTop().filter(({ path }) => path.endsWith('.yml')),
]
  .map(({ source }) => source)
  .concat(DIALPLAN, read('package.json'), read('Makefile'))
  .join('\n');
const WORDS = new Set(SOURCES.match(/\w+/g));

const commandsIn = (page: Page): readonly string[] =>
  fencesOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap((fence) => commandFaults(fence, KNOWN));

function linkFaults(page: Page): readonly string[] {
  return linksOf(page).flatMap((target) => {
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? page.path : normalize(join(dirname(page.path), file));
    if (!existsSync(join(ROOT, path))) return [`${page.path}: link to \`${target}\`, which is not there`];
    const anchors = path.endsWith('.md') ? anchorsOf({ path, source: read(path) }) : [];
    return anchor === undefined || anchors.includes(anchor)
      ? []
      : [`${page.path}: link to \`${target}\`, a heading that is not there`];
  });
}

/** Contexts and database families of the dialplan. */
const contextFaults = (page: Page): readonly string[] =>
  (page.source.match(/(?<![\w/.-])breakwater-[a-z]+(?:-[a-z]+)*/g) ?? [])
    .filter((name) => !DIALPLAN.includes(`[${name}]`) && !DIALPLAN.includes(`DB(${name}/`))
    // Files that a page's own commands write.
    .filter((name) => !new RegExp(`${name}\\.jsonl`).test(page.source))
    .map((name) => `${page.path}: \`${name}\` is no context of the dialplan`);

/** Words of other programs. */
const FOREIGN = new Set(['outgoing_done', 'pbx_spool', 'pg_dump', 'the_user']);

/** Metrics, written with or without our prefix in the source. */
const metricFaults = (page: Page): readonly string[] =>
  // Compose names its containers and its network `breakwater_redis_1` and the like; a metric is named in prose, not in a log.
  (
    page.source
      .replace(/^(Creating|Stopping|Removing|Starting) .*$/gm, '')
      .match(/\bbreakwater_[a-z_]+[a-z]\b(?![-\w]*_1\b)/g) ?? []
  )
    .filter((name) => !WORDS.has(name) && !SOURCES.includes(`gauge('${name.slice('breakwater_'.length)}'`))
    .map((name) => `${page.path}: \`${name}\` is no metric`);

/** Reason codes, outcomes, entry kinds, variables, warnings: snake_case in backticks must be a word of ours. */
const nameFaults = (page: Page): readonly string[] =>
  quotedOf(page)
    .flatMap((quoted) => quoted.match(/\b(?:[a-z]+(?:_[a-z]+)+|BREAKWATER_[A-Z_]+)\b/g) ?? [])
    .filter((name) => !WORDS.has(name) && !FOREIGN.has(name) && !name.startsWith('breakwater_'))
    .map((name) => `${page.path}: \`${name}\` is nowhere in the program`);

const pathFaults = (page: Page): readonly string[] =>
  quotedOf(page)
    .filter((quoted) => /^(?:src|test|docs|scripts|config|dialplan|bench|sounds)\/[\w./-]+$/.test(quoted))
    .filter((path) => !path.includes('rendered') && !existsSync(join(ROOT, path)))
    .map((path) => `${page.path}: \`${path}\` is not there`);

const CHECKS = {
  'commands name what exists': commandsIn,
  'links resolve': linkFaults,
  'contexts exist': contextFaults,
  'metrics exist': metricFaults,
  'names in backticks exist': nameFaults,
  'paths in backticks exist': pathFaults,
};

describe.each(Object.entries(CHECKS))('%s', (_, check) => {
  test('on every page', () => {
    expect(PAGES.length).toBeGreaterThan(10);
    expect(PAGES.flatMap(check)).toEqual([]);
  });
});

describe('the checks bite', () => {
  const page = (source: string): Page => ({ path: 'docs/planted.md', source });
  const shell = (command: string): Page => page(`\`\`\`sh\n${command}\n\`\`\`\n`);

  test.each([
    ['npx breakwater chekc 3035550101 --campaign solar', 'no command `chekc`'],
    ['npx breakwater check 3035550101 --campaign solar --force', 'no --force'],
    ['npx breakwater check 3035550101', '--campaign is missing'],
    ['npx breakwater check --campaign solar', 'needs number'],
    ['npx breakwater doctor twice', 'takes no `twice`'],
    ['npx breakwater attest declare "+13035550121" --level A', '--proof is missing'],
    ['npx breakwater attest declare "+13035550121" \\\n  --lvl A', 'no --lvl'],
    ['npx breakwater ledger', 'no command'],
    ['make demonstration', 'no make target'],
    ['npm run bench:moon', 'no npm script'],
    ['curl -s "$BREAKWATER_URL/v1/campagnes"', 'no route'],
    ['curl -s http://127.0.0.1:4580/', 'names no path'],
    ['rm -rf data', 'no command that a page may show'],
  ])('on `%s`', (command, fault) => {
    expect(commandsIn(shell(command)).join('\n')).toContain(fault);
  });

  test.each([
    'npx breakwater check "303 555 0139" --campaign solar --json | head -3',
    'npx breakwater ledger export > "${TMPDIR:-/tmp}/ledger.jsonl"',
    'npx breakwater call show lead-77-1',
    'ARI_URL=http://127.0.0.1:8088 npx breakwater serve --config config',
    'make demo DEMO_EXIT=1    # ends by itself',
    'curl -s -X POST "$BREAKWATER_URL/v1/campaigns/solar/pause" -d "{}"',
  ])('and let `%s` pass', (command) => {
    expect(commandsIn(shell(command))).toEqual([]);
  });

  test.each([
    ['a lost file', linkFaults, '[x](nowhere.md)'],
    ['a lost heading', linkFaults, '[x](reasons.md#nothing-like-it)'],
    ['a context', contextFaults, 'dial `Local/1@breakwater-outbound`'],
    ['a metric', metricFaults, '`breakwater_drop_rate` is high'],
    ['a reason', nameFaults, 'vetoed with `on_federal_registry`'],
    ['a variable', nameFaults, 'set `BREAKWATER_MOOD=good`'],
    ['a path', pathFaults, 'see `test/unit/no-such.test.ts`'],
  ])('on %s', (_, check, source) => {
    expect(check(page(source))).toHaveLength(1);
  });
});

test('a fence that shows a file shows it as it is', () => {
  const shown = PAGES.flatMap(fencesOf).flatMap((fence) => {
    const file = fence.marks.find((mark) => mark.startsWith('file='))?.slice('file='.length);
    return file === undefined ? [] : [{ ...fence, file }];
  });
  expect(shown.length).toBeGreaterThan(2);
  for (const { path, line, text, file } of shown) {
    expect(text.trimEnd(), `${path}:${line}`).toBe(read(file).trimEnd());
  }
});

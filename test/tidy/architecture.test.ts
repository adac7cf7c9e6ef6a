import { describe, expect, test } from 'vitest';
import { checkSource } from './check-source.ts';
import { checkText } from './check-text.ts';
import { readTop, readTree } from './tree.ts';

const TEXT_ENDINGS = '.ts .py .mjs .js .html .css .sql .lua .yaml .yml .conf .md .json .xml .sh'.split(' ');

/** Path, source, what must be found. One planted violation of each kind: a guard nobody tests rots. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  ['src/domain/a.ts', "import { b } from '../rules/b.ts';", '`domain` must not import `src/rules/b.ts`'],
  ['src/domain/a.ts', "import type { B } from '../ports/b.ts';", '`domain` must not import `src/ports/b.ts`'],
  ['src/rules/a.ts', "export { b } from '../callflow/b.ts';", '`rules` must not import `src/callflow/b.ts`'],
  ['src/callflow/a.ts', "import '../pacing/b.ts';", '`callflow` must not import `src/pacing/b.ts`'],
  ['src/pacing/a.ts', "import '../ports/clock.ts';", '`pacing` must not import `src/ports/clock.ts`'],
  ['src/passport/a.ts', "import '../ports/b.ts';", '`passport` must not import `src/ports/b.ts`'],
  ['src/passport/a.ts', "import 'node:https';", '`passport` is pure and must not import `node:https`'],
  ['src/ports/a.ts', "import '../config/config.ts';", '`ports` must not import `src/config/config.ts`'],
  ['src/config/a.ts', "import '../control/b.ts';", '`config` must not import `src/control/b.ts`'],
  [
    'src/control/a.ts',
    "import '../adapters/redis/b.ts';",
    '`control` must not import `src/adapters/redis/b.ts`',
  ],
  ['src/control/a.ts', "import '../config/config.ts';", '`control` must not import `src/config/config.ts`'],
  ['src/control/a.ts', "type T = import('../http/b.ts').T;", '`control` must not import `src/http/b.ts`'],
  ['src/control/deep/a.ts', "await import('../../http/b.ts');", '`control` must not import `src/http/b.ts`'],
  ['src/adapters/redis/a.ts', "import '../postgres/b.ts';", 'an adapter must not import another'],
  [
    'src/adapters/redis/a.ts',
    "import '../../control/b.ts';",
    '`adapters` must not import `src/control/b.ts`',
  ],
  [
    'src/http/a.ts',
    "import '../adapters/system/clock.ts';",
    '`http` must not import `src/adapters/system/clock.ts`',
  ],
  ['src/http/a.ts', "import '../rules/evaluate.ts';", '`http` must not import `src/rules/evaluate.ts`'],
  ['src/http/a.ts', "import '../main.ts';", '`http` must not import `src/main.ts`'],
  ['src/cli/a.ts', "import '../main.ts';", '`cli` must not import `src/main.ts`'],
  ['src/cli/a.ts', "import '../../scripts/callers/b.ts';", '`cli` must not import `scripts/callers/b.ts`'],
  ['src/control/a.ts', "import '../../test/unit/b.ts';", '`control` must not import `test/unit/b.ts`'],
  ['src/page/a.ts', "import 'uplot';", '`page` is static'],
  ['src/office/a.ts', 'const a = 1;', '`office` is no room of the house'],
  [
    'src/domain/a.ts',
    "import { readFileSync } from 'node:fs';",
    '`domain` is pure and must not import `node:fs`',
  ],
  ['src/rules/a.ts', "import pg from 'pg';", '`rules` is pure and must not import `pg`'],
  ['src/rules/a.ts', 'const a = Date.now();', '`rules` is handed time and chance: `Date.now`'],
  ['src/rules/a.ts', "const a = Date['now']();", '`rules` is handed time and chance: `Date.now`'],
  ['src/domain/a.ts', 'const a = new Date();', '`domain` is handed time and chance: `new Date()`'],
  ['src/domain/a.ts', 'const a = new Date;', '`domain` is handed time and chance: `new Date()`'],
  ['src/domain/a.ts', 'const a = DateTime.local();', '`domain` is handed time and chance: `DateTime.now`'],
  ['src/pacing/a.ts', 'const a = Math.random();', '`pacing` is handed time and chance: `Math.random`'],
  ['src/control/a.ts', 'const a = globalThis.performance.now();', '`control` is handed time and chance'],
  ['src/http/a.ts', 'const a = Date.now();', '`http` is handed time and chance: `Date.now`'],
  ['src/callflow/a.ts', 'setTimeout(() => undefined, 1);', '`callflow` is handed its timers: `setTimeout`'],
  ['src/control/a.ts', 'setImmediate(b);', '`control` is handed its timers: `setImmediate`'],
  ['src/control/a.ts', 'setTimeout(b, 1);', '`control` is handed its timers: `setTimeout`'],
  ['src/control/a.ts', 'const later = setInterval;', '`control` is handed its timers: `setInterval`'],
  ['src/rules/a.ts', 'export const a = async () => 1;', '`rules` is pure and awaits nothing'],
  [
    'src/adapters/redis/a.ts',
    'const a = process.env.REDIS_URL;',
    'only main.ts and cli read the environment',
  ],
  [
    'src/config/a.ts',
    'const { env } = process; const a = process.env;',
    'only main.ts and cli read the environment',
  ],
  ['src/control/a.ts', 'export enum A { B }', 'no `enum`'],
  ['src/http/a.ts', 'export default function a() {}', 'no default export'],
  ['src/http/a.ts', 'const a = 1; export default a;', 'no default export'],
  ['src/http/a.ts', 'const a = 1; export { a as default };', 'no default export'],
];

describe('the checker bites', () => {
  test.each(PLANTED)('%s: %s', (path, source, what) => {
    expect(checkSource({ path, source }).join('\n')).toContain(path);
    expect(checkSource({ path, source }).join('\n')).toContain(what);
  });

  test('a file of 401 lines', () => {
    const problems = checkSource({ path: 'src/http/a.ts', source: 'const a = 1;\n'.repeat(401) });
    expect(problems).toEqual(['src/http/a.ts: has 401 lines, at most 400']);
  });

  test('leftovers, paths of one machine and numbers of real people are found', () => {
    const planted = [
      ['// TO', 'DO: later'],
      ["const a = '/ho", "me/jane/x';"],
      ["const b = '+1303", "5551234';"],
    ].map((halves) => halves.join(''));
    expect(checkText({ path: 'src/a.ts', source: planted.join('\n') })).toHaveLength(3);
    const services = '+13035550142 +13035551212 +13039760142 +13039115550';
    expect(checkText({ path: 'test/a.ts', source: services })).toEqual([]);
  });
});

/** What must not be found: the checker would be in the way. */
const FINE: readonly (readonly [string, string])[] = [
  ['src/domain/a.ts', "import { createHash } from 'node:crypto';"],
  ['src/domain/a.ts', "import { DateTime } from 'luxon'; const a = DateTime.fromMillis(1);"],
  ['src/rules/a.ts', "import type { A } from '../domain/a.ts'; import './b.ts';"],
  ['src/rules/a.ts', '// Date.now() and process.env\nconst a = "Math.random";'],
  ['src/domain/a.ts', 'const a = new Date(5);'],
  ['src/control/a.ts', "import '../callflow/b.ts'; import '../ports/c.ts';"],
  ['src/control/a.ts', 'clock.setTimeout(1); const a = { setTimeout: 1 };'],
  ['src/adapters/system/a.ts', "import '../../ports/clock.ts'; const a = Date.now(); setTimeout(b, 1);"],
  ['src/adapters/postgres/a.ts', 'spawn(a, b, { env: { ...process.env, LC_ALL: "C" } });'],
  ['src/adapters/redis/deep/a.ts', "import '../keys.ts';"],
  ['src/adapters/asterisk/packages.d.ts', 'declare const a: number; export default a;'],
  ['src/http/a.ts', "import '../control/operations.ts'; setInterval(a, 1);"],
  ['src/cli/main.ts', "import { serve } from '../main.ts'; const a = process.env;"],
  ['src/main.ts', "import './adapters/redis/a.ts'; import './http/b.ts'; const a = process.env;"],
];

test.each(FINE)('the checker lets %s: %s', (path, source) => {
  expect(checkSource({ path, source })).toEqual([]);
});

describe('the tree', () => {
  const sources = [...readTree('src', ['.ts']), ...readTree('src/page', ['.js'])];

  test('is there', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.map(({ path }) => path)).toContain('src/domain/decision.ts');
  });

  test('keeps its rooms apart', () => {
    expect(sources.flatMap(checkSource)).toEqual([]);
  });

  test('has no leftovers, no path of one machine and no number of a real person', () => {
    const folders = ['src', 'config', 'dialplan', 'docs', 'sounds', 'scripts', 'test', 'bench', 'clients'];
    const texts = [...readTop(), ...folders.flatMap((folder) => readTree(folder, TEXT_ENDINGS))];
    expect(texts.flatMap(checkText)).toEqual([]);
  });
});

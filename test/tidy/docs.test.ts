import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import { describe, expect, test } from 'vitest';
import { CAMPAIGN_SCHEMA } from '../../src/config/campaign-settings.ts';
import { VARIABLES } from '../../src/config/environment.ts';
import { LIVE_SETTINGS } from '../../src/config/live-settings.ts';
import { SETTINGS_SCHEMA } from '../../src/config/settings.ts';
import { REASONS } from '../../src/domain/decision.ts';
import { ROOT } from './tree.ts';

/** `docs/reasons.md` whole: written by `npx vitest run --project tidy -u` after a change of `REASONS`. */
function reasonsPage(): string {
  const rows = Object.entries(REASONS)
    .sort(([, a], [, b]) => a.rank - b.rank)
    .map(
      ([code, { rank, transient, meaning }]) =>
        `| ${rank} | \`${code}\` | ${meaning} | ${transient ? 'may pass' : 'stays'} |`,
    );
  return [
    '# Reasons of a veto',
    '',
    'A veto carries every reason that was found, in this order; the first one is its headline. "May pass" means that the',
    'same request can get another answer later without anybody correcting data; a dialer may try again, never at once.',
    'Each reason in the ledger also names the rule, the paragraph of law or the setting it stands on, and what was seen.',
    '',
    '| rank | code | meaning | later |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

test('docs/reasons.md describes every reason code, and none that is gone', async () => {
  await expect(reasonsPage()).toMatchFileSnapshot(join(ROOT, 'docs/reasons.md'));
});

test('ranks are unique, so the order of reasons is one', () => {
  const ranks = Object.values(REASONS).map(({ rank }) => rank);
  expect(new Set(ranks).size).toBe(ranks.length);
});

test('docs/configuration.md lists the settings that a reload takes, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const [, part = ''] = page.split('## While it runs');
  const [listed = ''] = part.split('A change of any other key');
  expect([...listed.matchAll(/^- `(.+)`$/gm)].map(([, key]) => key)).toEqual(LIVE_SETTINGS);
});

interface Key {
  readonly path: string;
  readonly row: string;
}

/** Every key of a schema with the row that must stand in the docs. */
function keysOf(schema: Type.TSchema, path = ''): readonly Key[] {
  if (Type.IsObject(schema)) {
    return Object.entries(schema.properties).flatMap(([key, member]) =>
      keysOf(member, path === '' ? key : `${path}.${key}`),
    );
  }
  const notes = schema as unknown as {
    means: string;
    expected: string;
    default?: unknown;
    items?: Type.TSchema;
  };
  const fallback = notes.default === undefined ? 'required' : `\`${JSON.stringify(notes.default)}\``;
  const row = `| \`${path}\` | ${fallback} | ${notes.means} | ${notes.expected} |`;
  const inner = Type.IsArray(schema) && notes.items !== undefined && Type.IsObject(notes.items);
  return [{ path, row }, ...(inner ? keysOf(notes.items as Type.TSchema, `${path}[]`) : [])];
}

describe('docs/configuration.md', () => {
  const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
  const rowsOf = (text: string): readonly string[] =>
    text.split('\n').filter((line) => line.startsWith('| `'));

  test.each([
    ['breakwater.yaml', SETTINGS_SCHEMA],
    ['campaigns/*.yaml', CAMPAIGN_SCHEMA],
  ])('names every key of %s with default, meaning and bounds', (_, schema) => {
    const missing = keysOf(schema).filter(({ row }) => !rowsOf(page).includes(row));
    expect(missing.map(({ row }) => row).join('\n')).toBe('');
  });

  test('names no key that is gone', () => {
    const known = [...keysOf(SETTINGS_SCHEMA), ...keysOf(CAMPAIGN_SCHEMA)].map(({ row }) => row);
    const variables = Object.entries(VARIABLES).map(
      ([name, { path }]) => `| \`${name}\` | \`${path.join('.')}\` |`,
    );
    expect(rowsOf(page).filter((row) => !known.includes(row) && !variables.includes(row))).toEqual([]);
    expect(variables.filter((row) => !rowsOf(page).includes(row))).toEqual([]);
  });
});

test.each([
  ['docs/failure-modes.md', '| what fails', ''],
  ['docs/security.md', '| threat', '## What holds'],
])('each row of %s names tests, and all of them are there', (page, head, from) => {
  const [, part = ''] =
    from === ''
      ? ['', readFileSync(join(ROOT, page), 'utf8')]
      : readFileSync(join(ROOT, page), 'utf8').split(from);
  const [table = ''] = from === '' ? [part] : part.split('\n## ');
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith(head));
  expect(rows.length).toBeGreaterThan(10);
  const named = rows.map((row) =>
    [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => path!),
  );
  expect(rows.filter((_, at) => named[at]!.length === 0)).toEqual([]);
  expect(named.flat().filter((path) => !path.startsWith('test/') || !existsSync(join(ROOT, path)))).toEqual(
    [],
  );
});

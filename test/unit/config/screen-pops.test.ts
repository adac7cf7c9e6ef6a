/** Where screen pops go is checked before anything starts: they tell who is called, so they leave this machine signed and over TLS only. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

const SECRET = { BREAKWATER_SCREEN_SECRET: 's'.repeat(32) };

function withScreens(yaml: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `screenPops:\n${yaml}\nrecordings:\n`);
  return made;
}
const screensOf = (made: ReturnType<typeof world>, env = {}): unknown => {
  const loaded = made.load(env);
  return loaded.ok ? loaded.config.screenPops : loaded.problems;
};

test('left out: nobody outside is told', () => {
  expect(screensOf(world())).toBeNull();
});

test.each([
  ['http://127.0.0.1:9/pops', true],
  ['https://crm.example.com/pops', true],
  ['http://crm.example.com/pops', false],
  ['ftp://127.0.0.1/pops', false],
  ['crm', false],
])('to %s: %s', (url, safe) => {
  const problems = withScreens(`  url: '${url}'`).problems(SECRET);
  expect(problems).toEqual(safe ? [] : [expect.stringMatching(/screenPops\.url: is not safe/)]);
});

test('the secret comes from a file, or from the environment, and is never shown', () => {
  const url = "  url: 'https://crm.example.com/pops'";
  expect(screensOf(withScreens(url), SECRET)).toEqual({
    url: 'https://crm.example.com/pops',
    secret: 's'.repeat(32),
    timeoutMs: 2_000,
  });
  const made = withScreens(`${url}\n  secretFile: keys/screens`);
  expect(made.problems(SECRET)).toEqual([expect.stringMatching(/screenPops\.secretFile: cannot be read/)]);
  made.write('keys/screens', `${'f'.repeat(32)}\n`);
  expect(screensOf(made)).toMatchObject({ secret: 'f'.repeat(32) });
  made.write('keys/screens', 'too short');
  const [problem, ...more] = made.problems();
  expect(more).toEqual([]);
  expect(problem).toMatch(/screenPops\.secretFile: holds no secret.*hidden.*at least 32 characters/);
  expect(problem).not.toContain('too short');
});

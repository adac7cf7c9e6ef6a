/** Who is told of dial levels is checked before anything starts. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

const SECRET = { BREAKWATER_LEVEL_SECRET: 's'.repeat(32) };
const EXCHANGE = { AMI_HOST: '127.0.0.1', AMI_USER: 'x', AMI_SECRET: 'y' };

function withLevels(yaml: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `dialLevels:\n${yaml}\nrecordings:\n`);
  return made;
}

test('left out: nobody outside is told', () => {
  const loaded = world().load({});
  expect(loaded.ok && loaded.config.dialLevels).toEqual({ variable: false, userEvent: false, webhook: null });
});

test('the webhook has an address and a secret, which is never shown', () => {
  const made = withLevels("  webhook: { url: 'https://dialer.example.com/level' }");
  const loaded = made.load(SECRET);
  expect(loaded.ok ? loaded.config.dialLevels.webhook : loaded.problems).toEqual({
    url: 'https://dialer.example.com/level',
    secret: 's'.repeat(32),
    timeoutMs: 5_000,
  });
  expect(made.problems()).toEqual([
    expect.stringMatching(/dialLevels\.webhook\.secretFile: holds no secret.*BREAKWATER_LEVEL_SECRET/),
  ]);
  const open = withLevels("  webhook: { url: 'http://dialer.example.com/level' }");
  expect(open.problems(SECRET)).toEqual([expect.stringMatching(/dialLevels\.webhook\.url: is not safe/)]);
});

test.each(['variable', 'userEvent'])('%s needs the manager interface', (key) => {
  const made = withLevels(`  ${key}: true`);
  expect(made.problems()).toEqual([
    expect.stringMatching(new RegExp(`dialLevels\\.${key}: needs the manager interface`)),
  ]);
  expect(made.problems(EXCHANGE)).toEqual([]);
});

test('two campaigns behind one variable are refused', () => {
  const made = withLevels('  variable: true');
  const solar = made.read('config/campaigns/solar.yaml');
  made.write(
    'config/campaigns/a.yaml',
    solar.replace('id: solar', 'id: so-lar').replace(/^offer: .*/m, 'offer: other'),
  );
  made.write(
    'config/campaigns/b.yaml',
    solar.replace('id: solar', 'id: so.lar').replace(/^offer: .*/m, 'offer: more'),
  );
  expect(made.problems(EXCHANGE).join('\n')).toMatch(
    /dialLevels\.variable: makes one variable of `so-lar` and `so\.lar`/,
  );
});

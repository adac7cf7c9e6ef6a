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
  const nobody = { variable: false, userEvent: false, webhook: null, vicidial: null };
  expect(loaded.ok && loaded.config.dialLevels).toEqual(nobody);
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

const API = "url: 'https://vici.example.com/vicidial/non_agent_api.php'";
const PASSWORD = { BREAKWATER_VICIDIAL_SECRET: 'of the API user' };

test('VICIdial has an address, a password, and the campaigns that follow', () => {
  const made = withLevels(
    `  vicidial: { ${API}, owns: ceiling, campaigns: [{ campaign: solar, theirs: TESTCAMP }, { campaign: solar, theirs: MORE }] }`,
  );
  const loaded = made.load(PASSWORD);
  expect(loaded.ok ? loaded.config.dialLevels.vicidial : loaded.problems).toEqual({
    url: 'https://vici.example.com/vicidial/non_agent_api.php',
    user: 'breakwater',
    secret: 'of the API user',
    source: 'breakwater',
    owns: 'ceiling',
    levelMaxHundredths: 400,
    campaigns: new Map([['solar', ['TESTCAMP', 'MORE']]]),
    timeoutMs: 5_000,
  });
  expect(made.problems()).toEqual([
    expect.stringMatching(/dialLevels\.vicidial\.secretFile: holds no password.*BREAKWATER_VICIDIAL_SECRET/),
  ]);
});

test.each([
  ['http://vici.example.com/api', 'solar', 'TESTCAMP', /vicidial\.url: is not safe/],
  ['https://vici.example.com/api', 'roofs', 'TESTCAMP', /campaigns\[0\]\.campaign: is no campaign/],
  ['https://vici.example.com/api', 'solar', 'TEST CAMP', /campaigns\[0\]\.theirs: is no campaign id/],
])('VICIdial at %s for %s as %s is refused', (url, campaign, theirs, problem) => {
  const made = withLevels(
    `  vicidial: { url: '${url}', campaigns: [{ campaign: ${campaign}, theirs: '${theirs}' }] }`,
  );
  expect(made.problems(PASSWORD)).toEqual([expect.stringMatching(problem)]);
});

test('a campaign of VICIdial follows one of ours, and one at least does', () => {
  const twice = withLevels(
    `  vicidial: { ${API}, campaigns: [{ campaign: solar, theirs: ONE }, { campaign: solar, theirs: one }] }`,
  );
  expect(twice.problems(PASSWORD)).toEqual([expect.stringMatching(/campaigns\[1\]\.theirs: is used twice/)]);
  const nobody = withLevels(`  vicidial: { ${API} }`);
  expect(nobody.problems(PASSWORD)).toEqual([expect.stringMatching(/vicidial\.campaigns: is empty/)]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { issue } from '../../../scripts/asterisk/sti-authority.ts';
import { parseYaml } from '../../../src/config/read-settings.ts';
import { VARIABLES } from '../../../src/config/environment.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Law } from '../../../src/domain/law.ts';
import type { LocalDate } from '../../../src/domain/time.ts';
import { FAKE_LAW, fakeLaw, LIMITS, world } from './world.ts';

const solar = 'campaigns/solar.yaml';
const main = 'breakwater.yaml';

function loaded(made = world(), env: Readonly<Record<string, string>> = {}) {
  const answer = made.load(env);
  if (!answer.ok) throw new Error(answer.problems.join('\n'));
  return answer.config;
}

describe('the shipped configuration', () => {
  test('loads, with the limits of the law where a key is left out', () => {
    const config = loaded();
    expect(config.campaigns.map(({ id }) => id)).toEqual(['solar', 'windows']);
    expect(config.campaigns[0]).toMatchObject({
      mode: 'predictive',
      ring: { atLeastSeconds: 15, atMostSeconds: 30 },
      greeting: { silenceMs: 500, talkThreshold: 256, noiseThreshold: 1_024, longestMs: 4_000 },
      connect: 'at_greeting_end',
      connectWithinMs: 2_000,
      dropRateMaxBp: 300,
      attempts: { max: 3, perHours: 24 },
      dropLockoutHours: 72,
      attestation: { minimum: 'none', maxAgeHours: 24, ways: ['signed_here', 'seen_there', 'declared'] },
      agents: { destination: { kind: 'stasis' } },
    });
    expect(config.campaigns[1]).toMatchObject({
      dropRateMaxBp: 250,
      consent: { mode: 'express', basis: null },
    });
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 4580, tokens: [] },
      agi: { port: 4573 },
      asterisk: { ariUrl: null, application: 'breakwater' },
      deadlines: { factMs: 250, ledgerMs: 1_000, countersMs: 250, agiAnswerMs: 450 },
      writer: null,
      policy: { rehearsal: true, clockGuardMs: 60_000, permitValidMs: 5_000 },
    });
  });

  test('names the files it was read from, wherever the folder lies', () => {
    expect(loaded().files.map(({ path }) => path)).toEqual([
      'breakwater.yaml',
      'campaigns/solar.yaml',
      'campaigns/windows.yaml',
      'rules/federal.yaml',
    ]);
  });

  test('is frozen all the way down', () => {
    const config = loaded();
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(walk);
    };
    walk(config);
  });

  test('an empty breakwater.yaml is all defaults: production, where fictional numbers are refused, and so is recording without a key', () => {
    const made = world();
    made.write('config/breakwater.yaml', '');
    const problems = made.problems();
    expect(problems).toHaveLength(6);
    expect(problems.at(-1)).toMatch(/^breakwater\.yaml: recordings\.keys: is empty/);
    expect(problems[0]).toBe(
      'campaigns/solar.yaml: seller.callbackNumber: is reserved for fiction, got `+13035550100`, expected a number that takes do-not-call requests',
    );
  });
});

describe('the policy hash', () => {
  test('is the same for the same rules and another for any change that a decision could see', () => {
    const hash = (change: (made: ReturnType<typeof world>) => void): string => {
      const made = world();
      change(made);
      return loaded(made).policy.hash;
    };
    const before = hash(() => undefined);
    expect(hash((made) => made.edit(main, 'port: 4580', 'port: 4581'))).toBe(before);
    expect(hash((made) => made.edit(solar, 'atMostSeconds: 30', 'atMostSeconds: 29'))).not.toBe(before);
    expect(hash((made) => made.edit(main, 'lists: []', 'permits: { clockGuardSeconds: 61 }'))).not.toBe(
      before,
    );
    expect(hash((made) => made.edit(solar, "optOutDigit: '9'", "optOutDigit: '8'"))).not.toBe(before);
  });

  test('changes with the law, not with how its files are written', () => {
    const made = world();
    const hashOf = (law: Law, sha256: string): string => {
      const found = made.load({}, () => ({ ok: true, law, files: [{ path: 'states.yaml', sha256 }] }));
      if (!found.ok) throw new Error(found.problems.join('\n'));
      return found.config.policy.hash;
    };
    const before = hashOf(FAKE_LAW, 'a');
    expect(hashOf(FAKE_LAW, 'b')).toBe(before);
    expect(hashOf({ ...FAKE_LAW, asOf: '2026-11-22' as LocalDate }, 'a')).not.toBe(before);
  });
});

/** File, text replaced, replacement, what the only problem starts with. */
const CASES: readonly (readonly [string, string, string, string])[] = [
  [solar, 'id: solar', 'id: so lar', 'id: is not usable, got `so lar`'],
  [
    solar,
    'mode: predictive',
    'mode: reckless',
    'mode: is not usable, got `reckless`, expected one of predictive',
  ],
  [solar, 'mode: predictive', 'modus: predictive', 'modus: is not a known key'],
  [solar, 'zone: America/Denver', 'zone: America/Boulder', 'zone: is not a time zone, got `America/Boulder`'],
  [solar, 'zone: America/Denver', '', 'zone: is missing, got nothing, expected an IANA zone'],
  [solar, 'state: CO', 'state: ZZ', 'seller.registrations[0].state: is no place of the law files, got `ZZ`'],
  [solar, "'2026-01-01'", "'2026-02-30'", 'seller.registrations[0].from: is not a day, got `2026-02-30`'],
  [solar, "'2026-01-01'", "'2031-01-01'", 'seller.registrations[0].until: ends before it begins'],
  [
    solar,
    'bondUsd: 0',
    "bondUntil: '2027-01-01'",
    'seller.registrations[0].bondUntil: is the end of no bond',
  ],
  [solar, "'2026-11-02'", "'2026-02-30'", 'startedOn: is not usable, got `2026-02-30`'],
  [solar, 'atMostSeconds: 30', 'atMostSeconds: 14', 'ring.atMostSeconds: is shorter than the shortest ring'],
  [
    solar,
    'atMostSeconds: 30',
    'atLeastSeconds: 14',
    'ring.atLeastSeconds: is shorter than the law allows, got `14`',
  ],
  [
    solar,
    'atMostSeconds: 30',
    'atMostSeconds: "30"',
    'ring.atMostSeconds: is not usable, got `30`, expected a whole',
  ],
  [solar, 'ring:', 'connectWithinMs: 2001\nring:', 'connectWithinMs: is longer than the law allows'],
  [
    solar,
    'ring:',
    'waitForAgentMs: 1301\nring:',
    'waitForAgentMs: is too long, got `1301`, expected at most 1300',
  ],
  [
    solar,
    'ring:',
    'connectWithinMs: 700\nwaitForAgentMs: 1\nring:',
    'waitForAgentMs: is too long, got `1`, expected at most 0',
  ],
  [
    solar,
    'ring:',
    'pacing: { by: guesswork }\nring:',
    'pacing.by: is not usable, got `guesswork`, expected one of breakwater, dialer',
  ],
  [
    solar,
    'ring:',
    'pacing: { linesMax: 0 }\nring:',
    'pacing.linesMax: is not usable, got `0`, expected a whole number from 1 to 10000, or null for no limit',
  ],
  [
    solar,
    'ring:',
    'pacing: { callsPerSecondMax: many }\nring:',
    'pacing.callsPerSecondMax: is not usable, got `many`',
  ],
  [solar, 'ring:', 'dropRateMaxBp: 301\nring:', 'dropRateMaxBp: is above the ceiling of the law, got `301`'],
  [
    solar,
    'ring:',
    'dropAlerts: { warningBp: 301 }\nring:',
    'dropAlerts.warningBp: is above the ceiling, got `301`',
  ],
  [
    solar,
    'ring:',
    'dropAlerts: { cautionBp: 260 }\nring:',
    'dropAlerts.cautionBp: is above the warning, got `260`',
  ],
  [solar, 'ring:', 'dropRateMaxBp: 0\nring:', 'dropRateMaxBp: is not usable, got `0`'],
  [solar, 'ring:', 'greeting: { silenceMs: 199 }\nring:', 'greeting.silenceMs: is not usable, got `199`'],
  [
    solar,
    'ring:',
    'greeting: { silenceMs: 701 }\nring:',
    'greeting.silenceMs: is too long, got `701`, expected at most 700',
  ],
  [
    solar,
    'ring:',
    'greeting: { silenceMs: 600, longestMs: 600 }\nring:',
    'greeting.longestMs: is not longer than the silence',
  ],
  [
    solar,
    'ring:',
    'greeting: { talkThreshold: 1024 }\nring:',
    'greeting.noiseThreshold: is not above the threshold of talk, got `1024`, expected more than',
  ],
  [solar, 'ring:', 'connect: at_once\nring:', 'connect: is not usable, got `at_once`'],
  [solar, "'9'", "'12'", 'safeHarbor.optOutDigit: is not usable'],
  [solar, "'9'", "'x'", 'safeHarbor.optOutDigit: is not a key, got `x`'],
  [solar, 'PJSIP/{number}@carrier', 'PJSIP/13035550100@carrier', 'endpoint: is not a dial string'],
  [solar, 'PJSIP/{number}@carrier', 'PJSIP/{number}@carrier&Local/1', 'endpoint: is not a dial string'],
  [solar, "'+13035550101'", '+13035550101', 'callerIds[0].number: is not usable, got `13035550101`'],
  [solar, "'+13035550101'", "'+3035550101'", 'callerIds[0].number: is not a telephone number'],
  [solar, "'+17205550101'", "'(303) 555-0101'", 'callerIds[1].number: is listed twice'],
  [
    solar,
    'carrier agreement 2026-014, line 3',
    '"  "',
    'callerIds[0].proofOfRight: is not usable, got `  `, expected a text of 1 to 500 characters in quotes, not only blanks',
  ],
  [solar, 'name: Sunrise Solar', 'name: "{digit}"', 'seller.name: cannot be spoken'],
  [solar, 'mode: written', 'mode: none_required', 'consent.basis: is missing'],
  [solar, 'place: CO', 'place: Co', 'agents.place: is not a state'],
  [solar, 'kind: stasis', 'kind: dialplan', 'agents.destination.context: does not name a place'],
  [solar, "['1001', '1002', '1003']", "['1001', '1001']", 'agents.members[1]: is listed twice'],
  [solar, "optOutDigit: '9'", 'text: "Sorry. Buy now."', 'safeHarbor.text: the wording lacks {seller}'],
  [solar, "optOutDigit: '9'", 'language: es-MX', 'safeHarbor.language: is not English'],
  [main, 'host: 127.0.0.1\n  port: 4580', 'host: 0.0.0.0', 'http.host: is open to others without a token'],
  [main, 'host: 127.0.0.1\n  port: 4573', 'host: "::"', 'agi.host: is open to others, got `::`'],
  [main, 'port: 4573', 'port: 4580', 'agi.port: is the port of the HTTP door too'],
  [main, 'port: 4573', 'port: 65536', 'agi.port: is not usable, got `65536`'],
  [
    main,
    'tokens: []',
    'tokens: [{ name: a, sha256: secret, scopes: [admin] }]',
    'http.tokens[0].sha256: is not a SHA-256, got `(hidden)`',
  ],
  [
    main,
    'tokens: []',
    'tokens: [{ name: a, sha256: x, scopes: [root] }]',
    'http.tokens[0].scopes[0]: is not usable, got `root`',
  ],
  [
    main,
    'tokens: []',
    `tokens: [{ name: a, sha256: ${'a'.repeat(64)}, scopes: [admin], expiresAt: tomorrow }]`,
    'http.tokens[0].expiresAt: is not an instant, got `tomorrow`',
  ],
  [
    main,
    'tokens: []',
    `tokens: [${Array(2)
      .fill(`{ name: a, sha256: ${'a'.repeat(64)}, scopes: [admin] }`)
      .join()}]`,
    'http.tokens[1].sha256: is there twice, got `(hidden)`',
  ],
  [main, 'tokens: []', 'certificateFile: nowhere.pem', 'http.certificateFile: cannot be read, got `ENOENT`'],
  [main, 'tokens: []', 'certificateFile: nowhere.pem', 'http.keyFile: is not told with a certificate'],
  [main, 'asterisk:', 'asterisk:\n  amiAuthorityFile: ca.pem', 'asterisk.amiTls: is off, got `false`'],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\nstores: { databaseUrl: "postgres://a:b@db/x?sslmode=no-verify" }',
    'stores.databaseUrl: encrypts to whoever answers, got `(hidden)`',
  ],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\nstores: { redisUrl: "redis://r/", redisAuthorityFile: ca.pem }',
    'stores.redisAuthorityFile: has no encrypted Redis',
  ],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\nstores: { redisUrl: "redis+cluster://r1,r2", redisAuthorityFile: ca.pem }',
    'stores.redisAuthorityFile: has no encrypted Redis',
  ],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\noutgoing: { privateNetworks: [10.0.0.0/33] }',
    'outgoing.privateNetworks[0]: is not a network, got `10.0.0.0/33`',
  ],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\nscreenPops: { url: "https://169.254.169.254/latest" }',
    'screenPops.url: is a private address, got `https://169.254.169.254/latest`',
  ],
  [main, 'asterisk:', 'asterisk:\n  ariUrl: http://pbx.example:8088', 'asterisk.ariUser: is missing'],
  [
    main,
    'asterisk:',
    'asterisk:\n  ariUrl: http://u:p@ss@192.0.2.1:8088?api_key=x\n  ariUser: u\n  ariPassword: p',
    'asterisk.ariUrl: is another machine in rehearsal, got `http://192.0.2.1:8088/`',
  ],
  [
    main,
    'asterisk:',
    'asterisk:\n  amiHost: pbx.example\n  amiUser: u\n  amiSecret: p',
    'asterisk.amiHost: is another machine in rehearsal',
  ],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\nclock: { startAt: "2026-11-21 10:00" }',
    'clock.startAt: is not an instant',
  ],
  [main, 'environment: rehearsal', 'environment: rehearsal\nwriter: "a b"', 'writer: is not usable'],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\nstores: { databaseUrl: "mysql://u:geheim@h/d" }',
    'stores.databaseUrl: is not an address, got `(hidden)`',
  ],
  [
    main,
    'environment: rehearsal',
    'environment: rehearsal\ndeadlines: { agiAnswerMs: 100 }',
    'deadlines.agiAnswerMs: is shorter than one fact may take',
  ],
  [main, 'environment: rehearsal', 'environment: rehearsal\nenvironment: rehearsal', 'is not YAML'],
];

describe('a problem names file, path, value and what was expected', () => {
  test.each(CASES)('%s: %s -> %s', (file, from, to, starts) => {
    const made = world();
    made.edit(file, from, to);
    const problems = made.problems();
    expect(
      problems.some((line) => line.startsWith(`${file}: ${starts}`)),
      problems.join('\n'),
    ).toBe(true);
    for (const line of problems) expect(line).not.toContain('geheim');
  });

  test('all of them at once', () => {
    const made = world();
    made.edit(solar, 'zone: America/Denver', 'zone: Nowhere');
    made.edit(solar, "'9'", "'x'");
    made.edit('campaigns/windows.yaml', 'dropRateMaxBp: 250', 'dropRateMaxBp: 350');
    made.edit(main, 'port: 4573', 'port: 4580');
    expect(made.problems()).toHaveLength(4);
  });

  test('problems of the law stand with the others', () => {
    const made = world();
    made.edit(solar, "'9'", "'x'");
    const answer = made.load({}, () => ({ ok: false, problems: ['rules/federal.yaml: gone'] }));
    expect(answer.ok ? [] : answer.problems).toHaveLength(2);
  });
});

test.each(['rediss://r/', 'rediss+sentinel://r1,r2/counters', 'rediss+cluster://r1,r2'])(
  'who has signed for Redis may be named with %s',
  (url) => {
    const made = world();
    const { pem } = issue({ subject: 'Authority of the test' });
    made.write('ca.pem', pem);
    const stores = `stores: { redisUrl: "${url}", redisAuthorityFile: ca.pem }`;
    made.edit(main, 'environment: rehearsal', `environment: rehearsal\n${stores}`);
    expect(loaded(made).encryption.redisAuthority).toBe(pem);
  },
);

describe('campaigns together', () => {
  const twin = (change: (text: string) => string) => {
    const made = world();
    const text = made.read(`config/${solar}`).replace(/members: .*/, "members: ['2001']");
    made.write('config/campaigns/twin.yaml', change(text));
    return made.problems();
  };

  test('an id once', () => {
    expect(twin((text) => text.replace('offer: rooftop', 'offer: cellar'))).toEqual([
      'campaigns/twin.yaml: id: is used by another file too, got `solar`, expected an id of its own for each campaign',
    ]);
  });

  test('one campaign per seller and offer, or the drop rate would be split', () => {
    expect(twin((text) => text.replace('id: solar', 'id: solar-2'))).toEqual([
      'campaigns/twin.yaml: offer: is the offer of campaign `solar` too, got `rooftop solar panels`, expected one campaign per seller and offer',
    ]);
  });

  test('an agent once: two campaigns that count one agent as free open two lines for one agent', () => {
    const problems = twin((text) =>
      text
        .replace('id: solar', 'id: solar-2')
        .replace('offer: rooftop', 'offer: cellar')
        .replace("['2001']", "['2001', '1002']"),
    );
    expect(problems).toEqual([
      'campaigns/twin.yaml: agents.members: has an agent of campaign `solar`, got `1002`, expected agents of this campaign alone',
    ]);
  });

  test('one seller id, one name and number', () => {
    const problems = twin((text) =>
      text
        .replace('id: solar', 'id: solar-2')
        .replace('offer: rooftop', 'offer: cellar')
        .replace('name: Sunrise Solar', 'name: Sunrise')
        .replace("'+13035550100'", "'+13035550109'"),
    );
    expect(problems.map((line) => line.split(': ')[1])).toEqual(['seller.name', 'seller.callbackNumber']);
  });
});

describe('list files', () => {
  const withList = (list: string) => {
    const made = world();
    made.write('lists/a.txt', '3035550123\n');
    made.edit(main, 'lists: []', `lists:\n  - ${list}`);
    return made;
  };

  test('are resolved against the folder that holds the configuration', () => {
    const made = withList(
      '{ name: n, kind: national, path: lists/a.txt, obtainedOn: "2026-11-20", areaCodes: "720, 303" }',
    );
    expect(loaded(made).lists).toEqual([
      {
        name: 'n',
        kind: 'national',
        jurisdiction: null,
        campaignId: null,
        path: `${made.base}/lists/a.txt`,
        obtainedOn: '2026-11-20',
        version: '2026-11-20',
        areaCodes: ['303', '720'],
      },
    ]);
  });

  test('without a path must have been imported, and their versions are not part of the policy', () => {
    const made = withList('{ name: texas, kind: state, jurisdiction: TX }');
    expect(loaded(made)).toMatchObject({
      lists: [],
      importedLists: [{ name: 'texas', kind: 'state', jurisdiction: 'TX', campaignId: null }],
      listImports: { rejectedMaxBp: 100, keepVersions: 3, pollSeconds: 5 },
    });
    expect(loaded(made).policy.hash).not.toBe(loaded(world()).policy.hash);
  });

  test.each([
    [
      '{ name: n, kind: national, path: lists/b.txt, obtainedOn: "2026-11-20" }',
      'lists[0].path: is not there',
    ],
    [
      '{ name: n, kind: national, path: lists/a.txt, obtainedOn: "soon" }',
      'lists[0].obtainedOn: is not a date',
    ],
    [
      '{ name: n, kind: state, path: lists/a.txt, obtainedOn: "2026-11-20" }',
      'lists[0].jurisdiction: does not name',
    ],
    [
      '{ name: n, kind: campaign, campaign: x, path: lists/a.txt, obtainedOn: "2026-11-20" }',
      'lists[0].campaign: is not a',
    ],
    [
      '{ name: n, kind: national, jurisdiction: TX, path: lists/a.txt, obtainedOn: "2026-11-20" }',
      'lists[0].jurisdiction: is only',
    ],
    ['{ name: "a list", kind: national }', 'lists[0].name: cannot be the name of an imported list'],
    ['{ name: n, kind: national, obtainedOn: "2026-11-20" }', 'lists[0].obtainedOn: is only for lists with'],
    ['{ name: n, kind: national, version: v }', 'lists[0].version: is only for lists with'],
    [
      '{ name: n, kind: national, path: lists/a.txt, obtainedOn: "2026-11-20" }',
      'lists[0].areaCodes: does not say what the copy covers',
    ],
    [
      '{ name: n, kind: national, path: lists/a.txt, obtainedOn: "2026-11-20", areaCodes: "303,72" }',
      'lists[0].areaCodes: `72` is not an area code',
    ],
    [
      '{ name: n, kind: national, path: lists/a.txt, obtainedOn: "2026-11-20", areaCodes: 303 }',
      'lists[0].areaCodes: ',
    ],
    [
      '{ name: n, kind: litigator, path: lists/a.txt, obtainedOn: "2026-11-20", areaCodes: all }',
      'lists[0].areaCodes: is only for the national registry and for state lists',
    ],
    ['{ name: n, kind: national, areaCodes: all }', 'lists[0].areaCodes: is only for lists with'],
    ['{ name: n, kind: national, path: lists/a.txt }', 'lists[0].obtainedOn: is not a date'],
  ])('%s', (list, problem) => {
    expect(withList(list).problems()[0]).toContain(problem);
  });
});

describe('the environment', () => {
  test('replaces keys and is named in problems', () => {
    const made = world();
    const env = {
      DATABASE_URL: 'postgres://u:p@h/d',
      BREAKWATER_HTTP_PORT: '0',
      BREAKWATER_WRITER: 'w1',
      AMI_HOST: '',
    };
    expect(loaded(made, env)).toMatchObject({
      stores: { databaseUrl: 'postgres://u:p@h/d' },
      http: { port: 0, host: '127.0.0.1' },
      writer: 'w1',
      asterisk: { amiHost: null },
    });
    expect(made.problems({ BREAKWATER_HTTP_PORT: 'many' })[0]).toMatch(
      /^environment: BREAKWATER_HTTP_PORT: is not usable, got `many`/,
    );
    expect(made.problems({ BREAKWATER_CLOCK_START: '2026-11-21T10:00:00-07:00' })).toEqual([]);
    expect(
      made.problems({
        BREAKWATER_ENVIRONMENT: 'production',
        BREAKWATER_CLOCK_START: '2026-11-21T10:00:00Z',
      })[0],
    ).toMatch(/^environment: BREAKWATER_CLOCK_START: is only for rehearsal/);
  });

  test('a BREAKWATER_ variable nobody reads is a problem; some are read elsewhere', () => {
    expect(world().problems({ BREAKWATER_HTPP_PORT: '1' })[0]).toMatch(
      /^environment: BREAKWATER_HTPP_PORT: is not a known/,
    );
    expect(world().problems({ BREAKWATER_CACHE_DIR: '/x', BREAKWATER_CONFIG: 'y', HOME: '/' })).toEqual([]);
  });

  test('every variable reaches a key of the schema', () => {
    for (const name of Object.keys(VARIABLES)) {
      expect(
        world()
          .problems({ [name]: '\u0001' })
          .join('\n'),
      ).toContain(`environment: ${name}: `);
    }
  });
});

describe('no file content throws', () => {
  test('any text as YAML', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom(...Array.from('{}[]:-&*!|>\'"%@#\n\t ,?a1~.')) }),
        ),
        (text) => {
          parseYaml(text, () => undefined);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('any value in any place', () => {
    const made = world();
    fc.assert(
      fc.property(fc.json(), (text) => {
        made.write('config/breakwater.yaml', text);
        made.write('config/campaigns/solar.yaml', text);
        made.load();
      }),
      { numRuns: 100 },
    );
  });

  test('a missing folder is one problem, not one for each of its files', () => {
    const answer = loadConfig({
      directory: '/nowhere/config',
      env: {},
      loadLaw: fakeLaw,
      limitsOf: () => LIMITS,
    });
    expect(answer).toEqual({
      ok: false,
      problems: [
        'configuration folder `/nowhere/config` is not there; expected a folder with breakwater.yaml, campaigns/ and rules/',
      ],
    });
  });
});

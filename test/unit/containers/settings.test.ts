/** What the container files promise without an engine: loopback doors, no secrets, one module list, fitting settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EMPTY_FILES, modulesConf } from '../../../scripts/asterisk/modules.ts';
import { composeEnv, nextRehearsal } from '../../../scripts/containers/compose-env.ts';
import { settledSettings } from '../../../scripts/containers/settle-in.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly user?: string;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly cpus?: number;
  readonly pids_limit?: number;
  readonly healthcheck?: object;
  readonly privileged?: boolean;
  readonly build?: { readonly dockerfile?: string };
}
const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};

describe('docker-compose.yml', () => {
  test('has the five services', () => {
    expect(Object.keys(services).sort()).toEqual([
      'asterisk',
      'breakwater',
      'called-party',
      'postgres',
      'redis',
    ]);
  });

  test('publishes on loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).not.toEqual([]);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test.each(Object.entries(services))(
    '%s: nothing writes into the image, and nothing takes the machine',
    (_, service) => {
      expect(service.read_only).toBe(true);
      expect(service.tmpfs).toContain('/tmp');
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
      expect(service.privileged ?? false).toBe(false);
      expect([service.mem_limit, service.cpus, service.pids_limit]).not.toContain(undefined);
    },
  );

  test('nobody is root but the called party, who has one right', () => {
    const dockerfiles: Readonly<Record<string, string>> = { breakwater: 'Dockerfile' };
    const roots = Object.entries(services).filter(([name, { user, build }]) => {
      if (user !== undefined) return user === 'root' || user === '0';
      const file = build?.dockerfile ?? dockerfiles[name];
      const users = file === undefined ? [] : [...read(file).matchAll(/^USER (\S+)$/gm)];
      return users.at(-1)?.[1] === undefined || users.at(-1)?.[1] === 'root';
    });
    expect(roots.map(([name]) => name)).toEqual(['called-party']);
    expect(Object.entries(services).filter(([, { cap_add }]) => cap_add !== undefined)).toEqual([
      ['called-party', expect.objectContaining({ cap_add: ['NET_RAW'] })],
    ]);
  });

  test('each service says whether it is well', () => {
    const files: Readonly<Record<string, string>> = {
      asterisk: 'containers/asterisk/Dockerfile',
      breakwater: 'Dockerfile',
      'called-party': 'containers/sipp/Dockerfile',
    };
    for (const [name, { healthcheck }] of Object.entries(services)) {
      const file = files[name];
      expect(
        healthcheck !== undefined || (file !== undefined && /^HEALTHCHECK /m.test(read(file))),
        name,
      ).toBe(true);
    }
  });

  test('what a container writes while it runs is in memory or in a volume', () => {
    const written = {
      asterisk: ['/run/asterisk', '/run/asterisk-secrets', '/var/log/asterisk:size=64m'],
      breakwater: ['/app/settled'],
      postgres: ['/var/run/postgresql'],
    };
    for (const [name, paths] of Object.entries(written)) {
      expect(services[name]?.tmpfs).toEqual(expect.arrayContaining(paths));
    }
  });

  test('holds no secret: each comes from outside and must not be empty', () => {
    const secrets = Object.values(services)
      .flatMap((service) => Object.entries(service.environment ?? {}))
      .filter(([name]) => /PASSWORD|SECRET|TOKEN/.test(name));
    expect(secrets.length).toBeGreaterThan(8);
    for (const [name, value] of secrets) expect(value, name).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
  });

  test('asks for nothing that compose-env.ts does not write', () => {
    const wanted = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    const written = composeEnv(0, false);
    for (const name of wanted) expect(written).toMatch(new RegExp(`^${name ?? ''}=[0-9a-f]{48}$`, 'm'));
  });
});

describe('the Asterisk image', () => {
  test('loads the modules the tests run with', () => {
    const [, ...lines] = read('containers/asterisk/etc/modules.conf').split('\n');
    expect(lines.join('\n')).toBe(modulesConf([]));
  });

  test.each(EMPTY_FILES)('has %s, which modules miss otherwise', (file) => {
    expect(() => read(`containers/asterisk/etc/${file}`)).not.toThrow();
  });

  test('keeps ARI and AMI on loopback', () => {
    expect(read('containers/asterisk/etc/http.conf')).toContain('bindaddr = 127.0.0.1');
    expect(read('containers/asterisk/etc/manager.conf')).toContain('bindaddr = 127.0.0.1');
  });
});

test('both images that install packages do it in the same words, so that one install serves both', () => {
  const steps = (path: string): string =>
    /WORKDIR \/app\n(?:COPY package.*\nRUN npm ci.*\n)/.exec(read(path))?.[0] ?? path;
  expect(steps('containers/sipp/Dockerfile')).toBe(steps('Dockerfile'));
});

describe('the settings of a container', () => {
  const token = 'f'.repeat(48);
  const rehearsal = { environment: 'rehearsal', http: { port: 4580 }, lists: [] };

  test('get the hash of each token, never the token', () => {
    const settled = settledSettings(rehearsal, { TOKEN_DIALER: token }, 'lists');
    expect(settled['http']).toMatchObject({
      port: 4580,
      tokens: [
        { name: 'dialer', scopes: ['dialer'], sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      ],
    });
    expect(JSON.stringify(settled)).not.toContain(token);
  });

  test('refuse a token that could be guessed', () => {
    expect(() => settledSettings(rehearsal, { TOKEN_ADMIN: 'secret' }, 'lists')).toThrow(/TOKEN_ADMIN/);
  });

  test('get small fresh lists in a rehearsal that has none', () => {
    const env = { BREAKWATER_CLOCK_START: '2026-11-23T19:00:00Z' };
    expect(settledSettings(rehearsal, env, 'lists')['lists']).toMatchObject([
      { name: 'national', path: 'lists/national.txt', obtainedOn: '2026-11-20', areaCodes: 'all' },
      { name: 'colorado', jurisdiction: 'CO', obtainedOn: '2026-11-20' },
    ]);
  });

  test('never get them in production, whoever says that it is production', () => {
    expect(settledSettings({ environment: 'production' }, {}, 'lists')['lists']).toEqual([]);
    expect(settledSettings({}, {}, 'lists')['lists']).toEqual([]);
    const env = { BREAKWATER_ENVIRONMENT: 'production' };
    expect(settledSettings(rehearsal, env, 'lists')['lists']).toEqual([]);
  });
});

test('a rehearsal starts on the next Monday, in calling hours everywhere', () => {
  expect(nextRehearsal(Date.parse('2026-11-21T23:00:00Z'))).toBe('2026-11-23T19:00:00.000Z');
  expect(nextRehearsal(Date.parse('2026-11-23T01:00:00Z'))).toBe('2026-11-23T19:00:00.000Z');
});

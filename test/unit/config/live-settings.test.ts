import { expect, test } from 'vitest';
import {
  type ComparedSettings,
  LIVE_SETTINGS,
  settingsThatNeedRestart,
} from '../../../src/config/live-settings.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { loadLaw } from '../../../src/config/load-law.ts';
import { resolve } from 'node:path';

const loaded = loadConfig({ directory: resolve(import.meta.dirname, '../../../config'), env: {}, loadLaw });
if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
const running: ComparedSettings = loaded.config;

test('the same settings need no restart', () => {
  expect(settingsThatNeedRestart(running, structuredClone(running))).toEqual([]);
});

test.each<readonly [string, Partial<ComparedSettings>]>([
  ['environment', { environment: 'production' }],
  ['clock.startAt', { clock: { startAt: 0 as never } }],
  ['writer', { writer: 'other' as never }],
  ['data.directory', { data: { directory: '/elsewhere' } }],
  ['http.port', { http: { ...running.http, port: 1 } }],
  ['agi.host', { agi: { ...running.agi, host: '::1' } }],
  ['asterisk.soundsDirectory', { asterisk: { ...running.asterisk, soundsDirectory: '/elsewhere' } }],
  ['deadlines.ledgerMs', { deadlines: { ...running.deadlines, ledgerMs: 11 } }],
  ['deadlines.countersMs', { deadlines: { ...running.deadlines, countersMs: 11 } }],
  ['deadlines.agiAnswerMs', { deadlines: { ...running.deadlines, agiAnswerMs: 11 } }],
  ['listImports.pollSeconds', { listImports: { ...running.listImports, pollSeconds: 77 } }],
  ['log.level', { log: { level: 'fatal' } }],
])('%s needs one, and is named with both values', (path, change) => {
  const [line, ...more] = settingsThatNeedRestart(running, { ...running, ...change });
  expect(line).toMatch(
    new RegExp(`^breakwater.yaml: ${path}: needs a restart, runs with \`.*\`, wanted \`.+\`$`),
  );
  expect(more).toEqual([]);
});

test('what is live is taken as it comes', () => {
  const wanted: ComparedSettings = {
    ...running,
    telemarketer: 'Somebody',
    deadlines: { ...running.deadlines, factMs: 11 },
    permits: { clockGuardSeconds: 61, validSeconds: 6 },
    overrides: { longestDays: 7 },
    leases: { afterRingSeconds: 61 },
    shutdown: { liveCallsSeconds: 1 },
    listImports: { ...running.listImports, rejectedMaxBp: 1, keepVersions: 9 },
  };
  expect(settingsThatNeedRestart(running, wanted)).toEqual([]);
  expect(LIVE_SETTINGS).toHaveLength(9);
});

test.each([
  ['http://u:hunter2@127.0.0.1:8088/x', 'http://127.0.0.1:8088/x'],
  ['http://u:p@hunter2@127.0.0.1:8088', 'http://127.0.0.1:8088/'],
  ['http://127.0.0.1:8088/ari?api_key=hunter2#hunter2', 'http://127.0.0.1:8088/ari'],
  ['hunter2@127.0.0.1', '(hidden)'],
  ['user:hunter2@127.0.0.1', '(hidden)'],
  ['http://u:hunter2@127.0.0.1:notaport', '(hidden)'],
])('of the address %s only %s is shown', (ariUrl, seen) => {
  const asterisk = { ...running.asterisk, ariUrl };
  expect(settingsThatNeedRestart(running, { ...running, asterisk })).toEqual([
    `breakwater.yaml: asterisk.ariUrl: needs a restart, runs with \`null\`, wanted \`${seen}\``,
  ]);
});

test('a secret is never shown, neither alone, nor in a list, nor in an address', () => {
  const secret = 'hunter2';
  const lines = settingsThatNeedRestart(running, {
    ...running,
    webhooks: [{ secret } as ComparedSettings['webhooks'][number]],
    http: {
      ...running.http,
      tokens: [{ name: 'floor', sha256: secret, scopes: ['dialer'], expiresAt: null }],
    },
    asterisk: {
      ...running.asterisk,
      ariUrl: `http://user:${secret}@127.0.0.1:8088`,
      ariPassword: secret,
      amiSecret: secret,
    },
    stores: {
      ...running.stores,
      databaseUrl: `postgres://user:${secret}@localhost/x`,
      redisUrl: `redis://:${secret}@localhost`,
    },
  });
  expect(lines).toHaveLength(7);
  expect(lines.join('\n')).not.toContain(secret);
});

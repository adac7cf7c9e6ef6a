/** `deploy/breakwater.service`: an unprivileged user, a read-only machine, no rights; judged by systemd itself where it is here. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PATH = join(import.meta.dirname, '../../../deploy/breakwater.service');
const settings = new Map<string, string[]>();
for (const line of readFileSync(PATH, 'utf8').split('\n')) {
  const [, key = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
  if (key !== '') settings.set(key, [...(settings.get(key) ?? []), value]);
}
const one = (key: string): string | undefined => settings.get(key)?.join(' ');

test.each([
  ['User', 'breakwater'],
  ['NoNewPrivileges', 'true'],
  ['CapabilityBoundingSet', ''],
  ['AmbientCapabilities', ''],
  ['ProtectSystem', 'strict'],
  ['ProtectHome', 'true'],
  ['PrivateTmp', 'true'],
  ['PrivateDevices', 'true'],
  ['ProtectKernelTunables', 'true'],
  ['RestrictSUIDSGID', 'true'],
  ['RestrictAddressFamilies', 'AF_INET AF_INET6 AF_UNIX'],
  ['SystemCallArchitectures', 'native'],
  ['Restart', 'always'],
])('%s is `%s`', (key, value) => {
  expect(one(key)).toBe(value);
});

test('only its own state and the recordings are written, and no secret stands in the unit', () => {
  expect(settings.get('ReadWritePaths')).toEqual(['-/var/spool/asterisk/monitor']);
  expect(one('StateDirectory')).toBe('breakwater');
  expect(one('EnvironmentFile')).toBe('/etc/breakwater/secrets');
  expect(one('Environment')).not.toMatch(/PASSWORD|SECRET|TOKEN|URL/);
});

test('the drain of live calls fits into the time to stop', () => {
  expect(Number(one('TimeoutStopSec'))).toBeGreaterThan(30);
});

const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
if (analyze.status !== 0) process.stderr.write('SKIPPED: no systemd-analyze here to judge the unit\n');

test.skipIf(analyze.status !== 0)('systemd judges its exposure below 2 of 10', () => {
  const asked = ['security', '--offline=true', '--no-pager', '--threshold=20', PATH];
  const { status, stdout, stderr } = spawnSync('systemd-analyze', asked, { encoding: 'utf8' });
  expect(`${stdout.split('\n').slice(-3).join('\n')}${stderr}`).toContain('exposure level');
  expect(status).toBe(0);
});

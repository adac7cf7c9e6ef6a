/** Is there a container engine, and which `compose` talks to it. */
import { spawnSync } from 'node:child_process';
import { findOnPath } from '../install-packages.ts';

/** Why no container can be run here; undefined when one can. */
export function engineObstacle(): string | undefined {
  if (findOnPath('docker') === undefined) return 'no `docker` on the PATH';
  const asked = ['version', '--format', '{{.Server.Version}}'];
  const { status, stderr } = spawnSync('docker', asked, { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? undefined : `no container engine answers (${stderr.trim().split('\n').at(-1) ?? ''})`;
}

/** The plugin, else docker-compose 1.29; undefined when there is neither. */
export function composeCommand(): readonly [string, ...string[]] | undefined {
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status === 0)
    return ['docker', 'compose'];
  return findOnPath('docker-compose') === undefined ? undefined : ['docker-compose'];
}

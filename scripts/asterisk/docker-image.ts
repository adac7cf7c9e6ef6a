/** The Docker way to an Asterisk: is there an engine, is there an image, and where in the image are the parts. */
import { spawnSync } from 'node:child_process';
import { findOnPath } from '../install-packages.ts';
import { DATA_DIRECTORIES, MODULE_DIRECTORIES, type AsteriskLayout } from './layout.ts';

export function imageName(): string {
  const given = process.env['BREAKWATER_ASTERISK_IMAGE'];
  return given !== undefined && given !== '' ? given : 'breakwater/asterisk';
}

/** Why the image cannot be run right now; undefined when it can. */
export function dockerObstacle(): string | undefined {
  const engine = engineObstacle();
  if (engine !== undefined) return engine;
  const inspect = docker(['image', 'inspect', '--format', '{{.Id}}', imageName()], 10_000);
  return inspect.ok ? undefined : `the image \`${imageName()}\` is not on this machine`;
}

/** Tries to get the image from a registry; answers what went wrong, as an addition to the obstacle. */
export function dockerPull(progress: (line: string) => void): string | undefined {
  if (engineObstacle() !== undefined) return '';
  progress(`looking for the Docker image ${imageName()}`);
  const pull = docker(['pull', '--quiet', imageName()], 300_000);
  return pull.ok ? undefined : ` and cannot be pulled (${pull.error})`;
}

/** Looks into the image for the version and the places of modules, data and prompts. */
export function dockerLayout(image: string): { version: string; layout: AsteriskLayout } | undefined {
  const firstOf = (paths: readonly string[], probe: string): string =>
    `for d in ${paths.join(' ')}; do if [ -e "$d/${probe}" ]; then echo "$d"; break; fi; done`;
  const script = [
    'asterisk -V',
    firstOf(MODULE_DIRECTORIES, 'res_ari.so'),
    firstOf(DATA_DIRECTORIES, 'rest-api/resources.json'),
    firstOf(
      DATA_DIRECTORIES.map((path) => `${path}/sounds/en`),
      'beep.wav',
    ),
    'dirname "$(command -v asterisk)"',
  ].join('; ');
  const { ok, output } = docker(['run', '--rm', '--entrypoint', 'sh', image, '-c', script], 60_000);
  const lines = output.split('\n').map((line) => line.trim());
  const version = /^Asterisk (\S+)/.exec(lines[0] ?? '')?.[1];
  const [, modules, data, englishSounds, sbin] = lines;
  if (!ok || version === undefined || modules === undefined || data === undefined) return undefined;
  if (englishSounds === undefined || sbin === undefined || sbin === '') return undefined;
  return { version, layout: { modules, data, englishSounds, sbin } };
}

function engineObstacle(): string | undefined {
  if (findOnPath('docker') === undefined) return 'no `docker` on the PATH';
  const version = docker(['version', '--format', '{{.Server.Version}}'], 5_000);
  return version.ok ? undefined : `no Docker engine answers (${version.error})`;
}

function docker(args: readonly string[], timeoutMs: number): { ok: boolean; output: string; error: string } {
  const result = spawnSync('docker', args, { encoding: 'utf8', timeout: timeoutMs });
  const error = result.error?.message ?? result.stderr.trim().split('\n').at(-1) ?? '';
  return { ok: result.status === 0, output: result.stdout, error };
}

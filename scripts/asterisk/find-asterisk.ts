/**
 * Finds or makes an Asterisk 22, in this order: the one on the PATH, a Docker image, a root file system of Debian sid.
 * `describeSources` looks without building; `findAsterisk` may download and build.
 */
import { spawnSync } from 'node:child_process';
import { findOnPath } from '../install-packages.ts';
import { dockerLayout, dockerObstacle, dockerPull, imageName } from './docker-image.ts';
import { installedLayout, rootfsLayout, type AsteriskLayout } from './layout.ts';
import { ensureRootfs, rootfsIsReady, rootfsObstacle, rootfsPath } from './rootfs.ts';
import { loaderCommand } from './source-command.ts';

export type AsteriskSource =
  | {
      readonly kind: 'path';
      readonly version: string;
      readonly layout: AsteriskLayout;
      readonly binary: string;
    }
  | {
      readonly kind: 'docker';
      readonly version: string;
      readonly layout: AsteriskLayout;
      readonly image: string;
    }
  | {
      readonly kind: 'rootfs';
      readonly version: string;
      readonly layout: AsteriskLayout;
      readonly rootfs: string;
    };

export interface SourceDescription {
  readonly kind: AsteriskSource['kind'];
  readonly available: boolean;
  /** What it is, or why it is not available. */
  readonly detail: string;
}

export type Progress = (line: string) => void;

const MAJOR_VERSION = 22;

/** Each way and whether it could be taken now; builds and downloads nothing. */
export function describeSources(): readonly SourceDescription[] {
  const path = tryPath();
  const docker = dockerObstacle();
  const rootfs = rootfsObstacle();
  return [
    typeof path === 'string'
      ? { kind: 'path', available: false, detail: path }
      : { kind: 'path', available: true, detail: `Asterisk ${path.version} at ${path.binary}` },
    docker === undefined
      ? { kind: 'docker', available: true, detail: `image ${imageName()}` }
      : { kind: 'docker', available: false, detail: docker },
    rootfs === undefined
      ? {
          kind: 'rootfs',
          available: true,
          detail: `${rootfsPath()} (${rootfsIsReady() ? 'ready' : 'will be made at first use'})`,
        }
      : { kind: 'rootfs', available: false, detail: rootfs },
  ];
}

export async function findAsterisk(progress: Progress = toStderr): Promise<AsteriskSource> {
  const failures: string[] = [];
  const usual = process.env['TEST_BACKEND'] === 'containers' ? ['docker'] : ['path', 'docker', 'rootfs'];
  const ways = process.env['BREAKWATER_ASTERISK_SOURCE']?.split(',') ?? usual;
  for (const way of ways) {
    const found = await tryWay(way, progress);
    if (typeof found !== 'string') return found;
    failures.push(`  ${way}: ${found}`);
  }
  throw new Error(`no Asterisk ${MAJOR_VERSION} could be found or made:\n${failures.join('\n')}`);
}

async function tryWay(way: string, progress: Progress): Promise<AsteriskSource | string> {
  switch (way) {
    case 'path':
      return tryPath();
    case 'docker':
      return tryDocker(progress);
    case 'rootfs':
      return tryRootfs(progress);
    default:
      return 'unknown way: BREAKWATER_ASTERISK_SOURCE takes path, docker, rootfs';
  }
}

function tryPath(): (AsteriskSource & { kind: 'path' }) | string {
  const binary = findOnPath('asterisk');
  if (binary === undefined) return 'no `asterisk` on the PATH';
  const version = versionIn(binary, ['-V']);
  if (version === undefined) return `\`${binary} -V\` says no version`;
  if (majorOf(version) !== MAJOR_VERSION)
    return `\`${binary}\` is version ${version}, needed is ${MAJOR_VERSION}`;
  const layout = installedLayout(binary);
  if (layout === undefined) return `the modules or data of \`${binary}\` are in none of the usual places`;
  return { kind: 'path', version, layout, binary };
}

function tryDocker(progress: Progress): AsteriskSource | string {
  const image = imageName();
  const obstacle = dockerObstacle();
  if (obstacle !== undefined) {
    const pulled = dockerPull(progress);
    if (pulled !== undefined) return `${obstacle}${pulled}`;
  }
  const inside = dockerLayout(image);
  if (inside === undefined) return `the image \`${image}\` holds no Asterisk in the usual places`;
  if (majorOf(inside.version) !== MAJOR_VERSION) {
    return `the image \`${image}\` holds version ${inside.version}, needed is ${MAJOR_VERSION}`;
  }
  return { kind: 'docker', version: inside.version, layout: inside.layout, image };
}

async function tryRootfs(progress: Progress): Promise<AsteriskSource | string> {
  const obstacle = rootfsObstacle();
  if (obstacle !== undefined) return obstacle;
  try {
    const rootfs = await ensureRootfs(progress);
    const [command, ...args] = loaderCommand(rootfs);
    const version = versionIn(command, [...args, '-V']);
    if (version === undefined)
      return `the Asterisk in \`${rootfs}\` does not run; remove that directory to make it anew`;
    if (majorOf(version) !== MAJOR_VERSION) {
      return `Debian sid carries version ${version} now, needed is ${MAJOR_VERSION}`;
    }
    return { kind: 'rootfs', version, layout: rootfsLayout(rootfs), rootfs };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function versionIn(command: string, args: readonly string[]): string | undefined {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
  return /^Asterisk (\S+)/m.exec(result.stdout)?.[1];
}

function majorOf(version: string): number {
  return Number.parseInt(version.replace(/^(GIT-|certified[/-])/, ''), 10);
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

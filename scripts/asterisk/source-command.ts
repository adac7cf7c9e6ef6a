/** The command lines that run an Asterisk and its remote console, for each kind of source. */
import type { AsteriskSource } from './find-asterisk.ts';
import { TRIPLET } from './layout.ts';

type Command = readonly [string, ...string[]];

export interface CommandOptions {
  readonly confFile: string;
  readonly containerName: string;
  readonly uid: number;
  readonly gid: number;
  /** Directories the container must see under the same path. */
  readonly mounts: readonly { readonly path: string; readonly writable: boolean }[];
}

/** What a container needs that runs the server, whoever starts it. */
export interface ServerContainer {
  readonly name: string;
  readonly image: string;
  /** `uid:gid`; its network is the host's. */
  readonly user: string;
  readonly mounts: CommandOptions['mounts'];
  readonly entrypoint: string;
  readonly args: readonly string[];
}

export function serverContainer(
  source: AsteriskSource & { readonly kind: 'docker' },
  { confFile, containerName, uid, gid, mounts }: CommandOptions,
): ServerContainer {
  return {
    name: containerName,
    image: source.image,
    user: `${uid}:${gid}`,
    mounts,
    entrypoint: `${source.layout.sbin}/asterisk`,
    args: serverArguments(confFile),
  };
}

const serverArguments = (confFile: string): readonly string[] => ['-C', confFile, '-f'];

export function serverCommand(source: AsteriskSource, options: CommandOptions): Command {
  const args = serverArguments(options.confFile);
  switch (source.kind) {
    case 'path':
      return [source.binary, ...args];
    case 'rootfs':
      return [...loaderCommand(source.rootfs), ...args];
    case 'docker': {
      const { name, image, user, mounts, entrypoint } = serverContainer(source, options);
      return [
        ...['docker', 'run', '--rm', '--name', name, '--network', 'host', '--user', user, '--pull', 'never'],
        ...mounts.flatMap(({ path, writable }) => ['-v', `${path}:${path}${writable ? '' : ':ro'}`]),
        ...['--entrypoint', entrypoint, image, ...args],
      ] as unknown as Command;
    }
    default:
      return source satisfies never;
  }
}

export function consoleCommand(source: AsteriskSource, options: CommandOptions, line: string): Command {
  const args = ['-C', options.confFile, '-rx', line];
  switch (source.kind) {
    case 'path':
      return [source.binary, ...args];
    case 'rootfs':
      return [...loaderCommand(source.rootfs), ...args];
    case 'docker':
      return ['docker', 'exec', options.containerName, `${source.layout.sbin}/asterisk`, ...args];
    default:
      return source satisfies never;
  }
}

/** Runs the Asterisk of a root file system with that system's own loader and libraries: no chroot, no root. */
export function loaderCommand(rootfs: string): Command {
  const libraries = `${rootfs}/usr/lib/${TRIPLET}`;
  const loader = process.arch === 'arm64' ? 'ld-linux-aarch64.so.1' : 'ld-linux-x86-64.so.2';
  return [
    `${libraries}/${loader}`,
    '--library-path',
    `${libraries}:${libraries}/asterisk`,
    `${rootfs}/usr/sbin/asterisk`,
  ];
}

/** Where an Asterisk keeps its read-only parts; distributions and source builds differ only in these places. */
import { existsSync, realpathSync } from 'node:fs';

export interface AsteriskLayout {
  readonly modules: string;
  /** Holds documentation/, rest-api/, moh/ and agi-bin/. */
  readonly data: string;
  /** The English prompts: `beep`, `silence/1`, ... */
  readonly englishSounds: string;
  readonly sbin: string;
}

export const TRIPLET = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';

export const MODULE_DIRECTORIES = [
  `/usr/lib/${TRIPLET}/asterisk/modules`,
  '/usr/lib64/asterisk/modules',
  '/usr/lib/asterisk/modules',
  '/usr/local/lib/asterisk/modules',
] as const;

export const DATA_DIRECTORIES = ['/usr/share/asterisk', '/var/lib/asterisk'] as const;

/** The layout of a root file system by Debian; its `sounds/en` is an absolute link that leads nowhere from outside. */
export function rootfsLayout(rootfs: string): AsteriskLayout {
  return {
    modules: `${rootfs}/usr/lib/${TRIPLET}/asterisk/modules`,
    data: `${rootfs}/usr/share/asterisk`,
    englishSounds: `${rootfs}/usr/share/asterisk/sounds/en_US_f_Allison`,
    sbin: `${rootfs}/usr/sbin`,
  };
}

/** The layout of the Asterisk installed on this machine. */
export function installedLayout(binary: string): AsteriskLayout | undefined {
  const modules = MODULE_DIRECTORIES.find((path) => existsSync(`${path}/res_ari.so`));
  const data = DATA_DIRECTORIES.find((path) => existsSync(`${path}/rest-api/resources.json`));
  if (modules === undefined || data === undefined) return undefined;
  const sounds = DATA_DIRECTORIES.map((path) => `${path}/sounds/en`).find((path) => existsSync(path));
  return {
    modules,
    data,
    englishSounds: sounds === undefined ? `${data}/sounds/en` : realpathSync(sounds),
    sbin: binary.slice(0, binary.lastIndexOf('/')),
  };
}

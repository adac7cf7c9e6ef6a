/**
 * Asterisk 22 in a root file system of Debian sid, made once by mmdebstrap (about 30 s, 380 MB) and cached. It is built
 * beside its place and renamed, so a half-made one is never used; a lock keeps two builders apart.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureCommands } from '../install-packages.ts';
import { cacheDirectory, everyoneCanEnter, isRoot } from './cache-directory.ts';
import { tryLock } from './pid-lock.ts';

const PACKAGES = ['asterisk', 'asterisk-core-sounds-en-wav', 'asterisk-moh-opsound-wav'];
const LONGEST_WAIT_MS = 15 * 60_000; // for another builder, on a slow line

export function rootfsPath(): string {
  return join(cacheDirectory(), 'asterisk-rootfs');
}

export function rootfsIsReady(): boolean {
  return existsSync(join(rootfsPath(), 'usr/sbin/asterisk'));
}

/** Why no root file system can be made here; undefined when it can. */
export function rootfsObstacle(): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, this is \`${process.platform}\``;
  if (!everyoneCanEnter(cacheDirectory())) {
    return `the cache \`${cacheDirectory()}\` cannot be entered by the unprivileged user Asterisk runs as; set BREAKWATER_CACHE_DIR`;
  }
  if (rootfsIsReady()) return undefined;
  if (!existsSync('/etc/debian_version'))
    return 'needs Debian (or a system derived from it) to run mmdebstrap';
  if (!isRoot()) return 'needs root to run mmdebstrap';
  return undefined;
}

export async function ensureRootfs(progress: (line: string) => void): Promise<string> {
  const target = rootfsPath();
  if (rootfsIsReady()) return target;
  const cache = cacheDirectory();
  await mkdir(cache, { recursive: true, mode: 0o755 });
  const release = await lockForBuilding(join(cache, 'asterisk-rootfs.lock'), progress);
  if (release === undefined) return target;
  // We hold the lock, so what lies here was left by a builder that was killed.
  for (const entry of await readdir(cache)) {
    if (entry.startsWith('building-')) await rm(join(cache, entry), { recursive: true, force: true });
  }
  const workshop = await mkdtemp(join(cache, 'building-'));
  try {
    ensureCommands(['mmdebstrap'], progress);
    progress(`making a root file system with Asterisk in ${target} (once, about half a minute)`);
    const started = Date.now();
    await chmod(workshop, 0o755);
    const made = join(workshop, 'rootfs');
    await debootstrap(made, progress);
    await chmod(made, 0o755);
    await rm(target, { recursive: true, force: true });
    await rename(made, target);
    progress(`root file system ready after ${Math.round((Date.now() - started) / 1000)} s`);
    return target;
  } finally {
    await rm(workshop, { recursive: true, force: true });
    release();
  }
}

async function lockForBuilding(
  lock: string,
  progress: (line: string) => void,
): Promise<(() => void) | undefined> {
  for (let waited = 0; waited < LONGEST_WAIT_MS; waited += 500) {
    const release = tryLock(lock);
    if (release !== undefined) {
      if (!rootfsIsReady()) return release;
      release();
      return undefined;
    }
    if (waited === 0) progress('another process is making the root file system: waiting for it');
    await sleep(500);
    if (rootfsIsReady()) return undefined;
  }
  throw new Error(`waited too long for the lock \`${lock}\``);
}

function debootstrap(target: string, progress: (line: string) => void): Promise<void> {
  const args = [
    '--variant=minbase',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Retries "3"',
    `--include=${PACKAGES.join(',')}`,
    'sid',
    target,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('mmdebstrap', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const last: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) {
        if (line.trim() === '') continue;
        last.push(line);
        if (last.length > 15) last.shift();
        if (line.startsWith('I: ') && line.endsWith('...')) progress(line.slice(3));
      }
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`mmdebstrap ended with code ${String(code)}:\n${last.join('\n')}`));
    });
  });
}

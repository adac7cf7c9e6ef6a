/**
 * Where made things (root file system, rendered speech) are kept between runs. Asterisk runs as an unprivileged user,
 * so root keeps them in /var/cache: nobody else can enter /root.
 */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export function cacheDirectory(): string {
  const given = process.env['BREAKWATER_CACHE_DIR'];
  if (given !== undefined && given !== '') return resolve(given);
  const xdg = process.env['XDG_CACHE_HOME'];
  const usual = join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'breakwater');
  return isRoot() && !everyoneCanEnter(usual) ? '/var/cache/breakwater' : usual;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** True when every existing directory on the way can be entered by any user. */
export function everyoneCanEnter(path: string): boolean {
  for (let current = resolve(path); ; current = dirname(current)) {
    const mode = statSync(current, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o001) === 0) return false;
    if (current === dirname(current)) return true;
  }
}

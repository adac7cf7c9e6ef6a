/** Which base images this machine builds on: the official ones where a registry answers, else our stand-ins. */
import { spawnSync } from 'node:child_process';
import { STAND_INS } from './stand-in-images.ts';
import { imageIsThere, makeStandIns } from './stand-ins.ts';

const PROBE = 'debian:sid-slim';
const PULL_WITHIN_MS = 120_000;

/** Variables for docker-compose.yml; empty when the official images can be had. May take minutes the first time. */
export async function baseImages(
  progress: (line: string) => void,
): Promise<Readonly<Record<string, string>>> {
  if (imageIsThere(PROBE)) return {};
  const madeBefore = Object.values(STAND_INS).every(imageIsThere);
  if (!madeBefore) {
    const pull = spawnSync('docker', ['pull', '--quiet', PROBE], { timeout: PULL_WITHIN_MS });
    if (pull.status === 0) return {};
    progress(`${PROBE} cannot be pulled: making stand-ins`);
    await makeStandIns(false, progress);
  }
  return { ...STAND_INS, BUILD_NETWORK: 'host' };
}

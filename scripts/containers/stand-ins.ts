/**
 * Makes images that stand in for `debian:sid-slim`, `node`, `postgres` and `redis` where no registry can be reached: one root
 * file system by mmdebstrap, the rest on top of it from Debian's packages. `npx tsx scripts/containers/stand-ins.ts [--force]`
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureCommands } from '../install-packages.ts';
import { engineObstacle } from './engine.ts';
import { STAND_INS } from './stand-in-images.ts';

const SOURCES = join(resolve(import.meta.dirname, '../..'), 'containers/stand-ins');

/** What this machine trusts, first the places it names itself. */
const CERTIFICATES = [
  process.env['NODE_EXTRA_CA_CERTS'],
  process.env['SSL_CERT_FILE'],
  '/etc/ssl/certs/ca-certificates.crt',
];

export async function makeStandIns(force: boolean, progress: (line: string) => void): Promise<void> {
  const obstacle = engineObstacle();
  if (obstacle !== undefined) throw new Error(obstacle);
  const make = async (image: string, work: () => Promise<void>): Promise<void> => {
    if (!force && imageIsThere(image)) {
      progress(`${image}: is there`);
      return;
    }
    const started = performance.now();
    await work();
    progress(`${image}: made in ${Math.round((performance.now() - started) / 1_000)} s`);
  };
  await make(STAND_INS.DEBIAN_IMAGE, importDebian);
  await make(STAND_INS.NODE_IMAGE, () => build('node', STAND_INS.NODE_IMAGE));
  await make(STAND_INS.POSTGRES_IMAGE, () => build('postgres', STAND_INS.POSTGRES_IMAGE));
  await make(STAND_INS.REDIS_IMAGE, () => build('redis', STAND_INS.REDIS_IMAGE));
}

export function imageIsThere(image: string): boolean {
  return spawnSync('docker', ['image', 'inspect', image], { stdio: 'ignore' }).status === 0;
}

async function importDebian(): Promise<void> {
  ensureCommands(['mmdebstrap']);
  const options = ['--variant=minbase', '--quiet', '--aptopt=Acquire::Check-Valid-Until "false"'];
  const making = spawn('mmdebstrap', [...options, 'sid', '-'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const importing = spawn('docker', ['import', '-', STAND_INS.DEBIAN_IMAGE], {
    stdio: [making.stdout, 'ignore', 'inherit'],
  });
  await Promise.all([ended('mmdebstrap', making), ended('docker import', importing)]);
}

async function build(folder: string, image: string): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'breakwater-stand-in-'));
  try {
    cpSync(join(SOURCES, folder), context, { recursive: true });
    const certificates = CERTIFICATES.find((path) => path !== undefined && existsSync(path));
    const copy = join(context, 'ca-certificates.crt');
    if (certificates === undefined) writeFileSync(copy, '');
    else copyFileSync(certificates, copy);
    // The classic builder and the host's network: neither buildx nor a bridge is needed.
    const args = ['build', '--quiet', '--network', 'host', '--build-arg', `BASE=${STAND_INS.DEBIAN_IMAGE}`];
    const env = { ...process.env, DOCKER_BUILDKIT: '0' };
    const building = spawn('docker', [...args, '-t', image, context], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
    await ended(`docker build ${image}`, building);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function ended(what: string, child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      if (code === 0) done();
      else fail(new Error(`${what} ended with code ${String(code)}`));
    });
  });
}

if (import.meta.url === `file://${process.argv[1] ?? ''}`) {
  await makeStandIns(process.argv.includes('--force'), (line) => process.stderr.write(`${line}\n`));
}

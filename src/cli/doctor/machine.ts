/** Doctor's look at this machine: Node, programs, ports. Changes nothing; a port is tried and given back at once. */
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Finding } from '../wiring.ts';

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail, fix: null });
export const bad = (check: string, detail: string, fix: string): Finding => ({
  check,
  state: 'problem',
  detail,
  fix,
});
export const skipped = (check: string, detail: string): Finding => ({
  check,
  state: 'skipped',
  detail,
  fix: null,
});

const NODE_FLOOR = [20, 19] as const;

export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [floorMajor, floorMinor] = NODE_FLOOR;
  return major > floorMajor || (major === floorMajor && minor >= floorMinor)
    ? ok('node', version)
    : bad('node', version, `install Node ${floorMajor}.${floorMinor} or later`);
}

/** Program -> Debian package, and what it is for. */
const PROGRAMS = {
  flite: { package: 'flite', for: 'speaks the messages' },
  sox: { package: 'sox', for: 'brings messages into telephone format' },
  sipp: { package: 'sip-tester', for: 'plays called parties in demo and tests' },
} as const;

export function programs(path: string): readonly Finding[] {
  return Object.entries(PROGRAMS).map(([name, info]) => {
    const found = path
      .split(delimiter)
      .map((directory) => join(directory, name))
      .find(isExecutable);
    return found === undefined
      ? bad(name, `not on the PATH; ${info.for}`, `apt-get install ${info.package}`)
      : ok(name, found);
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `used`: somebody listens there; `free`; else the error code. */
export function portState(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'used' : (error.code ?? 'error')),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}

/** A port in use is as it should be when our own sidecar holds it. */
export async function ports(
  config: { readonly http: { host: string; port: number }; readonly agi: { host: string; port: number } },
  timeoutMs: number,
): Promise<readonly Finding[]> {
  const running = await sidecarAt(config.http.host, config.http.port, timeoutMs);
  const check = async (name: string, host: string, port: number): Promise<Finding> => {
    const state = port === 0 ? 'free' : await portState(host, port);
    if (state === 'free') {
      return running && name === 'agi port'
        ? bad(name, `${host}:${port} is silent although the sidecar runs`, 'look into the log of the sidecar')
        : ok(name, `${host}:${port} is free`);
    }
    if (state !== 'used')
      return bad(name, `${host}:${port}: ${state}`, 'name an address of this machine and a port above 1023');
    return running
      ? ok(name, `${host}:${port}, the sidecar is running`)
      : bad(
          name,
          `${host}:${port} is used by another program`,
          'stop it, or set another port in breakwater.yaml',
        );
  };
  return [
    await check('http port', config.http.host, config.http.port),
    await check('agi port', config.agi.host, config.agi.port),
  ];
}

/** Whether a sidecar answers there. */
export async function sidecarAt(host: string, port: number, timeoutMs: number): Promise<boolean> {
  const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  try {
    const response = await fetch(`http://${at}:${port}/healthz`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * The manager package knows no TLS, but it connects to whatever path it is told: this gives it a socket in a folder that only this user may
 * enter, and carries what comes through it to the exchange encrypted. The exchange must show a certificate of the authority with its name;
 * otherwise not a byte is passed on, the login with its secret least of all.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';

export interface AmiTunnelSettings {
  readonly host: string;
  readonly port: number;
  /** PEM of who has signed the exchange's certificate; null: the system's authorities. */
  readonly authority: string | null;
}

export interface AmiTunnel {
  /** To connect to. */
  readonly path: string;
  /** Why the last connection was not made or broke; null while it stands. */
  problem(): string | null;
  close(): void;
}

export function openAmiTunnel({ host, port, authority }: AmiTunnelSettings): AmiTunnel {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-ami-')); // mode 0700
  const path = join(folder, 'ami');
  let problem: string | null = null;
  const ends = new Set<() => void>();
  const server = createServer({ pauseOnConnect: true }, (near) => {
    const far = connect({
      host,
      port,
      minVersion: 'TLSv1.2',
      ...(isIP(host) === 0 ? { servername: host } : {}), // RFC 6066 section 3: no address there
      ...(authority === null ? {} : { ca: authority }),
    });
    const end = (): void => {
      near.destroy();
      far.destroy();
      ends.delete(end);
    };
    ends.add(end);
    far.once('secureConnect', () => {
      problem = null;
      near.pipe(far);
      far.pipe(near);
    });
    far.on('error', (error: NodeJS.ErrnoException) => {
      problem = `TLS with \`${host}:${port}\`: ${error.message}`;
    });
    near.on('error', () => undefined); // its end follows
    near.on('close', end);
    far.on('close', end);
  });
  server.on('error', (error) => {
    problem = `no way to the exchange: ${error.message}`;
  });
  server.listen(path).unref();
  return {
    path,
    problem: () => problem,
    close() {
      for (const end of [...ends]) end();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

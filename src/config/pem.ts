/** Certificates and keys named in `breakwater.yaml`. What is read is never shown. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Report } from './check-settings.ts';
import type { Settings } from './settings.ts';

/** The whole file, or null when none is named or it is no PEM; the latter is reported under `key`. */
export function readPem(key: string, path: string | null, base: string, report: Report): string | null {
  if (path === null) return null;
  try {
    const pem = readFileSync(resolve(base, path), 'utf8');
    if (pem.includes('-----BEGIN ')) return pem;
    report(key, 'is not PEM', path, 'a file with -----BEGIN');
  } catch (error) {
    report(key, 'cannot be read', (error as NodeJS.ErrnoException).code, 'a file in PEM');
  }
  return null;
}

/** What the doors and the stores are encrypted with. Holds keys: never shown. */
export interface Encryption {
  /** Null: plain HTTP. */
  readonly http: {
    readonly certificate: string;
    readonly key: string;
    readonly minVersion: Settings['http']['tlsMinVersion'];
  } | null;
  /** Null: the manager interface in the clear. `authority` null: the system's. */
  readonly ami: { readonly authority: string | null } | null;
  /** PEM of who has signed the server's certificate; null: what the address says. */
  readonly databaseAuthority: string | null;
  readonly redisAuthority: string | null;
}

export function readEncryption(
  { http, asterisk, stores }: Pick<Settings, 'http' | 'asterisk' | 'stores'>,
  base: string,
  report: Report,
): Encryption {
  if (asterisk.amiAuthorityFile !== null && !asterisk.amiTls) {
    report('asterisk.amiTls', 'is off', false, 'true, since an authority is named');
  }
  if (stores.redisAuthorityFile !== null && !/^rediss(\+\w+)?:\/\//.test(stores.redisUrl ?? '')) {
    report(
      'stores.redisAuthorityFile',
      'has no encrypted Redis',
      stores.redisAuthorityFile,
      'an address that begins with rediss',
    );
  }
  const asked = /[?&](sslmode|ssl|sslrootcert|uselibpqcompat)=([^&]*)/gi;
  const parameters = [...(stores.databaseUrl ?? '').matchAll(asked)];
  if (stores.databaseAuthorityFile !== null && (stores.databaseUrl === null || parameters.length > 0)) {
    const expected = 'a postgres:// address without sslmode: it is verify-full then';
    report(
      'stores.databaseAuthorityFile',
      'is beside another word on TLS',
      stores.databaseAuthorityFile,
      expected,
    );
  }
  if (
    parameters.some(([, name, value]) => name?.toLowerCase() === 'uselibpqcompat' || value === 'no-verify')
  ) {
    report('stores.databaseUrl', 'encrypts to whoever answers', '(hidden)', 'sslmode=verify-full');
  }
  const authority = (group: 'asterisk' | 'stores', key: string, path: string | null): string | null =>
    readAuthority(`${group}.${key}`, path, base, report);
  return {
    http: readHttp(http, base, report),
    ami: asterisk.amiTls
      ? { authority: authority('asterisk', 'amiAuthorityFile', asterisk.amiAuthorityFile) }
      : null,
    databaseAuthority: authority('stores', 'databaseAuthorityFile', stores.databaseAuthorityFile),
    redisAuthority: authority('stores', 'redisAuthorityFile', stores.redisAuthorityFile),
  };
}

/** An authority that cannot be read would leave the system's in its place: it is a problem at start, not at the first call. */
function readAuthority(key: string, path: string | null, base: string, report: Report): string | null {
  const pem = readPem(key, path, base, report);
  if (pem === null) return null;
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    report(key, 'holds no certificate', path, 'a certificate in PEM');
    return null;
  }
}

function readHttp(http: Settings['http'], base: string, report: Report): Encryption['http'] {
  if ((http.certificateFile === null) !== (http.keyFile === null)) {
    report('http.keyFile', 'is not told with a certificate', http.keyFile, 'both, or neither');
  }
  const certificate = readPem('http.certificateFile', http.certificateFile, base, report);
  const key = readPem('http.keyFile', http.keyFile, base, report);
  if (certificate === null || key === null) return null;
  try {
    createSecureContext({ cert: certificate, key });
  } catch {
    report('http.keyFile', 'is not the key of the certificate', http.keyFile, 'the key that belongs to it');
  }
  return { certificate, key, minVersion: http.tlsMinVersion };
}

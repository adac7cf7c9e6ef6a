/** The verifier as a sidecar opens it, with a real certificate server that behaves and misbehaves: the verdict has the right fault, in time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openIdentityVerifier, rootlessVerifier } from '../../../src/adapters/certificates/open-verifier.ts';
import { instant } from '../../../src/domain/time.ts';
import type { IdentityVerdict } from '../../../src/ports/identity-verifier.ts';
import { CALLED, CALLER, identityOf, sipDate } from '../../support/passports.ts';
import { realClock } from '../../support/real-clock.ts';
import { issue } from '../../../scripts/asterisk/sti-authority.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const root = issue({ subject: 'Test Root' });
const leaf = issue({ subject: 'Test Leaf', issuer: root });

let directory: string;
let server: Server;
let base: string;
let asked: string[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'breakwater-verifier-'));
  writeFileSync(join(directory, 'roots.pem'), root.pem);
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    switch (request.url) {
      case '/good.pem':
        response.end(leaf.pem);
        break;
      case '/page.pem':
        response.setHeader('content-type', 'text/html').end('<html>Welcome</html>');
        break;
      case '/huge.pem':
        response.end(Buffer.alloc(10_000_000, 65));
        break;
      case '/inside.pem':
        response.writeHead(302, { location: 'http://10.0.0.1/secret' }).end();
        break;
      case '/slow.pem':
        break;
      default:
        response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

const FETCH_MS = 300;

function opened(privateNetworks: readonly string[] = ['127.0.0.0/8']) {
  const attestation = {
    rootsFile: join(directory, 'roots.pem'),
    revocationListFiles: [],
    freshMs: 60_000,
    certificateHosts: [],
    privateNetworks,
    fetchMs: FETCH_MS,
    relaxCertificateUrls: true,
  };
  const verifier = openIdentityVerifier({ attestation }, realClock, SILENT);
  return (url: string): Promise<IdentityVerdict> => {
    const now = Date.now();
    return verifier.verify({
      identities: [identityOf({ key: leaf.privateKey, at: now, url })],
      callerId: CALLER,
      calledNumber: CALLED,
      date: sipDate(now),
      seenAt: instant(now),
    });
  };
}

test('a good certificate is fetched once for many calls', async () => {
  asked = [];
  const verify = opened();
  const verdicts = await Promise.all(Array.from({ length: 20 }, () => verify(`${base}/good.pem`)));
  expect(verdicts.map(({ kind }) => kind)).toEqual(new Array(20).fill('verified'));
  expect((await verify(`${base}/good.pem`)).kind).toBe('verified');
  expect(asked).toEqual(['/good.pem']);
});

test.each([
  ['page', 'certificate_malformed', 437],
  ['huge', 'certificate_unavailable', 436],
  ['inside', 'certificate_unavailable', 436],
  ['slow', 'certificate_unavailable', 436],
  ['none', 'certificate_unavailable', 436],
])('/%s.pem: %s', async (name, fault, sipStatus) => {
  expect(await opened()(`${base}/${name}.pem`)).toMatchObject({
    kind: 'refused',
    fault,
    sipStatus,
    claimed: 'A',
  });
});

test('a private address is not opened unless its network is allowed', async () => {
  asked = [];
  expect(await opened([])(`${base}/good.pem`)).toMatchObject({ fault: 'bad_info_url', sipStatus: 436 });
  expect(asked).toEqual([]);
});

test('nobody listens', async () => {
  expect(await opened()('http://127.0.0.1:1/x.pem')).toMatchObject({ fault: 'certificate_unavailable' });
});

test('without roots a signature proves nothing, but that there is none, or another number in it, is seen', async () => {
  const now = Date.now();
  const identities = [identityOf({ key: leaf.privateKey, at: now, claims: { attest: 'B' } })];
  const call = {
    ...{ identities, callerId: CALLER, calledNumber: CALLED },
    ...{ date: sipDate(now), seenAt: instant(now) },
  };
  const verifier = rootlessVerifier(60_000);
  expect(await verifier.verify(call)).toMatchObject({ fault: 'certificate_unavailable', claimed: 'B' });
  expect(await verifier.verify({ ...call, identities: [] })).toMatchObject({ fault: 'missing_identity' });
  expect(await verifier.verify({ ...call, callerId: '13035550143' })).toMatchObject({
    fault: 'caller_mismatch',
  });
});

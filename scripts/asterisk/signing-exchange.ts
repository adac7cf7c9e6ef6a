/** An Asterisk that signs: a certificate authority of its own, a server of its certificate, and the configuration files. */
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AsteriskInstance } from './instance.ts';
import { type Issued, issue } from './sti-authority.ts';

/** Digits of a caller ID and the level it is signed with. */
export type SignedNumbers = Readonly<Record<string, 'A' | 'B' | 'C'>>;

export interface SigningExchange {
  readonly rootsPem: string;
  /** Where the certificate that signs can be fetched. */
  readonly certificateUrl: string;
  /** For `extraFiles` of the instance. */
  readonly files: Readonly<Record<string, string>>;
  /** Signs from now on so. */
  switchTo(asterisk: AsteriskInstance, numbers: SignedNumbers): Promise<void>;
  close(): Promise<void>;
}

/** Settings of the endpoint whose calls are signed. */
export const SIGNED_ENDPOINT = { stir_shaken_profile: 'attest' } as const;

/** `hepPort`: where the exchange mirrors its messages to. */
export async function signingExchange(hepPort: number, numbers: SignedNumbers): Promise<SigningExchange> {
  const root = issue({ subject: 'Test Root', isAuthority: true });
  const leaf = issue({ subject: 'Test SHAKEN', issuer: root });
  const server = await serve(leaf);
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const url = `http://127.0.0.1:${port ?? 0}/tn.pem`;
  return {
    rootsPem: root.pem,
    certificateUrl: url,
    files: {
      'tn.key': leaf.keyPem,
      'stir_shaken.conf': stirShakenConf(url, numbers),
      'hep.conf': `[general]\nenabled = yes\ncapture_address = 127.0.0.1:${hepPort}\ncapture_id = 77\nuuid_type = call-id\n`,
    },
    async switchTo(asterisk, wanted) {
      const path = join(asterisk.dir, 'etc/stir_shaken.conf');
      await writeFile(path, stirShakenConf(url, wanted).replaceAll('{etc}', join(asterisk.dir, 'etc')));
      await asterisk.cli('module reload res_stir_shaken.so');
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(leaf: Issued): Promise<Server> {
  const server = createServer((_, response) => {
    response.writeHead(200, {
      'content-type': 'application/pem-certificate-chain',
      'cache-control': 'max-age=3600',
    });
    response.end(leaf.pem);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const stirShakenConf = (url: string, numbers: SignedNumbers): string =>
  [
    '[attestation]',
    'global_disable = no',
    'private_key_file = {etc}/tn.key',
    `public_cert_url = ${url}`,
    'attest_level = C',
    ...Object.entries(numbers).flatMap(([digits, level]) => [
      '',
      `[${digits}]`,
      'type = tn',
      `attest_level = ${level}`,
    ]),
    '',
    '[attest]',
    'type = profile',
    'endpoint_behavior = attest',
    '',
  ].join('\n');

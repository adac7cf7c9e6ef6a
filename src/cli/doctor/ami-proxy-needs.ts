/** What doctor must know of the AMI proxy, from the configuration. */
import type { Config } from '../../config/config.ts';
import type { DoctorConfig } from '../wiring.ts';

export function amiProxyNeeds({
  amiProxy,
  asterisk,
}: Pick<Config, 'amiProxy' | 'asterisk'>): Pick<DoctorConfig, 'amiProxy'> {
  const { amiHost, amiPort, amiUser, amiSecret } = asterisk;
  if (amiProxy === null || amiHost === null) return {};
  const { host, port, tls, upstream, authority, accounts } = amiProxy;
  return {
    amiProxy: {
      ...{ host, port, certificate: tls?.certificate ?? null },
      accounts: accounts.map(({ name, secret }) => ({
        name,
        secret: 'text' in secret ? secret.text : null,
      })),
      upstream: {
        host: amiHost,
        port: upstream.port ?? amiPort,
        user: amiUser ?? '',
        secret: amiSecret ?? '',
        tls: upstream.tls ? { authority, name: upstream.name ?? amiHost } : null,
      },
    },
  };
}

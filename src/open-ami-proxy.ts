/** The part of `main.ts` that lets dialers in through the manager interface. */
import { accountDoors } from './adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from './adapters/asterisk/ami-proxy/doors/judge.ts';
import { type AmiProxy, openAmiProxy } from './adapters/asterisk/ami-proxy/proxy.ts';
import { sparing } from './adapters/asterisk/ami-proxy/sparing.ts';
import type { Config } from './config/config.ts';
import { isLoopback } from './config/loopback.ts';
import type { AmiOriginations } from './ports/ami-originations.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';

/** Null where none is configured. Rejects when its address cannot be had, or a certificate cannot be used. */
export async function openProxy(
  { amiProxy, asterisk }: Pick<Config, 'amiProxy' | 'asterisk'>,
  originations: AmiOriginations,
  clock: Clock,
  log: Log,
): Promise<AmiProxy | null> {
  const { amiHost, amiPort, amiUser, amiSecret } = asterisk;
  if (amiProxy === null || amiHost === null) return null;
  const { host, port, tls, upstream, authority } = amiProxy;
  if (tls === null && !isLoopback(host)) {
    log.warn({ host }, 'AMI proxy: secrets of dialers cross the network in the clear');
  }
  const doors = new Map(amiProxy.accounts.map((account) => [account.name, accountDoors(account.doors)]));
  return openAmiProxy({
    listen: { host, port, tls },
    upstream: {
      host: amiHost,
      port: upstream.port ?? amiPort,
      user: amiUser ?? '',
      secret: amiSecret ?? '',
      tls: upstream.tls ? { authority, name: upstream.name ?? amiHost } : null,
    },
    accounts: amiProxy.accounts,
    limits: {
      anonymousMax: amiProxy.anonymousMax,
      connectionsPerAccount: amiProxy.connectionsPerAccount,
      actionsPerSecond: amiProxy.actionsPerSecond,
      loginFailuresMax: amiProxy.loginFailuresPerMinute,
      loginWithinMs: amiProxy.loginWithinSeconds * 1_000,
      judgeWithinMs: amiProxy.judgeWithinMs,
      bufferBytes: amiProxy.bufferKilobytes * 1_024,
      stalledMs: amiProxy.stalledSeconds * 1_000,
    },
    judge: amiDoorsJudge({
      doorsOf: (account) => doors.get(account),
      originations,
      log: sparing(log, clock),
    }),
    clock,
    log,
  });
}

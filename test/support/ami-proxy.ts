/** An AMI proxy before a manager of the test, with accounts everybody knows. */
import type { AmiJudge } from '../../src/adapters/asterisk/ami-proxy/action.ts';
import type { AmiLimits } from '../../src/adapters/asterisk/ami-proxy/limits.ts';
import {
  type AmiProxy,
  type AmiProxyOptions,
  openAmiProxy,
} from '../../src/adapters/asterisk/ami-proxy/proxy.ts';
import type { Log, LogFields } from '../../src/ports/log.ts';
import { realClock } from './real-clock.ts';

export const OURS = { user: 'breakwater', secret: 'never-told-to-dialers' };
export const DIALER = { user: 'dialer', secret: 'of-the-dialer' };

/** Generous: tests that mean a bound set it. */
export const LIMITS: AmiLimits = {
  anonymousMax: 200,
  connectionsPerAccount: 200,
  actionsPerSecond: 100_000,
  loginFailuresMax: 100,
  loginWithinMs: 60_000,
  judgeWithinMs: 30_000,
  bufferBytes: 1_048_576,
  stalledMs: 60_000,
};

export const passAll: AmiJudge = () => ({ do: 'pass' });

export interface ProxyOfTest extends AmiProxy {
  readonly told: readonly { readonly fields: LogFields; readonly message: string }[];
}

export interface ProxyWish extends Partial<Pick<AmiProxyOptions, 'accounts' | 'judge'>> {
  readonly limits?: Partial<AmiLimits>;
  readonly tls?: AmiProxyOptions['listen']['tls'];
  readonly upstreamTls?: AmiProxyOptions['upstream']['tls'];
  readonly upstream?: { readonly user: string; readonly secret: string };
}

export async function proxyBefore(port: number, wish: ProxyWish = {}): Promise<ProxyOfTest> {
  const told: { fields: LogFields; message: string }[] = [];
  const tell = (fields: LogFields, message: string): void => void told.push({ fields, message });
  const log: Log = { info: tell, warn: tell, error: tell };
  const proxy = await openAmiProxy({
    listen: { host: '127.0.0.1', port: 0, tls: wish.tls ?? null },
    upstream: { host: '127.0.0.1', port, ...(wish.upstream ?? OURS), tls: wish.upstreamTls ?? null },
    accounts: wish.accounts ?? [{ name: DIALER.user, secret: { text: DIALER.secret } }],
    limits: { ...LIMITS, ...wish.limits },
    judge: wish.judge ?? passAll,
    clock: realClock,
    log,
  });
  return { ...proxy, told };
}

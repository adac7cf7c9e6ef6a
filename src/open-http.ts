/** The part of `main.ts` that says who may come in through the HTTP door, and under which certificate. */
import { followTokenFile } from './adapters/files/token-file.ts';
import type { Config } from './config/config.ts';
import { isLoopback } from './config/loopback.ts';
import type { ServerOptions } from './http/server.ts';
import type { Log } from './ports/log.ts';

export type HttpDoor = Pick<
  ServerOptions,
  'host' | 'tokens' | 'tokenFile' | 'nowMs' | 'tls' | 'webhooks' | 'onFault'
>;

export function httpDoor({ http, encryption, webhooks }: Config, log: Log): HttpDoor {
  const { host, tokens, tokenFile } = http;
  if (encryption.http === null && !isLoopback(host)) {
    log.warn({ host }, 'HTTP door: tokens and telephone numbers cross the network in the clear');
  }
  const onProblem = (problem: string): void => log.error({ problem }, 'tokens of the file admit nobody');
  return {
    ...{ host, tokens, webhooks, tls: encryption.http },
    onFault: ({ requestId, route, callId, error }) => {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error({ requestId, route, callId, problem }, 'request failed');
    },
    // Tokens expire by the clock of the machine, also where a rehearsal has set another.
    nowMs: () => Date.now(),
    ...(tokenFile === null
      ? {}
      : { tokenFile: followTokenFile(tokenFile, { monotonicMs: () => performance.now(), onProblem }) }),
  };
}

/** An AMI proxy in a process of its own, as a sidecar has it: `proxy-process.ts <port> <user> <secret>` of the manager behind it. */
import { openAmiProxy } from '../../src/adapters/asterisk/ami-proxy/proxy.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { BENCH_DIALER } from './dialer.ts';

const [port = '', user = '', secret = ''] = process.argv.slice(2);
const quiet = (): void => undefined;
const proxy = await openAmiProxy({
  listen: { host: '127.0.0.1', port: 0, tls: null },
  upstream: { host: '127.0.0.1', port: Number(port), user, secret, tls: null },
  accounts: [{ name: BENCH_DIALER.user, secret: { text: BENCH_DIALER.secret } }],
  limits: {
    anonymousMax: 40,
    connectionsPerAccount: 500,
    actionsPerSecond: 100_000,
    loginFailuresMax: 10,
    loginWithinMs: 10_000,
    judgeWithinMs: 2_000,
    bufferBytes: 1_048_576,
    stalledMs: 10_000,
  },
  judge: () => ({ do: 'pass' }),
  clock: systemClock(),
  log: { info: quiet, warn: quiet, error: quiet },
});
process.on('message', (asked) => {
  if (asked === 'memory') process.send?.({ kind: 'memory', ...process.memoryUsage() });
  if (asked === 'figures') process.send?.({ kind: 'figures', ends: proxy.figures().ends });
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'open', port: proxy.port });

/** What the AMI proxy costs: a Ping through it beside one directly, and a storm of events with a dialer beside that does not read. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAsterisk } from '../../scripts/asterisk/instance.ts';
import { BENCH_DIALER, benchDialer, type Side } from './dialer.ts';

export type Line = (of: string, metric: string, value: number, unit: string) => void;

const PINGS = 20_000;
const WARM_UP = 2_000;
const EVENTS_PER_SECOND = 10_000;
const STORM_SECONDS = 30;
const MEBIBYTE = 1_048_576;

const child = (name: string, ...args: readonly string[]): ChildProcess =>
  fork(resolve(import.meta.dirname, name), args, {
    // The proxy as it is shipped; see built.ts.
    execArgv: ['--import', 'tsx', '--import', './bench/support/built.ts'],
  });

async function told<T>(from: ChildProcess, kind: string): Promise<T> {
  for (;;) {
    const [message] = (await once(from, 'message')) as [{ readonly kind: string }];
    if (message.kind === kind) return message as T;
  }
}

async function proxyBefore(behind: Side): Promise<{ readonly process: ChildProcess; readonly side: Side }> {
  const process = child('proxy-process.ts', String(behind.port), behind.user, behind.secret);
  const { port } = await told<{ readonly port: number }>(process, 'open');
  return { process, side: { port, ...BENCH_DIALER } };
}

const share = (took: readonly number[], of: number): number =>
  took[Math.min(took.length - 1, Math.floor(took.length * of))] ?? Number.NaN;

/** On a real Asterisk; the two take turns, so that whatever else the machine does meets both. */
export async function benchPass(line: Line): Promise<void> {
  const asterisk = await startAsterisk({ name: 'bench-ami', verbose: 0 });
  const { port, user, secret } = asterisk.ami;
  const proxy = await proxyBefore({ port, user, secret });
  try {
    const direct = await benchDialer({ port, user, secret }, 'off');
    const through = await benchDialer(proxy.side, 'off');
    const took: { readonly direct: number[]; readonly through: number[] } = { direct: [], through: [] };
    for (let at = 0; at < WARM_UP + PINGS; at += 1) {
      const [one, other] = [await direct.ping(), await through.ping()];
      if (at < WARM_UP) continue;
      took.direct.push(one);
      took.through.push(other);
    }
    for (const side of ['direct', 'through'] as const) took[side].sort((a, b) => a - b);
    for (const [name, of] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      line('ami-pass', `direct_${name}`, share(took.direct, of), 'ms');
      line('ami-pass', `proxied_${name}`, share(took.through, of), 'ms');
      line('ami-pass', `added_${name}`, share(took.through, of) - share(took.direct, of), 'ms');
    }
    direct.close();
    through.close();
  } finally {
    proxy.process.kill();
    await asterisk.stop();
  }
}

/** 10,000 events a second to one dialer that reads and, at once, to one that never does. */
export async function benchEvents(line: Line): Promise<void> {
  const source = child('events-process.ts', String(EVENTS_PER_SECOND));
  const { port } = await told<{ readonly port: number }>(source, 'open');
  const proxy = await proxyBefore({ port, user: 'any', secret: 'any' });
  const memory = async (): Promise<number> => {
    proxy.process.send('memory');
    return (await told<{ readonly rss: number }>(proxy.process, 'memory')).rss / MEBIBYTE;
  };
  try {
    let rest = '';
    let next = 0;
    let disorder = 0;
    const took: number[] = [];
    const reading = await benchDialer(proxy.side, 'on', (chunk) => {
      const nowMs = performance.now();
      const lines = (rest + chunk.toString('latin1')).split('\r\n');
      rest = lines.pop() ?? '';
      for (const each of lines) {
        if (!each.startsWith('At: ')) continue;
        const [at, sentAt] = each.slice(4).split(' ').map(Number);
        if (at !== next) disorder += 1;
        next = (at ?? 0) + 1;
        took.push(nowMs + performance.timeOrigin - ((sentAt ?? 0) + sourceOrigin));
      }
    });
    const sourceOrigin = await originOf(source);
    const stalled = await benchDialer(proxy.side, 'on');
    stalled.socket.pause();
    stalled.socket.on('error', () => undefined);
    const before = await memory();
    let most = before;
    source.send('start');
    for (let second = 0; second < STORM_SECONDS; second += 1) {
      await sleep(1_000);
      most = Math.max(most, await memory());
    }
    proxy.process.send('figures');
    const { ends } = await told<{ readonly ends: Readonly<Record<string, number>> }>(
      proxy.process,
      'figures',
    );
    took.sort((a, b) => a - b);
    line('ami-events', 'events_per_second', took.length / STORM_SECONDS, 'events/s');
    line('ami-events', 'out_of_order_or_lost', disorder, 'events');
    line('ami-events', 'forwarded_p50', share(took, 0.5), 'ms');
    line('ami-events', 'forwarded_p99', share(took, 0.99), 'ms');
    line('ami-events', 'memory_before', before, 'MiB');
    line('ami-events', 'memory_most', most, 'MiB');
    line('ami-events', 'stalled_dialers_cut', ends['dialer_stalled'] ?? 0, 'connections');
    reading.close();
    stalled.close();
  } finally {
    proxy.process.kill();
    source.kill();
  }
}

/** Clocks of two processes on one machine count from their own starts. */
async function originOf(source: ChildProcess): Promise<number> {
  source.send('origin');
  return (await told<{ readonly origin: number }>(source, 'origin')).origin;
}

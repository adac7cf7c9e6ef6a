/**
 * The mirror of outgoing calls, made up by a process of its own. `intake`: INVITEs that one core takes in; `steady`: 1,000 calls a second with
 * all their messages, each Identity header verified, none lost.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openHepListener } from '../../src/adapters/hep/hep-listener.ts';
import type { SignallingTap } from '../../src/ports/signalling-tap.ts';
import { identityWorld } from '../../test/support/identity-world.ts';
import { print, quiet, say } from './figures.ts';
import { watchVerdicts } from './verdicts.ts';

const INTAKE_MIN = 5_000;

export async function benchHep(options: { readonly seconds: number }): Promise<boolean> {
  const intake = await benchIntake(options.seconds);
  const steady = await benchSteady(options.seconds);
  return intake && steady;
}

async function sender(tap: SignallingTap, order: Readonly<Record<string, string | number>>): Promise<number> {
  const port = tap.figures().address?.split(':').at(-1) ?? '';
  const options: Readonly<Record<string, string | number>> = { ...order, port };
  const line = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, 'hep-sender.ts'), ...line],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  return Number(output);
}

/** More than one core can take would only measure the kernel's losses, so the rate is what must be reached, twice. */
async function benchIntake(seconds: number): Promise<boolean> {
  const { header } = identityWorld();
  const tap = await openHepListener({ host: '127.0.0.1', port: 0, log: quiet });
  let taken = 0;
  tap.listen(() => {
    taken += 1;
  });
  const order = {
    rate: INTAKE_MIN * 2,
    seconds,
    others: 0,
    identity: header,
    from: '+1',
    to: '2',
    date: 'x',
  };
  const before = process.cpuUsage();
  const sent = await sender(tap, order);
  const used = process.cpuUsage(before);
  const { dropped, lostByKernel } = tap.figures();
  await tap.close();
  const perCore = taken / ((used.user + used.system) / 1e6);
  say(`intake: ${sent} sent, ${taken} taken, ${dropped} given up, ${lostByKernel ?? '?'} lost by the kernel`);
  print('hep', 'invites_per_core_second', perCore, '1/s');
  print('hep', 'intake_rate_offered', INTAKE_MIN * 2, '1/s');
  print('hep', 'intake_share_taken', taken / sent, 'ratio');
  return perCore >= INTAKE_MIN;
}

/** A call is an INVITE and five other messages. */
async function benchSteady(seconds: number): Promise<boolean> {
  const world = identityWorld();
  const tap = await openHepListener({ host: '127.0.0.1', port: 0, log: quiet });
  const waits = watchVerdicts(
    (hear) => tap.listen(hear),
    world.verifier,
    () => world.call.seenAt,
  );
  const { callerId, calledNumber, date } = world.call;
  const sent = await sender(tap, {
    ...{ rate: 1_000, seconds, others: 5, identity: world.header },
    ...{ from: callerId, to: calledNumber, date: date ?? '' },
  });
  await waits.settled();
  const { dropped, lostByKernel } = tap.figures();
  await tap.close();
  say(
    `steady: ${sent} calls, ${waits.verified()} verified, ${dropped} given up, ${lostByKernel ?? '?'} lost by the kernel`,
  );
  print('hep', 'steady_calls', sent, 'count');
  print('hep', 'steady_lost', sent - waits.verified(), 'count');
  print('hep', 'steady_to_verdict_p50', waits.percentile(0.5), 'ms');
  print('hep', 'steady_to_verdict_p99', waits.percentile(0.99), 'ms');
  return sent === waits.verified();
}

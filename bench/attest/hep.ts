/**
 * The mirror of outgoing calls. `intake`: INVITEs that one core takes in; `steady`: 1,000 calls a second with all their messages, each
 * Identity header verified, none lost; `real`: a real Asterisk signs, from its INVITE to the verdict.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import { openHepListener } from '../../src/adapters/hep/hep-listener.ts';
import { identityVerifier } from '../../src/adapters/certificates/identity-verifier.ts';
import { addressGuard } from '../../src/adapters/certificates/address-guard.ts';
import { certificateCache } from '../../src/adapters/certificates/certificate-cache.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createJoining } from '../../src/control/attest/join-invites.ts';
import { instant } from '../../src/domain/time.ts';
import { readCertificate } from '../../src/passport/certificate.ts';
import type { IdentityVerifier } from '../../src/ports/identity-verifier.ts';
import type { Log } from '../../src/ports/log.ts';
import type { SeenInvite, SignallingTap } from '../../src/ports/signalling-tap.ts';
import type { Telephony } from '../../src/ports/telephony.ts';
import { openFloor } from '../../scripts/callers/floor.ts';
import { identityWorld } from '../../test/support/identity-world.ts';
import { SIGNED_ENDPOINT, signingExchange } from '../../scripts/asterisk/signing-exchange.ts';
import { until } from '../../test/support/wait.ts';
import { percentile, print, say } from './figures.ts';
import { fuzzHep } from './hep-fuzz.ts';

const INTAKE_MIN = 5_000;
const VERDICT_MS_MAX = 20;

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const nowMs = (): number => performance.timeOrigin + performance.now();

export async function benchHep(options: {
  readonly seconds: number;
  readonly calls: number;
}): Promise<boolean> {
  const intake = await benchIntake(options.seconds);
  const steady = await benchSteady(options.seconds);
  const real = await benchReal(options.calls);
  return intake && steady && real;
}

/** A mutated packet or message must not throw, nor be kept longer than it came. */
export function benchHepFuzz(options: { readonly packets: number; readonly seed: number }): Promise<boolean> {
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  const { thrown, tooLong, read, refused, messages } = fuzzHep(options);
  for (const each of thrown) say(each);
  print('hep-fuzz', 'packets', options.packets, 'count');
  print('hep-fuzz', 'thrown', thrown.length, 'count');
  print('hep-fuzz', 'packets_read', read, 'count');
  print('hep-fuzz', 'packets_refused', refused, 'count');
  print('hep-fuzz', 'messages_read', messages, 'count');
  print('hep-fuzz', 'heap_growth', (process.memoryUsage().heapUsed - before) / 1e6, 'MB');
  print('hep-fuzz', 'seconds', (performance.now() - started) / 1_000, 's');
  return Promise.resolve(thrown.length === 0 && tooLong === 0);
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
  const waits = watch(
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

async function benchReal(calls: number): Promise<boolean> {
  const tap = await openHepListener({ host: '127.0.0.1', port: 0, log: quiet });
  const port = Number(tap.figures().address?.split(':').at(-1));
  const caller = '13035550199';
  const signing = await signingExchange(port, { [caller]: 'A' });
  const floor = await openFloor({
    name: 'attest',
    asterisk: { extraFiles: signing.files },
    carriers: [{ name: 'carrier', settings: SIGNED_ENDPOINT }],
    people: [
      { numbers: ['13035550101'], behaviour: { kind: 'busy' } },
      // SIPp's scenario wants one who answers.
      { numbers: ['13035550140'], behaviour: { kind: 'answers' } },
    ],
    witness: false,
  });
  const exchange = openAsterisk({
    ari: { ...floor.asterisk.ari, application: 'bench' },
    ami: floor.asterisk.ami,
    log: quiet,
  });
  try {
    const root = readCertificate(Buffer.from(signing.rootsPem.replace(/-----[^-]+-----/g, ''), 'base64'));
    if (!root.ok) throw new Error(root.problem);
    const verifier = identityVerifier({
      trust: { roots: [root.value], revocationLists: () => [] },
      source: certificateCache({
        clock: systemClock(null),
        guard: addressGuard(['127.0.0.0/8']),
        timeoutMs: 2_000,
        hosts: [],
        relaxed: true,
      }),
      freshMs: 60_000,
    });
    const waits = watch(
      (hear) => joined(exchange, tap, hear),
      verifier,
      ({ sentAtMs }) => instant(Math.floor(sentAtMs ?? nowMs())),
    );
    await until('the connection', () => exchange.problem() === null);
    for (let placed = 0; placed < calls; placed += 1) {
      await originate(floor.asterisk.ari, caller);
      await sleep(20);
    }
    await waits.settled();
    say(
      `real: ${calls} calls, ${waits.verified()} verified; first ${waits.first().toFixed(1)} ms with its certificate to fetch`,
    );
    print('hep', 'real_calls', calls, 'count');
    print('hep', 'real_verified', waits.verified(), 'count');
    print('hep', 'real_to_verdict_p50', waits.percentile(0.5), 'ms');
    print('hep', 'real_to_verdict_p99', waits.percentile(0.99), 'ms');
    return waits.verified() === calls && waits.percentile(0.99) <= VERDICT_MS_MAX;
  } finally {
    await exchange.close();
    await floor.close();
    await signing.close();
    await tap.close();
  }
}

/** As a sidecar has it: only what the exchange tells of too is judged. */
function joined(exchange: Telephony, tap: SignallingTap, hear: (invite: SeenInvite) => void): void {
  const joining = createJoining(systemClock(null), {
    joined: (_, invite) => hear(invite),
    unseen: ({ sipCallId }) => say(`never seen: ${sipCallId}`),
  });
  tap.listen((invite) => joining.invite(invite));
  exchange.listen((event) => {
    if (event.kind === 'leg_dialed') joining.leg(event);
  });
}

async function originate(
  { url, user, password }: { readonly url: string; readonly user: string; readonly password: string },
  caller: string,
): Promise<void> {
  const response = await fetch(`${url.replace(/\/ari\/?$/, '')}/ari/channels`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      ...{ endpoint: 'PJSIP/13035550101@carrier', context: 'none', extension: 's', priority: 1 },
      callerId: `+${caller}`,
    }),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`originate: ${response.status}`);
}

/** Verifies what the tap tells, and keeps how long after its sending each verdict came. */
function watch(
  listen: (hear: (invite: SeenInvite) => void) => void,
  verifier: IdentityVerifier,
  seenAtOf: (invite: SeenInvite) => ReturnType<typeof instant>,
) {
  const waits: number[] = [];
  let open = 0;
  let refused = 0;
  listen((invite) => {
    open += 1;
    const call = {
      identities: invite.identities,
      callerId: invite.assertedUser ?? invite.fromUser,
      calledNumber: invite.toUser,
      date: invite.date,
      seenAt: seenAtOf(invite),
    };
    void verifier.verify(call).then((verdict) => {
      open -= 1;
      if (verdict.kind === 'verified') waits.push(nowMs() - (invite.sentAtMs ?? Number.NaN));
      else if ((refused += 1) <= 3) say(`refused: ${verdict.fault}: ${verdict.detail}`);
    });
  });
  return {
    verified: () => waits.length,
    first: () => waits[0] ?? Number.NaN,
    percentile: (share: number): number => percentile(Float64Array.from(waits).sort(), share),
    async settled(): Promise<void> {
      for (let quietFor = 0; quietFor < 5; quietFor = open === 0 ? quietFor + 1 : 0) await sleep(50);
    },
  };
}

/** Calls that a real Asterisk signs: from the instant at which its INVITE was captured to the verdict, joined with the channel as a sidecar does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openAsterisk } from '../../src/adapters/asterisk/telephony.ts';
import { addressGuard } from '../../src/config/address-guard.ts';
import { certificateCache } from '../../src/adapters/certificates/certificate-cache.ts';
import { identityVerifier } from '../../src/adapters/certificates/identity-verifier.ts';
import { openHepListener } from '../../src/adapters/hep/hep-listener.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { createJoining } from '../../src/control/attest/join-invites.ts';
import { instant } from '../../src/domain/time.ts';
import { readCertificate } from '../../src/passport/certificate.ts';
import type { SeenInvite, SignallingTap } from '../../src/ports/signalling-tap.ts';
import type { Telephony } from '../../src/ports/telephony.ts';
import { SIGNED_ENDPOINT, signingExchange } from '../../scripts/asterisk/signing-exchange.ts';
import { openFloor } from '../../scripts/callers/floor.ts';
import { until } from '../../test/support/wait.ts';
import { print, quiet, say } from './figures.ts';
import { nowMs, watchVerdicts } from './verdicts.ts';

const VERDICT_MS_MAX = 20;

export async function benchReal(calls: number): Promise<boolean> {
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
    const waits = watchVerdicts(
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
    print('real', 'calls', calls, 'count');
    print('real', 'verified', waits.verified(), 'count');
    print('real', 'to_verdict_p50', waits.percentile(0.5), 'ms');
    print('real', 'to_verdict_p99', waits.percentile(0.99), 'ms');
    print('real', 'to_verdict_max', waits.percentile(1), 'ms');
    print('real', 'first_with_certificate_to_fetch', waits.first(), 'ms');
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

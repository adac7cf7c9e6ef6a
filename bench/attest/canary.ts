/**
 * A canary that comes back with less than the one before, on a real Asterisk and a running sidecar with its embedded PostgreSQL: from the
 * instant at which its INVITE arrives at the exchange to the answer of the first decision that is vetoed for it, asked over HTTP without a pause.
 */
import { createPrivateKey } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { signingExchange } from '../../scripts/asterisk/signing-exchange.ts';
import { openFloor } from '../../scripts/callers/floor.ts';
import { startLoopCarrier } from '../../test/support/loop-carrier.ts';
import { identityOf, sipDate } from '../../test/support/passports.ts';
import { agentIds, CAMPAIGN, codes } from '../../test/support/serve-client.ts';
import { campaignYaml, exchangeEnv, openServeWorld, pointAgi } from '../../test/support/serve-world.ts';
import { until } from '../../test/support/wait.ts';
import { percentile, print, say } from './figures.ts';

const HOME = resolve(import.meta.dirname, '../..');
const VETO_MS_MAX = 1_000;
/** A canary that shows nothing in this time would be no figure. */
const GIVE_UP_MS = 20_000;
const CALLER_ID = '+13035550101';
const OWN = '+13035550150';
const PERSON = '+13035550120';
/** The loop carrier: the trunk of the campaign, and of its canaries. */
const TRUNK = 'carrier';

const AGENTS = `{ kind: dialplan, context: house, extension: desk }
  members: [${agentIds(1)
    .map((id) => `'${id}'`)
    .join(', ')}]`;
const ATTESTATION = 'attestation: { minimum: A, ways: [seen_there] }\n';

export async function benchCanary({ falls }: { readonly falls: number }): Promise<boolean> {
  const closing: (() => Promise<unknown>)[] = [];
  try {
    return await measure(falls, closing);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

async function measure(falls: number, closing: (() => Promise<unknown>)[]): Promise<boolean> {
  // Nobody signs but the carrier, which has this key.
  const signing = await signingExchange(0, {});
  closing.push(() => signing.close());
  const world = await openServeWorld({}, { [CAMPAIGN]: campaignYaml(CAMPAIGN, 1, AGENTS, ATTESTATION) });
  closing.push(() => world.close());
  const rootsFile = join(world.configDirectory, 'roots.pem');
  await writeFile(rootsFile, signing.rootsPem);
  await appendFile(
    join(world.configDirectory, 'breakwater.yaml'),
    `
attestation: { rootsFile: ${rootsFile}, privateNetworks: ['127.0.0.0/8'], relaxCertificateUrls: true }
canary: { numbers: ['${OWN}'], everyHours: 720, minutesBetween: 1440, callsPerDayMax: 10000, arrivesWithinSeconds: 20 }
`,
  );
  let sip: { readonly host: string; readonly port: number } | null = null;
  const carrier = await startLoopCarrier(() => sip ?? { host: '127.0.0.1', port: 9 });
  closing.push(() => carrier.close());
  const floor = await openFloor({
    name: 'canaries',
    asterisk: {
      dialplan: [join(HOME, 'dialplan/breakwater.conf')],
      dialplanText: `[arrivals]\nexten => ${OWN.slice(1)},1,Goto(breakwater-canary,\${EXTEN},1)\n`,
      inboundContext: 'arrivals',
      sounds: [{ as: 'breakwater', directory: world.soundsDirectory }],
      endpoints: [{ name: TRUNK, host: '127.0.0.1', port: carrier.port }],
    },
    carriers: [{ name: 'people' }],
    people: [{ numbers: ['13035550140'], behaviour: { kind: 'answers' } }],
    witness: false,
  });
  closing.push(() => floor.close());
  sip = floor.asterisk.sip;
  await pointAgi(floor.asterisk, Number(world.env['BREAKWATER_AGI_PORT']));

  // The sidecar's clock stands at a lawful hour: the carrier signs by it.
  let clockAheadMs = 0;
  const key = createPrivateKey(signing.files['tn.key'] ?? '');
  let arrivedAt = Number.NaN;
  const signWith = (attest: 'A' | 'B'): void =>
    carrier.treat({
      kind: 'returns',
      headers({ caller, called }) {
        const at = Date.now() + clockAheadMs;
        const claims = { attest, orig: { tn: caller }, dest: { tn: [called] } };
        const identity = identityOf({ key, at, url: signing.certificateUrl, claims });
        arrivedAt = performance.now();
        return { Identity: identity, Date: sipDate(at) };
      },
    });
  signWith('A');
  await world.start(exchangeEnv(floor.asterisk)).ready();
  const { client } = world;
  await client.consent(PERSON);
  await client.agents(agentIds(1), 'ready');
  const clock = await client.request<{ readonly decided_at: string }>('POST', '/v1/decisions', {
    ...{ number: PERSON, campaign: CAMPAIGN },
  });
  clockAheadMs = Date.parse(clock.decided_at) - Date.now();
  // The schedule's own first one, signed before the clock was known.
  await until('the first canary', async () => (await client.entries('canary_result')).length > 0, GIVE_UP_MS);

  async function place(): Promise<void> {
    await client.request('POST', '/v1/canaries', { caller_id: CALLER_ID, trunk: TRUNK, wait: true });
  }
  /** When the first decision was answered that is, or is not, vetoed for its level. */
  async function firstAnswer(isVeto: boolean, asked: number[]): Promise<number> {
    const giveUp = performance.now() + GIVE_UP_MS;
    for (;;) {
      const from = performance.now();
      const answer = await client.decide(PERSON);
      const now = performance.now();
      asked.push(now - from);
      const found = codes(answer);
      if (isVeto ? found.includes('attestation_below_minimum') : found.length === 0) return now;
      if (now > giveUp) throw new Error(`still ${found.join(', ') || 'a permit'} after ${GIVE_UP_MS} ms`);
    }
  }

  const waits: number[] = [];
  const decisions: number[] = [];
  for (let fall = 0; fall < falls; fall += 1) {
    signWith('A');
    await place();
    await firstAnswer(false, []);
    signWith('B');
    const settled = place();
    const vetoedAt = await firstAnswer(true, decisions);
    waits.push(vetoedAt - arrivedAt);
    await settled;
    if (fall % 20 === 19) say(`canary: ${fall + 1} of ${falls} falls`);
  }
  const sorted = Float64Array.from(waits).sort();
  const max = percentile(sorted, 1);
  print('canary', 'falls', falls, 'count');
  print('canary', 'arrival_to_veto_p50', percentile(sorted, 0.5), 'ms');
  print('canary', 'arrival_to_veto_p99', percentile(sorted, 0.99), 'ms');
  print('canary', 'arrival_to_veto_max', max, 'ms');
  print('canary', 'one_decision_p50', percentile(Float64Array.from(decisions).sort(), 0.5), 'ms');
  return max <= VETO_MS_MAX;
}

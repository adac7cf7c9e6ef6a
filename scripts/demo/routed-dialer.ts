/** The dialer of `ami-dialer.ts` dials through the proxy: a call that is permitted, one that is not, and two ways around it. */
import { settled } from './calls.ts';
import { type AmiDialer, amiDialer, DESK, saysOf } from './ami-dialer.ts';
import { campaign, consent, type Entry, request, setAgent } from './client.ts';
import { untilReady } from './agents.ts';
import { PEOPLE } from './people.ts';
import { ms, type Row } from './report.ts';
import { until } from './wait.ts';
import type { World } from './world.ts';

const CAMPAIGN = 'routed';

export async function dialsThroughProxy(world: World): Promise<readonly Row[]> {
  await consent(world, PEOPLE.routed, 'beacon', 'written');
  await setAgent(world, DESK, 'ready');
  await untilReady(world, CAMPAIGN, 1);
  const dialer = await amiDialer(world.amiPort);
  try {
    const denied = await dialer.act(...originate(PEOPLE.unrouted));
    const call = await placed(world, dialer);
    const commanded = await dialer.act(
      'Action: Command',
      `Command: channel originate Local/${digits(PEOPLE.unrouted)}@internal application Wait 5`,
    );
    const redirected = await dialer.act(
      'Action: Redirect',
      `Channel: ${call.channel}`,
      'Context: internal',
      `Exten: ${digits(PEOPLE.unrouted)}`,
      'Priority: 1',
    );
    const row = await call.row();
    // Seconds later: whoever would have been called has been by now.
    const called = (await world.floor.calls(digits(PEOPLE.unrouted))).length;
    return [
      row,
      await vetoed(world, denied, called),
      refused('around it: Command: channel originate', commanded, called),
      refused('around it: its live call redirected', redirected, called),
    ];
  } finally {
    dialer.close();
  }
}

interface PlacedCall {
  /** The dialer's own name of it. */
  readonly channel: string;
  /** Hangs up, as the dialer does when its agent is done. */
  row(): Promise<Row>;
}

async function placed(world: World, dialer: AmiDialer): Promise<PlacedCall> {
  const from = performance.now();
  const answer = await dialer.act(...originate(PEOPLE.routed));
  const screenedMs = performance.now() - from;
  const queued = saysOf(answer, 'Message');
  if (saysOf(answer, 'Response') !== 'Success')
    throw new Error(`the call to ${PEOPLE.routed} was not placed: ${answer.join(', ')}`);
  const told = await dialer.event('OriginateResponse', 'Response: Success');
  const channel = saysOf(told, 'Channel');
  return {
    channel,
    async row() {
      await until('the desk to be heard', async () => {
        const [call] = await world.floor.calls(digits(PEOPLE.routed));
        return call?.heard.firstVoicedAt;
      });
      await dialer.act('Action: Hangup', `Channel: ${channel}`);
      const [decision, ...more] = await decisions(world, PEOPLE.routed);
      const { outcome, entries } = await settled(world, String(decision?.body['callId']));
      const source = String(entries.find(({ kind }) => kind === 'call_result')?.body['source']);
      await until('the line to be free', async () => (await campaign(world, CAMPAIGN)).in_flight === 0);
      const calls = await world.floor.calls(digits(PEOPLE.routed));
      return {
        call: 'a dialer on AMI, through the proxy',
        expected: 'connected, decided once',
        happened: `${outcome}, decided ${more.length === 0 ? 'once' : `${more.length + 1} times`}`,
        reasons: '',
        measured: `it hears \`${queued}\` after ${ms(screenedMs)}, result from ${source}`,
        ok: outcome === 'connected' && doorOf(decision) === 'ami' && more.length === 0 && calls.length === 1,
      };
    },
  };
}

async function vetoed(world: World, answer: readonly string[], called: number): Promise<Row> {
  const expected = 'consent_missing';
  const [decision, ...more] = await decisions(world, PEOPLE.unrouted);
  const heard = saysOf(answer, 'Message');
  return {
    call: 'the same dialer, no consent',
    expected: `veto ${expected}`,
    happened: `${String(decision?.body['verdict'])}, ${nobody(called)}`,
    reasons: String(decision?.body['headline']),
    measured: `it hears \`${saysOf(answer, 'Response')}: ${heard}\``,
    ok:
      saysOf(answer, 'Response') === 'Error' &&
      heard === `Vetoed: ${expected}` &&
      doorOf(decision) === 'ami' &&
      // What is refused asks for no decision: there is nothing to decide.
      more.length === 0 &&
      called === 0,
  };
}

function refused(call: string, answer: readonly string[], called: number): Row {
  const heard = saysOf(answer, 'Message');
  const isRefused = saysOf(answer, 'Response') === 'Error' && heard.startsWith('Permission denied');
  return {
    call,
    expected: 'refused, nobody called',
    happened: `${isRefused ? 'refused' : 'NOT refused'}, ${nobody(called)}`,
    reasons: '',
    measured: `it hears \`${saysOf(answer, 'Response')}: ${heard}\``,
    ok: isRefused && called === 0,
  };
}

const originate = (number: string): readonly string[] => [
  'Action: Originate',
  `Channel: Local/9${digits(number)}@default`,
  'Context: default',
  'Exten: 8368',
  'Priority: 1',
  'CallerID: "Beacon Solar" <13035550125>',
  'Timeout: 25000',
  'Async: true',
];

const decisions = async (world: World, number: string): Promise<readonly Entry[]> =>
  (
    await request<{ readonly entries: readonly Entry[] }>(
      world,
      'GET',
      '/v1/entries?kinds=decision&limit=1000',
    )
  ).entries.filter(({ body }) => body['number'] === number);

const doorOf = (decision: Entry | undefined): unknown =>
  (decision?.body['request'] as { readonly door?: unknown } | undefined)?.door;

const nobody = (called: number): string => (called === 0 ? 'nobody called' : `${called} CALLED`);

const digits = (number: string): string => number.slice(1);

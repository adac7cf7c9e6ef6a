/**
 * A caller ID whose signing on the trunk is switched from A to B while its campaign runs: the exchange signs, what leaves it is verified, and
 * the call behind the first low one is not placed.
 */
import { settled } from './calls.ts';
import { campaign, consent, type Entry, originate, request } from './client.ts';
import { PEOPLE } from './people.ts';
import { ms, type Row } from './report.ts';
import { until } from './wait.ts';
import { STARTS_AT, type World } from './world.ts';

const CAMPAIGN = 'attested';
const CALLER_ID = '+13035550121';
const DAY_MS = 86_400_000;

export async function switchedSigning(world: World): Promise<readonly Row[]> {
  for (const number of [PEOPLE.signedFull, PEOPLE.signedPartly])
    await consent(world, number, 'harbor', 'written');
  // Without any confirmation nothing may leave that would be one.
  await request(world, 'POST', '/v1/attestations', {
    ...{ caller_id: CALLER_ID, level: 'A', way: 'declared', proof: 'letter of the carrier, 2026-11-20' },
    confirmed_at: STARTS_AT,
    expires_at: new Date(Date.parse(STARTS_AT) + DAY_MS).toISOString(),
  });
  const confirmed = await signedFull(world);
  await world.signWith(CALLER_ID, 'B');
  return [confirmed, await signedPartly(world), await nextOne(world)];
}

async function signedFull(world: World): Promise<Row> {
  const { callId, outcome } = await place(world, PEOPLE.signedFull);
  const record = await until(`a record of call ${callId}`, async () =>
    (await entries(world, 'attestation_recorded')).find(
      ({ body }) => body['callerId'] === CALLER_ID && body['way'] === 'signed_here',
    ),
  );
  const { level, source } = await shown(world);
  return {
    call: 'exchange signs with A',
    expected: 'busy, confirmed A by signed_here',
    happened: `${outcome}, confirmed ${String(level)} by ${String(source)}`,
    reasons: '',
    measured: `seen leaving -> on disk ${ms(sinceSeen(record, 'confirmedAt'))}`,
    ok: outcome === 'busy' && level === 'A' && source === 'signed_here',
  };
}

async function signedPartly(world: World): Promise<Row> {
  const { callId, outcome } = await place(world, PEOPLE.signedPartly);
  const alarm = await until(`the alarm of call ${callId}`, async () =>
    (await entries(world, 'attestation_alarm')).find(({ body }) => body['callId'] === callId),
  );
  const { level, before, ended } = alarm.body;
  const page = await shown(world);
  const stands = page.level === 'B' && page.answer === 'attestation_below_minimum';
  return {
    call: 'signing switched to B while it dials',
    expected: 'ended while it rings, alarm on the live page',
    happened: [
      outcome,
      `${String(level)} after ${String(before)}`,
      ended === true ? 'ended while it rings' : 'NOT ended',
      stands ? 'alarm on the live page' : `live page: ${String(page.level)} ${String(page.answer)}`,
    ].join(', '),
    reasons: '',
    measured: `seen leaving -> alarm on disk ${ms(sinceSeen(alarm, 'seenAt'))}`,
    ok: level === 'B' && before === 'A' && ended === true && outcome === 'no_answer' && stands,
  };
}

async function nextOne(world: World): Promise<Row> {
  const expected = 'attestation_below_minimum';
  const answer = await originate(world, PEOPLE.signedPartly, CAMPAIGN);
  const codes = (answer.reasons ?? []).map(({ code }) => code);
  const detail: Readonly<Record<string, unknown>> = answer.reasons?.[0]?.detail ?? {};
  return {
    call: 'the call behind it',
    expected: `veto ${expected}`,
    happened: answer.verdict,
    reasons: codes.join(', '),
    measured: ['trunk', 'level', 'level_before', 'way']
      .map((name) => `${name}=${String(detail[name])}`)
      .join(' '),
    ok: answer.verdict === 'veto' && codes.length === 1 && codes[0] === expected,
  };
}

/** A call that is permitted and over, the line free for the next. */
async function place(
  world: World,
  number: string,
): Promise<{ readonly callId: string; readonly outcome: string }> {
  const { call_id: callId, verdict, reasons } = await originate(world, number, CAMPAIGN);
  if (verdict !== 'permit') throw new Error(`the call to ${number} was vetoed: ${JSON.stringify(reasons)}`);
  const { outcome } = await settled(world, callId);
  await until('the line to be free', async () => (await campaign(world, CAMPAIGN)).in_flight === 0);
  return { callId, outcome };
}

const entries = async (world: World, kind: string): Promise<readonly Entry[]> =>
  (await request<{ readonly entries: readonly Entry[] }>(world, 'GET', `/v1/entries?kinds=${kind}`)).entries;

interface CallerIdLine {
  readonly caller_id: string;
  readonly level: string | null;
  readonly source: string | null;
  readonly answer: string | null;
}

/** The line of the caller ID on the live page, which asks this too. */
async function shown(world: World): Promise<CallerIdLine> {
  const { caller_ids: lines } = await request<{ readonly caller_ids: readonly CallerIdLine[] }>(
    world,
    'GET',
    '/v1/caller-ids',
  );
  const line = lines.find(({ caller_id }) => caller_id === CALLER_ID);
  if (line === undefined) throw new Error(`the live page knows nothing of ${CALLER_ID}`);
  return line;
}

/** From the instant at which the INVITE was seen, which `field` of the entry holds, to the entry itself. */
const sinceSeen = ({ at, body }: Entry, field: string): number =>
  Date.parse(at) - Date.parse(String(body[field]));

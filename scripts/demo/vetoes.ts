/** One veto of each family, asked of the running sidecar as originations: nobody's phone rings. */
import { campaign, consent, history, originate, type Answer } from './client.ts';
import { PEOPLE } from './people.ts';
import type { Row } from './report.ts';
import { until } from './wait.ts';
import type { World } from './world.ts';

export async function vetoes(world: World): Promise<readonly Row[]> {
  for (const number of [PEOPLE.asleep, PEOPLE.registered, PEOPLE.busy, PEOPLE.connected]) {
    await consent(world, number, 'sunrise', 'written');
  }
  await consent(world, PEOPLE.registered, 'clearview', 'express');
  await consent(world, PEOPLE.attested, 'harbor', 'written');
  return [
    veto('asleep in Guam', 'outside_calling_hours', await originate(world, PEOPLE.asleep, 'solar')),
    veto(
      'on the national registry',
      'on_national_registry',
      await originate(world, PEOPLE.registered, 'windows'),
    ),
    veto('never gave consent', 'consent_missing', await originate(world, PEOPLE.stranger, 'solar')),
    veto(
      "somebody else's caller ID",
      'caller_id_not_owned',
      await originate(world, PEOPLE.connected, 'solar', { caller_id: '+13035550188' }),
    ),
    veto(
      'no attestation on record',
      'attestation_unconfirmed',
      await originate(world, PEOPLE.attested, 'attested'),
    ),
    await tooOften(world),
  ];
}

/** Busy three times, and the fourth call in 24 hours is not placed. */
async function tooOften(world: World): Promise<Row> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { call_id: id } = await originate(world, PEOPLE.busy, 'solar');
    await until('a busy call to end', async () => (await history(world, id)).state === 'settled');
    await until('the line to be free', async () => (await campaign(world, 'solar')).in_flight === 0);
  }
  return veto('busy three times today', 'too_many_attempts', await originate(world, PEOPLE.busy, 'solar'));
}

function veto(call: string, expected: string, answer: Answer): Row {
  const codes = (answer.reasons ?? []).map((reason) => reason.code);
  return {
    call,
    expected: `veto ${expected}`,
    happened: answer.verdict,
    reasons: codes.join(', '),
    measured: detailOf(answer),
    ok: answer.verdict === 'veto' && codes.includes(expected),
  };
}

/** The two most telling details of the headline. */
const detailOf = ({ reasons }: Answer): string =>
  Object.entries(reasons?.[0]?.detail ?? {})
    .filter(([, value]) => value !== null)
    .slice(0, 3)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')
    .slice(0, 70);

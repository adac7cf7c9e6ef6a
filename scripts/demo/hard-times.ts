/** The sidecar is killed while a person says hello, and a dialer asks for far more lines than there are agents. */
import { setTimeout as sleep } from 'node:timers/promises';
import { droppedRow } from './calls.ts';
import { LEAVING, setAll, untilReady } from './agents.ts';
import { campaign, consent, originate, type Answer } from './client.ts';
import { PEOPLE } from './people.ts';
import { ms, type Row } from './report.ts';
import { until } from './wait.ts';
import type { World } from './world.ts';

/** The law's bound; without a sidecar the dialplan has to keep it. */
const LAW_MS = 2_000;

export async function killedMidCall(world: World): Promise<Row> {
  await consent(world, PEOPLE.killed, 'clearview', 'express');
  await setAll(world, LEAVING, 'paused');
  await untilReady(world, 'windows', 1);
  const { call_id: callId, verdict, reasons } = await originate(world, PEOPLE.killed, 'windows');
  if (verdict !== 'permit') throw new Error(`the call to be orphaned was vetoed: ${JSON.stringify(reasons)}`);
  await until('the answer on the wire', async () => {
    const [call] = await world.floor.calls(PEOPLE.killed.slice(1));
    return call?.answeredAt;
  });
  await sleep(600); // in the middle of the greeting
  await world.sidecar.kill();
  await sleep(1_500); // nobody is there to help
  await world.restart();
  // Who was away from the desk before is away for the new process as well.
  await until(
    'the paused agents',
    async () => (await campaign(world, 'solar')).agents.paused === LEAVING.length,
  );
  const row = await droppedRow(
    world,
    'sidecar killed with -9 mid-call',
    PEOPLE.killed,
    callId,
    LAW_MS,
    'windows',
  );
  return { ...row, measured: `${row.measured}, ready again after ${ms(world.sidecar.readyAfterMs)}` };
}

export async function throttledBurst(world: World): Promise<Row> {
  for (const number of PEOPLE.burst) await consent(world, number, 'sunrise', 'written');
  await setAll(world, LEAVING, 'ready');
  await untilReady(world, 'solar', LEAVING.length);
  const answers = await Promise.all(PEOPLE.burst.map((number) => originate(world, number, 'solar')));
  const permits = answers.filter((answer) => answer.verdict === 'permit').length;
  const throttled = answers.filter((answer) => codeOf(answer) === 'drop_budget_spent').length;
  return {
    call: `${answers.length} at once for 2 agents`,
    expected: '2 placed, 10 throttled',
    happened: `${permits} placed, ${throttled} throttled`,
    reasons: [...new Set(answers.map(codeOf).filter((code) => code !== ''))].join(', '),
    measured: '',
    ok: permits === 2 && throttled === answers.length - permits,
  };
}

const codeOf = ({ reasons }: Answer): string => reasons?.[0]?.code ?? '';

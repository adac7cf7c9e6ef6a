/** Whoever looks for one call in the log finds every line about it by its id, which stands in a field and not only in the words. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { persist } from '../../../src/control/persist.ts';
import type { LogFields } from '../../../src/ports/log.ts';
import { ANSWERS } from '../../support/called-person.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { openWorld, personNumber } from '../../support/sim-world.ts';

test('what waits for its store is named with its call', async () => {
  const clock = fakeClock('2026-11-24T18:00:00Z');
  const lines: LogFields[] = [];
  const note = (fields: LogFields): void => void lines.push(fields);
  let failures = 2;
  const stored = persist(
    { clock, log: { info: note, warn: note, error: note } },
    { what: 'result', callId: 'call-7' },
    () => (failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve('stored')),
  );
  await clock.go(1_000);
  expect(await stored).toBe('stored');
  expect(lines).toEqual([
    { what: 'result', callId: 'call-7', problem: 'away', waitMs: 100 },
    { what: 'result', callId: 'call-7', problem: 'away', waitMs: 200 },
  ]);
});

test('a call under a ledger that goes away: each line that speaks of it has its id as a field', async () => {
  const world = await openWorld({ script: () => ({ ...ANSWERS, key: { digit: '9', afterMs: 500 } }) });
  const agent = world.exchange.agentCallsIn('ann');
  await world.clock.go(10);
  const { callId } = await world.originate(personNumber(1));
  world.exchange.agentHangsUp(agent);
  await world.clock.go(200);
  world.ledger.store.down = true;
  await world.clock.go(30_000);
  world.ledger.store.down = false;
  await world.clock.go(5_000);
  const spoken = world.complaints.filter(({ fields, message }) =>
    `${JSON.stringify(fields)} ${message}`.includes(callId),
  );
  expect(new Set(spoken.map(({ fields }) => fields['what']))).toContain('result');
  expect(spoken.filter(({ fields }) => fields['callId'] !== callId)).toEqual([]);
});

test('no write that is repeated until it stands hides the id of a call in its words', () => {
  const root = new URL('../../../src/control/', import.meta.url).pathname;
  const hidden = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) =>
      /persist\(\s*\w+,\s*`[^`]*(?:callId|dedupeKey)/.test(readFileSync(join(root, name), 'utf8')),
    );
  expect(hidden).toEqual([]);
});

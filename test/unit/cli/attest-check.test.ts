/** `attest check`: what stands of a caller ID by trunk, what is demanded of it, and the exit code a script can go by. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { startStub, type StubSidecar } from '../../support/stub-sidecar.ts';

const CALLER_ID = '+13035550101';
const DECLARED = {
  ...{ trunk: null, level: 'A', level_before: null, way: 'declared', proof: 'letter', age_seconds: 7_260 },
  confirmed_at: '2026-11-23T15:59:00.000Z',
  expires_at: '2026-11-30T00:00:00.000Z',
};
const LOWERED = {
  ...{ trunk: 'east', level: 'B', level_before: 'A', way: 'signed_here', proof: 'INVITE', age_seconds: 30 },
  confirmed_at: '2026-11-23T17:59:30.000Z',
  expires_at: '2026-11-24T17:59:30.000Z',
};
const MET = {
  ...{ campaign: 'solar', minimum: 'A', max_age_hours: 24, answer: 'met', problem: null },
  met_until: '2026-11-24T15:59:00.001Z',
};
const BELOW = {
  ...{ campaign: 'solar', minimum: 'A', max_age_hours: 24, answer: 'attestation_below_minimum' },
  ...{ problem: 'level B is below A', met_until: null },
};
const ASKS_NOTHING = { ...BELOW, campaign: 'windows', minimum: 'none', answer: 'attestation_unconfirmed' };
const west = (demands: readonly object[]) => ({
  ...{ caller_id: CALLER_ID, trunk: 'west', record: DECLARED, demands, records: [DECLARED] },
});
const east = (demands: readonly object[]) => ({
  ...{ caller_id: CALLER_ID, trunk: 'east', record: LOWERED, demands, records: [LOWERED, DECLARED] },
});
const other = { ...west([BELOW]), caller_id: '+13035550102' };

let stub: StubSidecar;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

async function check(
  routes: readonly object[],
  ...line: readonly string[]
): Promise<{ code: number; io: FakeIo }> {
  stub.answers = { 'GET /v1/attestations': [{ body: { routes, mirror: null } }] };
  const io = fakeIo({ BREAKWATER_URL: stub.url });
  const noWiring = (): Promise<never> => Promise.reject(new Error('this command needs no wiring'));
  const words = line.length === 0 ? [CALLER_ID] : line;
  const code = await runCli(['attest', 'check', ...words], io, noWiring, {
    version: '0.1.0',
    nodeVersion: 'v24.0.0',
  });
  return { code, io };
}

test('confirmed on every trunk: level, way, age and end of each, and 0', async () => {
  const { code, io } = await check([west([MET]), other], '303 555 0101');
  expect(code).toBe(0);
  expect(io.text()).toContain(`${CALLER_ID} over west`);
  expect(io.text()).toMatch(/A\s+declared\s+2 h 1 min\s+2026-11-30T00:00:00.000Z\s+every/);
  expect(io.text()).toMatch(/solar\s+A, 24 h old at most\s+met until 2026-11-24T15:59:00.001Z/);
  expect(io.text()).toContain('OK  no origination would be vetoed');
  expect(io.text()).not.toContain('+13035550102');
});

test('lowered on one of its trunks: the reason, and 1', async () => {
  const { code, io } = await check([east([BELOW]), west([MET])]);
  expect(code).toBe(1);
  expect(io.text()).toMatch(/B\s+signed_here\s+0 min\s+2026-11-24T17:59:30.000Z\s+east/);
  expect(io.text()).toContain('veto attestation_below_minimum: level B is below A');
  expect(io.text()).toContain('VETO  an origination now: solar attestation_below_minimum\n');
  expect(io.text()).toContain('a newer confirmation lifts it');
});

test('a campaign that demands nothing is warned, not vetoed', async () => {
  const { code, io } = await check([east([ASKS_NOTHING])]);
  expect(code).toBe(0);
  expect(io.text()).toMatch(/windows\s+nothing\s+warning attestation_unconfirmed: /);
});

test('on record, but of no campaign: nobody may call with it', async () => {
  const { code, io } = await check([west([])]);
  expect(code).toBe(1);
  expect(io.text()).toContain('caller_id_not_owned');
});

test('a caller ID that nobody knows is told, with where to look', async () => {
  const { code, io } = await check([west([MET]), other], '+13035550199');
  expect(code).toBe(1);
  expect(io.errors.join('\n')).toContain(
    'caller ID +13035550199 is unknown: no campaign calls with it, and nothing is on record of it',
  );
  expect(io.errors.join('\n')).toContain('lists the 2 caller IDs that are known');
  expect(io.output).toEqual([]);
});

test('what is no number is a mistake of the line, and nothing is asked', async () => {
  const { code, io } = await check([west([MET])], '555-CALL');
  expect(code).toBe(2);
  expect(io.errors.join('\n')).toMatch(/caller ID: number `555-CALL`/);
  expect(stub.asked).toEqual([]);
});

test('for machines: the same in JSON', async () => {
  const { code, io } = await check([east([BELOW]), other], CALLER_ID, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(io.text())).toEqual({ caller_id: CALLER_ID, vetoed: true, routes: [east([BELOW])] });
});

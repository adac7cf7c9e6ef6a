import { describe, expect, test } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { Wiring } from '../../../src/cli/wiring.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { identityWorld } from '../../support/identity-world.ts';
import { CALLED, CALLER, sipDate } from '../../support/passports.ts';

/** The clock of `fakeIo`. */
const NOW = Date.parse('2026-11-23T18:00:00Z');
const world = identityWorld(NOW);

async function explain(...line: string[]): Promise<{ readonly code: number; readonly io: FakeIo }> {
  const io = fakeIo();
  const wiring = { explainIdentity: (_: unknown, call: never) => world.verifier.explain(call) };
  const code = await runCli(
    ['attest', 'explain', ...line],
    io,
    () => Promise.resolve(wiring as never as Wiring),
    {
      version: '0',
      nodeVersion: 'v24.0.0',
    },
  );
  return { code, io };
}

const CALL = ['--from', `+${CALLER}`, '--to', `+${CALLED}`, '--date', sipDate(NOW)];

describe('attest explain', () => {
  test('a proven caller: claims, certificates, every check, exit code 0', async () => {
    const { code, io } = await explain(`Identity: ${world.header}`, ...CALL);
    expect(code).toBe(0);
    expect(io.text()).toContain('verified: level A');
    expect(io.text()).toMatch(/caller\s+13035550142/);
    expect(io.text()).toContain('for numbers of provider 709J, for 100 numbers from 13035550100');
    expect(io.text()).not.toMatch(/FAILED|not compared/);
  });

  test('what was not given is not compared, and said so', async () => {
    const { code, io } = await explain(world.header);
    expect(code).toBe(0);
    expect(io.text()).toMatch(/caller\s+not compared\s+--from was not given/);
    expect(io.text()).toMatch(/called\s+not compared\s+--to was not given/);
    expect(io.text()).toMatch(/date\s+not compared\s+--date was not given/);
  });

  test('what fails is named with its fault, exit code 1', async () => {
    const { code, io } = await explain(world.header, '--from', '3035550142', '--at', '2026-11-23T18:05:00Z');
    expect(code).toBe(1);
    expect(io.text()).toMatch(/caller\s+FAILED\s+caller_mismatch: claim orig\.tn is/);
    expect(io.text()).toMatch(/issued_at\s+FAILED\s+stale_date/);
    expect(io.text()).toMatch(/signature\s+passed/);
    expect(io.text()).toContain('claims level A, unproven');
  });

  test('a header that does not read', async () => {
    const { code, io } = await explain('\u001b[31mred');
    expect(code).toBe(1);
    expect(io.text()).toMatch(/header\s+FAILED\s+malformed_identity/);
    expect(io.text()).not.toContain('\u001b');
  });

  test('for machines', async () => {
    const { code, io } = await explain(world.header, '--json', '--from', CALLER);
    expect(code).toBe(0);
    expect(JSON.parse(io.text())).toMatchObject({
      claims: { level: 'A', callerId: CALLER },
      certificates: [{ subject: 'CN=Test Leaf' }, { subject: 'CN=Test Root' }],
      verdict: { kind: 'verified', level: 'A', issuedAt: '2026-11-23T18:00:00.000Z' },
    });
    const { checks } = JSON.parse(io.text()) as { checks: { check: string; outcome: string }[] };
    expect(checks.find(({ check }) => check === 'caller')).toMatchObject({ outcome: 'passed' });
    expect(checks.find(({ check }) => check === 'called')).toMatchObject({ outcome: 'not_compared' });
  });

  test('an instant that cannot be meant', async () => {
    const { code, io } = await explain(world.header, '--at', 'noon');
    expect(code).toBe(2);
    expect(io.errors.join()).toContain('--at');
  });
});

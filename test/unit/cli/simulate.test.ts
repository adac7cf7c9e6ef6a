import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulate-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function simulate(
  ...flags: readonly string[]
): Promise<{ readonly code: number; readonly io: FakeIo }> {
  const io = fakeIo({});
  const noWiring = (): Promise<never> => Promise.reject(new Error('this command needs no wiring'));
  const code = await runCli(['simulate', ...flags], io, noWiring, { version: '0', nodeVersion: 'v24.0.0' });
  return { code, io };
}

describe('simulate', () => {
  it('prints a table on stdout and its progress on stderr', async () => {
    const { code, io } = await simulate('--agents', '3', '--days', '2', '--seeds', '2', '--regime', 'lunch');
    expect(code).toBe(0);
    const [head, ...rows] = io.output.join('\n').split('\n');
    expect(head).toMatch(/^SEED +BUSY +DROPPED +WINDOWS ABOVE/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^1 .* 0 of 3 /);
    expect(io.errors.at(-1)).toBe('[##########] 4 of 4 days');
  });

  it('prints JSON, and the same for the same seed', async () => {
    const flags = ['--agents', '3', '--days', '1', '--seed', '5', '--json'];
    const [first, again] = [await simulate(...flags), await simulate(...flags)];
    const told = JSON.parse(first.io.output.join('\n')) as {
      readonly policy: string;
      readonly blocks: readonly object[];
    };
    expect(told).toMatchObject({ policy: 'breakwater', blocks: [{ seed: 5, windows: 2, windows_above: 0 }] });
    expect(again.io.output).toEqual(first.io.output);
  });

  it('writes the page', async () => {
    const file = join(folder, 'report.html');
    expect((await simulate('--agents', '3', '--days', '1', '--html', file)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('1 simulated day of 3 agents: breakwater');
  });

  it("searches VICIdial's settings when asked to", async () => {
    const flags = ['--agents', '2', '--days', '1', '--policy', 'vicidial-hard', '--tuned', '--json'];
    const { code, io } = await simulate(...flags);
    expect(code).toBe(0);
    expect(JSON.parse(io.output.join('\n'))).toMatchObject({ settings: { method: 'hard' } });
  });

  it.each([
    [['--agents', '0'], /--agents.*positive whole number/s],
    [['--agents', '501'], /--agents.*from 1 to 500/s],
    [['--answer-rate', '1.5'], /--answer-rate.*from 0\.01 to 1/s],
    [['--answer-rate', 'x'], /--answer-rate.*'x'.*from 0\.01 to 1/s],
    [['--regime', 'moon'], /--regime.*'moon'.*Allowed choices are constant, switching/s],
    [['--policy', 'best'], /--policy.*Allowed choices are breakwater/s],
    [['--world', 'E', '--regime', 'lunch'], /world E knows `constant` only/],
    [['--tuned'], /--tuned is for VICIdial/],
    [['--policy', 'vicidial-hard', '--tuned', '--seed', '900001'], /choose another/],
    [
      ['--agents', '2', '--days', '1', '--html', '/nowhere/x.html'],
      /--html `\/nowhere\/x.html` cannot be written/,
    ],
  ])('%j is refused', async (flags, problem) => {
    const { code, io } = await simulate(...flags);
    expect(code).toBe(2);
    expect(io.errors.join('\n')).toMatch(problem);
  });
});

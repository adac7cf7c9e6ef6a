/** `report`, `self-test`, `incident`: what is asked, what is printed, and how each ends. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { LedgerSource, Wiring } from '../../../src/cli/wiring.ts';
import { exportLine } from '../../../src/control/export-line.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { monthLedger } from '../../support/month-ledger.ts';
import { prunedLedger } from '../../support/pruned-ledger.ts';
import { startStub, type StubSidecar } from '../../support/stub-sidecar.ts';

let stub: StubSidecar;
let folder: string;
beforeEach(async () => {
  stub = await startStub();
  folder = await mkdtemp(join(tmpdir(), 'breakwater-report-'));
});
afterEach(async () => {
  await stub.close();
  await rm(folder, { recursive: true, force: true });
});

async function cli(
  line: readonly string[],
  wiring: Partial<Wiring> = {},
  nowMs?: number,
): Promise<{ code: number; io: FakeIo }> {
  const fake = fakeIo({ BREAKWATER_URL: stub.url });
  const io = nowMs === undefined ? fake : { ...fake, nowMs: () => nowMs };
  const about = { version: '0.1.0', nodeVersion: 'v24.0.0' };
  const code = await runCli(line, io, () => Promise.resolve(wiring as Wiring), about);
  return { code, io };
}

describe('report', () => {
  let entries: readonly LedgerEntry[];
  let out: string;
  beforeEach(async () => {
    entries = await monthLedger();
    out = join(folder, 'november.html');
  });
  const exported = async (lines: readonly LedgerEntry[]): Promise<string> => {
    const path = join(folder, 'ledger.jsonl');
    await writeFile(path, lines.map((entry) => `${exportLine(entry)}\n`).join(''));
    return path;
  };

  it('writes the page of a month from an export, and the checklist on the screen', async () => {
    const file = await exported(entries);
    const { code, io } = await cli(['report', '--month', '2026-11', '--out', out, '--file', file]);
    expect([code, io.errors]).toEqual([0, []]);
    expect(io.text()).toContain(`${entries.length} entries of 1 writers verified`);
    expect(io.text()).toMatch(/look +Was every call decided before it was placed\?/);
    const page = await readFile(out, 'utf8');
    expect(page).toContain('<title>Compliance report 2026-11</title>');
    expect(page).toContain('2026-11-23T18:00:00.000Z');
  });

  it('reads the configured store in one pass, and closes it', async () => {
    let reads = 0;
    let closed = false;
    const source: LedgerSource = {
      async *entries(filter) {
        if (filter === undefined) reads += 1;
        for (const entry of entries) yield await Promise.resolve(entry);
      },
      close: () => {
        closed = true;
        return Promise.resolve();
      },
    };
    const { code } = await cli(['report', '--month', '2026-11', '--out', out], {
      openLedger: () => Promise.resolve(source),
    });
    expect([code, reads, closed]).toEqual([0, 1, true]);
  });

  it.each(['left', 'whole'] as const)('goes on behind a pruned month of an export (%s)', async (what) => {
    const ledger = prunedLedger(entries, 82 * 100_000_000_000);
    const file = await exported(ledger[what]);
    const { code, io } = await cli(
      ['report', '--month', '2026-11', '--out', out, '--file', file],
      {},
      Date.parse('2033-01-05T00:00:00Z'),
    );
    expect([code, io.errors]).toEqual([0, []]);
    expect(io.text().includes('2026-11 was pruned, see archive')).toBe(what === 'left');
  });

  it('ends with 1 when a chain does not hold, and the page says so', async () => {
    const file = await exported(entries.filter((_, index) => index !== 5));
    const { code } = await cli(['report', '--month', '2026-11', '--out', out, '--file', file]);
    expect(code).toBe(1);
    expect(await readFile(out, 'utf8')).toContain('does not hold at entry 7');
  });

  it.each([
    ['2026-13', 'expected a month of UTC that has begun'],
    ['november', 'expected a month of UTC that has begun'],
    ['2026-12', 'has not begun'],
  ])('--month %s is refused before anything is read', async (month, says) => {
    const { code, io } = await cli(['report', '--month', month, '--out', out, '--file', 'nowhere.jsonl']);
    expect(code).toBe(2);
    expect(io.errors.join('\n')).toContain(says);
    expect(io.errors.join('\n')).toContain(month);
  });

  it('names the file that cannot be written', async () => {
    const file = await exported(entries);
    const nowhere = join(folder, 'no-such-folder', 'x.html');
    const { code, io } = await cli(['report', '--month', '2026-11', '--out', nowhere, '--file', file]);
    expect(code).toBe(3);
    expect(io.errors.join('\n')).toContain(`--out \`${nowhere}\` cannot be written: ENOENT`);
  });
});

describe('self-test', () => {
  const seed = (answer: string, failures: readonly object[] = []) => ({
    ...{ number: '+13035550150', expects: 'on_national_registry', answer, campaigns: 2, failures },
  });

  it('ends with 0 when every seed was held', async () => {
    stub.answers = { 'POST /v1/self-tests': [{ body: { passed: true, seeds: [seed('held')] } }] };
    const { code, io } = await cli(['self-test']);
    expect(code).toBe(0);
    expect(io.text()).toMatch(/\+13035550150 +on_national_registry +HELD +2 campaigns/);
  });

  it('ends with 1 and names the campaign where one was not', async () => {
    const failure = { campaign: 'solar', verdict: 'veto', reasons: ['consent_missing', 'sunday'] };
    stub.answers = {
      'POST /v1/self-tests': [{ body: { passed: false, seeds: [seed('missed', [failure])] } }],
    };
    const { code, io } = await cli(['self-test']);
    expect(code).toBe(1);
    expect(io.text()).toContain('+13035550150 solar: veto: consent_missing, sunday');
  });

  it.each([
    ['no seed is configured', { passed: true, seeds: [] }],
    ['there was no campaign to ask for', { passed: true, seeds: [seed('untested')] }],
  ])('ends with 1 when %s: nothing was tested', async (_, body) => {
    stub.answers = { 'POST /v1/self-tests': [{ body }] };
    expect((await cli(['self-test'])).code).toBe(1);
  });
});

describe('incident', () => {
  const receipt = { recorded: 'written', entry: { id: 7, kind: 'x', at: '2026-11-23T18:00:00Z', body: {} } };

  it('open sends the finding, found now unless somebody says when', async () => {
    stub.answers = { 'POST /v1/incidents': [{ body: receipt }] };
    const { code, io } = await cli([
      ...['incident', 'open', '--id', 'i-1', '--finding', 'a copy was stale', '--who', 'Kim'],
    ]);
    expect([code, io.text()]).toEqual([0, 'incident i-1 recorded: entry 7 of 2026-11-23T18:00:00Z']);
    expect(stub.asked[0]?.body).toEqual({
      ...{ incident_id: 'i-1', finding: 'a copy was stale', who: 'Kim' },
      found_at: '2026-11-23T18:00:00.000Z',
    });
  });

  it('close sends cause, correction and verification, and wants each', async () => {
    stub.answers = { 'POST /v1/incidents/closings': [{ body: receipt }] };
    const said = ['--cause', 'c', '--correction', 'k', '--verification', 'v', '--who', 'Ana'];
    expect((await cli(['incident', 'close', 'i-1', ...said])).code).toBe(0);
    expect(stub.asked[0]?.body).toEqual({
      ...{ incident_id: 'i-1', cause: 'c', correction: 'k', verification: 'v', who: 'Ana' },
    });
    for (const left of ['--cause', '--correction', '--verification', '--who']) {
      const at = said.indexOf(left);
      const { code } = await cli(['incident', 'close', 'i-1', ...said.slice(0, at), ...said.slice(at + 2)]);
      expect(code, left).toBe(2);
    }
  });

  it('list shows all, or only the open ones', async () => {
    const incident = (id: string, closedAt: string | null) => ({
      ...{ incident_id: id, finding: 'found\u001b[2J', found_at: '2026-11-20T00:00:00Z', opened_by: 'Kim' },
      closed_at: closedAt,
    });
    const body = { incidents: [incident('i-1', '2026-11-21T00:00:00Z'), incident('i-2', null)] };
    stub.answers = { 'GET /v1/incidents': [{ body }, { body }] };
    const all = await cli(['incident', 'list']);
    expect(all.io.text().split('\n')).toHaveLength(3);
    expect(all.io.text()).not.toContain('\u001b');
    const open = await cli(['incident', 'list', '--open']);
    expect(open.io.text().split('\n')).toHaveLength(2);
    expect(open.io.text()).toMatch(/i-2 .*OPEN/);
  });
});

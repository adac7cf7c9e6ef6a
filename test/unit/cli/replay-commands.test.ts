/** `replay` and `rules diff` on an export, as somebody has it who was not there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryLedgerStore, openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { CommandFailed, EXIT } from '../../../src/cli/io.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { Wiring } from '../../../src/cli/wiring.ts';
import { decisionDraft, toJson } from '../../../src/control/decision-entry.ts';
import { exportLine } from '../../../src/control/export-line.ts';
import { hashOfLists, listsDocument } from '../../../src/control/lists-document.ts';
import { decidingUnder } from '../../../src/control/replay.ts';
import type { CallId, WriterId } from '../../../src/domain/ids.ts';
import type { LedgerDraft } from '../../../src/domain/ledger-entry.ts';
import type { PolicyDocument } from '../../../src/domain/policy.ts';
import { evaluate, RULES } from '../../../src/rules/index.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { AT, CAMPAIGN, type Case, factsOf, policyOf, requestOf } from '../../support/rules-world.ts';

const { law, rehearsal, clockGuardMs, permitValidMs } = policyOf({});
const DOCUMENT: PolicyDocument = { law, rehearsal, clockGuardMs, permitValidMs, campaigns: [CAMPAIGN] };
const STRICTER: PolicyDocument = {
  ...DOCUMENT,
  campaigns: [{ ...CAMPAIGN, attempts: { max: 2, perHours: 24 } }],
};
const { policy } = decidingUnder(DOCUMENT);
const REFUSED = decidingUnder(STRICTER).policy.hash;

const { lists: LISTS } = factsOf({});
if (!LISTS.known) throw new Error('the world has no lists');
const LISTS_HASH = hashOfLists(LISTS.value.consulted);

/** `listsHash` null: as entries were before lists had a document. */
function decided(callId: string, given: Case, listsHash: string | null = LISTS_HASH): LedgerDraft {
  const request = { ...requestOf(given), callId: callId as CallId };
  const facts = factsOf(given);
  const decision = evaluate(RULES, request, facts, policy);
  return decisionDraft(
    {
      callId: request.callId,
      request,
      facts,
      decision,
      decidedAt: facts.now,
      policyHash: policy.hash,
      places: [],
    },
    new Map([[CAMPAIGN.id, CAMPAIGN]]),
    listsHash,
  );
}

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'breakwater-replay-'));
  file = join(folder, 'export.jsonl');
  const ledger = openMemoryLedger({
    writer: 'w' as WriterId,
    clock: fakeClock(AT),
    store: memoryLedgerStore(),
  });
  await ledger.append({
    kind: 'policy_document',
    body: { policyHash: policy.hash, document: toJson(DOCUMENT) },
  });
  for (const draft of [
    listsDocument(LISTS_HASH, LISTS.value.consulted),
    decided('first', {}),
    decided('inline', {}, null),
    decided('third', { facts: { placed: 2 } }),
    decided('vetoed', { facts: { consent: null } }),
    { kind: 'decision' as const, body: { ...decided('lost', {}).body, policyHash: 'ab'.repeat(32) } },
    // As a reload leaves them that failed at its last step.
    { kind: 'policy_document' as const, body: { policyHash: REFUSED, document: toJson(STRICTER) } },
    {
      kind: 'reload_refused' as const,
      body: { by: 'signal', policyHash: policy.hash, proposed: REFUSED, problems: ['the store is away'] },
    },
  ]) {
    await ledger.append(draft);
  }
  await writeFile(file, `${ledger.store.entries.map(exportLine).join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function cli(...line: readonly string[]): Promise<{ readonly code: number; readonly io: FakeIo }> {
  const io = { ...fakeIo(), nowMs: () => Date.parse('2026-11-25T09:00:00Z') };
  const wiring = {
    openLedger: () => Promise.reject(new Error('no store here')),
    loadPolicy: ({ configDirectory }: { readonly configDirectory: string }) => {
      if (configDirectory !== 'stricter') throw new CommandFailed(EXIT.usage, `no folder ${configDirectory}`);
      return STRICTER;
    },
  } as Partial<Wiring> as Wiring;
  const about = { version: '0.1.0', nodeVersion: 'v24.0.0' };
  return { code: await runCli([...line, '--file', file], io, () => Promise.resolve(wiring), about), io };
}

describe('replay', () => {
  test('says that a permit and a veto come out again', async () => {
    const permit = await cli('replay', 'first');
    expect([permit.code, permit.io.text()]).toEqual([0, expect.stringContaining('SAME')]);
    const inline = await cli('replay', 'inline');
    expect([inline.code, inline.io.text()]).toEqual([0, expect.stringContaining('SAME')]);
    const veto = await cli('replay', 'vetoed');
    expect([veto.code, veto.io.text()]).toEqual([0, expect.stringContaining('consent_missing')]);
  });

  test('gives machines both decisions', async () => {
    const { io } = await cli('replay', 'first', '--json');
    expect(JSON.parse(io.text())).toMatchObject({
      call_id: 'first',
      kind: 'same',
      recorded: { kind: 'permit' },
    });
  });

  test('a call nobody decided, and a policy that is not there', async () => {
    expect((await cli('replay', 'none')).code).toBe(1);
    const lost = await cli('replay', 'lost');
    expect(lost.code).toBe(3);
    expect(lost.io.errors.join()).toContain('is not in this ledger');
  });
});

describe('rules diff', () => {
  test('lists what a folder would have answered otherwise, and nothing else', async () => {
    const { code, io } = await cli(
      'rules',
      'diff',
      'recorded',
      'stricter',
      '--replay',
      'yesterday',
      '--json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(io.text())).toMatchObject({
      decisions: 5,
      changed: [{ call_id: 'third', from: 'permit', to: 'veto too_many_attempts' }],
    });
  });

  test('nothing changes under the policy that decided, named by the head of its hash', async () => {
    const { code, io } = await cli(
      'rules',
      'diff',
      'recorded',
      policy.hash.slice(0, 12),
      '--replay',
      '2026-11-24',
    );
    expect(code).toBe(0);
    expect(io.text()).toContain('5 decisions of 2026-11-24, 0 answered otherwise');
  });

  test('says of a policy that only a refused reload wrote that it was never in force, to people and machines', async () => {
    const note = `policy ${REFUSED.slice(0, 12)} was never in force: the reload that wrote it was refused`;
    const asked = ['rules', 'diff', policy.hash, REFUSED.slice(0, 8), '--replay', '2026-11-24'];
    const { io } = await cli(...asked);
    expect(io.text().split('\n')[0]).toBe(`note: ${note}`);
    expect(JSON.parse((await cli(...asked, '--json')).io.text())).toMatchObject({ notes: [note] });
    const inForce = await cli('rules', 'diff', 'recorded', policy.hash, '--replay', '2026-11-24', '--json');
    expect(JSON.parse(inForce.io.text())).toMatchObject({ notes: [] });
  });

  test('a name that is no policy is told with what would be one', async () => {
    const { code, io } = await cli('rules', 'diff', 'recorded', 'strciter', '--replay', '2026-11-24');
    expect(code).toBe(2);
    expect(io.errors.join('\n')).toContain('policy `strciter`: expected recorded, the head of a policy hash');
  });

  test('another day holds nothing', async () => {
    const { io } = await cli('rules', 'diff', 'recorded', 'stricter', '--replay', 'today');
    expect(io.text()).toContain('0 decisions');
  });

  test.each([
    ['tomorrow', 'stricter'],
    ['2026-13-01', 'stricter'],
    ['yesterday', 'abcdef012345'],
  ])('refuses --replay %s to %s', async (day, to) => {
    expect((await cli('rules', 'diff', 'recorded', to, '--replay', day)).code).toBe(2);
  });
});

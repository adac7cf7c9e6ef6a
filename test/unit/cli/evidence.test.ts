/** `evidence`: what a terminal shows, what goes into files, and what becomes of a file that somebody has touched. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { Dossier } from '../../../src/control/evidence/dossier.ts';
import { openEvidenceWorld } from '../../support/evidence-world.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';
import { startStub, type StubSidecar } from '../../support/stub-sidecar.ts';

const PATH = '/v1/evidence/303%20555%200101?format=json';

let stub: StubSidecar;
let directory: string;
let dossier: Dossier;
beforeEach(async () => {
  stub = await startStub();
  directory = await mkdtemp(join(tmpdir(), 'breakwater-evidence-'));
  dossier = await (await openEvidenceWorld()).dossier();
  stub.answers = { [`GET ${PATH}`]: [{ body: dossier }] };
});
afterEach(async () => {
  await stub.close();
  await rm(directory, { recursive: true });
});

async function cli(...line: readonly string[]): Promise<{ code: number; io: FakeIo }> {
  const io = fakeIo({ BREAKWATER_URL: stub.url });
  const code = await runCli(line, io, () => Promise.reject(new Error('needs no wiring')), {
    version: '0.1.0',
    nodeVersion: 'v24.0.0',
  });
  return { code, io };
}

describe('evidence', () => {
  it('shows what there is', async () => {
    const { code, io } = await cli('evidence', '303 555 0101');
    expect(code).toBe(0);
    for (const told of [
      /1 consents, 1 revocations, 3 decisions, 2 calls/,
      /opt_out +sunrise +key_press/,
      /veto +solar-west +\S+ +on_internal_list/,
      /\+13035550199 +6 +connected/,
      /~called\.wav .*[0-9a-f]{64}/,
      /chains sound: \d+ entries of 1 writer/,
    ]) {
      expect(io.text()).toMatch(told);
    }
  });

  it('gives machines the document as it came', async () => {
    const { code, io } = await cli('evidence', '303 555 0101', '--json');
    expect([code, JSON.parse(io.text())]).toEqual([0, dossier]);
  });

  it('writes the page', async () => {
    const file = join(directory, 'dossier.html');
    const { code, io } = await cli('evidence', '303 555 0101', '--html', file);
    expect([code, io.text()]).toEqual([0, `${file}: ${dossier.statement}`]);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>[^]*Evidence for \+13035550101/);
  });

  it('exits 3 when the page cannot be written', async () => {
    const { code, io } = await cli('evidence', '303 555 0101', '--html', join(directory, 'no/where.html'));
    expect([code, io.errors.join('\n')]).toEqual([3, expect.stringContaining('ENOENT')]);
  });

  it('exits 1 and says so when a chain is broken', async () => {
    const chains = { ...dossier.proof.chains, sound: false, fault: 'seq_gap at entry 3' };
    stub.answers = { [`GET ${PATH}`]: [{ body: { ...dossier, proof: { ...dossier.proof, chains } } }] };
    const { code, io } = await cli('evidence', '303 555 0101');
    expect([code, io.text()]).toEqual([1, expect.stringContaining('CHAINS BROKEN: seq_gap at entry 3')]);
  });

  it('goes on after an entry', async () => {
    stub.answers = { [`GET ${PATH}&after=4711`]: [{ body: dossier }] };
    expect((await cli('evidence', '303 555 0101', '--after', '4711')).code).toBe(0);
  });

  it('exits 2 without a number', async () => {
    expect((await cli('evidence')).code).toBe(2);
  });
});

describe('evidence verify', () => {
  async function fileOf(text: string): Promise<string> {
    const file = join(directory, 'dossier.json');
    await writeFile(file, text);
    return file;
  }

  it('needs no sidecar', async () => {
    const file = await fileOf(JSON.stringify(dossier, null, 2));
    await stub.close();
    const { code, io } = await cli('evidence', 'verify', file);
    expect([code, io.output[0]]).toEqual([
      0,
      `sound: ${dossier.proof.entries.length + 1} hashes of ${dossier.proof.entries.length} entries about +13035550101`,
    ]);
    stub = await startStub();
  });

  it('names the first place where a changed byte shows', async () => {
    const text = JSON.stringify(dossier).replace('key_press', 'key_prezz');
    const { code, io } = await cli('evidence', 'verify', await fileOf(text));
    expect([code, io.text()]).toEqual([
      1,
      'DIFFERS at revocations[0].channel\n  `key_prezz` is given, the entries make `key_press`',
    ]);
  });

  it('tells machines', async () => {
    const text = JSON.stringify(dossier).replace('key_press', 'key_prezz');
    const { code, io } = await cli('evidence', 'verify', await fileOf(text), '--json');
    expect([code, JSON.parse(io.text())]).toMatchObject([1, { ok: false, where: 'revocations[0].channel' }]);
  });

  it.each([
    ['{', 1, 'is not JSON'],
    ['[]', 1, 'DIFFERS at the whole document\n  not a JSON object'],
    ['{"format":"else"}', 1, 'DIFFERS at format'],
  ])('of %s exits %i', async (text, expected, told) => {
    const { code, io } = await cli('evidence', 'verify', await fileOf(text));
    expect(code).toBe(expected);
    expect([...io.output, ...io.errors].join('\n')).toContain(told);
  });

  it('exits 3 when there is no file', async () => {
    const { code, io } = await cli('evidence', 'verify', join(directory, 'none.json'));
    expect([code, io.errors[0]]).toEqual([3, expect.stringContaining('ENOENT')]);
  });
});

/** `attest import` and `attest canary run`: what is sent, what is told, and the exit code. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attestImport } from '../../../src/cli/commands/attest-import.ts';
import { canaryRun } from '../../../src/cli/commands/canary.ts';
import { EXIT, type Io } from '../../../src/cli/io.ts';

const CALLER_ID = '+13035550101';

let directory: string;
let server: Server;
let url: string;
let asked: { readonly path: string; readonly body: Record<string, unknown> }[];
let answer: object;
let said: string[];

const io: Io = {
  out: (text) => void said.push(text),
  err: (text) => void said.push(text),
  env: {},
  nowMs: () => 0,
  sleep: () => Promise.resolve(),
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-attest-'));
  asked = [];
  said = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      asked.push({ path: request.url ?? '', body: JSON.parse(text) as Record<string, unknown> });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await rm(directory, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

test('a CSV file: the document is hashed here, and stands for the lines that name none', async () => {
  answer = {
    written: 1,
    standing: 0,
    rejected: [{ index: 1, field: 'level', value: 'D', expected: 'A, B or C' }],
  };
  const own = 'cd'.repeat(32);
  const code = await attestImport(
    {
      url,
      file: await file('a.csv', `caller_id,level,document_sha256\n${CALLER_ID},A,\n${CALLER_ID},D,${own}\n`),
      document: await file('letter.pdf', 'letter'),
      expires: '2027-01-31T00:00:00Z',
    },
    io,
  );
  expect(code).toBe(EXIT.notOk);
  const sha256 = createHash('sha256').update('letter').digest('hex');
  const expires_at = '2027-01-31T00:00:00Z';
  expect(asked).toEqual([
    {
      path: '/v1/attestations/import',
      body: {
        rows: [
          { caller_id: CALLER_ID, level: 'A', document_sha256: sha256, expires_at },
          { caller_id: CALLER_ID, level: 'D', document_sha256: own, expires_at },
        ],
      },
    },
  ]);
  expect(said).toEqual([
    'line 3: rejected, level `D`: expected A, B or C',
    '1 statement written, 0 stood already, 1 rejected',
  ]);
});

test('a JSON list, in batches', async () => {
  answer = { written: 1, standing: 1, rejected: [] };
  const rows = Array.from({ length: 201 }, () => ({ caller_id: CALLER_ID, level: 'A' }));
  expect(await attestImport({ url, file: await file('a.json', JSON.stringify(rows)) }, io)).toBe(EXIT.ok);
  expect(asked.map(({ body }) => (body['rows'] as unknown[]).length)).toEqual([200, 1]);
  expect(said).toEqual(['2 statements written, 2 stood already, 0 rejected']);
});

test('a column that nobody knows, and a text that is no list of records, send nothing', async () => {
  const csv = await file('a.csv', 'caller_id,lvl\n+13035550101,A\n');
  await expect(attestImport({ url, file: csv }, io)).rejects.toThrow('column `lvl` is not known');
  const json = await file('a.json', '[{"caller_id":7}]');
  await expect(attestImport({ url, file: json }, io)).rejects.toThrow('item 1: expected');
  expect(asked).toEqual([]);
});

test('a canary that is cause for an alarm is not ok', async () => {
  const canary = {
    ...{
      caller_id: CALLER_ID,
      trunk: 'carrier',
      canary: 'canary-1',
      outcome: 'arrived',
      level: 'A',
      alarm: null,
    },
    findings: [{ source: 'identity', level: 'A', text: '' }],
  };
  answer = { canaries: [canary] };
  expect(await canaryRun({ url, callerId: CALLER_ID, trunk: 'carrier' }, io)).toBe(EXIT.ok);
  expect(asked[0]?.body).toEqual({ caller_id: CALLER_ID, trunk: 'carrier', wait: true });
  expect(said.join('\n')).toMatch(/\+13035550101\s+carrier\s+arrived\s+A\s+-\s+identity A/);
  answer = { canaries: [{ ...canary, level: 'B', alarm: 'fell' }] };
  expect(await canaryRun({ url }, io)).toBe(EXIT.notOk);
  answer = { canaries: [] };
  expect(await canaryRun({ url }, io)).toBe(EXIT.notOk);
});

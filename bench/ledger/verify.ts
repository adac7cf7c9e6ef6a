/**
 * How fast an export is verified: by one process, by one for each core, and beside them what the hashes alone and Ed25519 signatures
 * alone would take.
 */
import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { verifyFiles } from '../../src/cli/verify/verify-files.ts';
import { exportLine } from '../../src/control/export-line.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { sha256Hex } from '../../src/domain/hash-chain.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { instant } from '../../src/domain/time.ts';

export interface VerifyBench {
  readonly entries: number;
  readonly directory: string;
  readonly print: (name: string, metric: string, value: number, unit: string) => void;
  /** The body of entry `index`. */
  readonly body: (index: number) => Parameters<typeof canonicalJson>[0];
}

const WRITERS = ['east', 'west'] as readonly string[] as readonly WriterId[];
const STARTED = Date.parse('2026-11-01T12:00:00Z');
const LINES_PER_WRITE = 5_000;
const FLOOR_HASHES = 400_000;
const FLOOR_SIGNATURES = 2_000;

export async function benchVerify({ entries, directory, print, body }: VerifyBench): Promise<void> {
  const path = join(directory, 'export.jsonl');
  const sample = await writeExport(path, entries, body);
  const { size } = await stat(path);
  const label = `verify/entries=${entries}`;
  print(label, 'bytes_per_entry', size / entries, 'B');
  print(
    `${label}/floor=sha256`,
    'hashes_per_second',
    perSecond(FLOOR_HASHES, (at) => void sha256Hex(sample[at % sample.length] ?? '')),
    '1/s',
  );
  print(`${label}/floor=ed25519`, 'signatures_per_second', signaturesPerSecond(sample[0] ?? ''), '1/s');
  for (const processes of [0, availableParallelism()]) {
    const started = performance.now();
    const found = await verifyFiles([path], { processes });
    const elapsed = performance.now() - started;
    if (!found.ok || found.entries !== entries) throw new Error(`not sound: ${JSON.stringify(found)}`);
    const how = processes === 0 ? 'in-process' : `processes=${processes}`;
    print(`${label}/${how}`, 'entries_per_second', (entries / elapsed) * 1_000, '1/s');
  }
}

/** Two writers in turn. Answers texts as they are hashed, for the floor. */
async function writeExport(
  path: string,
  entries: number,
  body: VerifyBench['body'],
): Promise<readonly string[]> {
  const heads = WRITERS.map(() => EMPTY_CHAIN);
  const sample: string[] = [];
  const file = await open(path, 'w');
  let lines: string[] = [];
  for (let id = 1; id <= entries; id += 1) {
    const turn = id % WRITERS.length;
    const content = {
      kind: 'decision',
      bodyText: canonicalJson(body(id)),
      at: instant(STARTED + id),
    } as const;
    const link = nextLink(heads[turn] ?? EMPTY_CHAIN, WRITERS[turn] as WriterId, content);
    heads[turn] = link;
    const line = exportLine(entryOf(link, id));
    if (sample.length < LINES_PER_WRITE) sample.push(line);
    lines.push(line);
    if (lines.length < LINES_PER_WRITE && id < entries) continue;
    await file.write(`${lines.join('\n')}\n`);
    lines = [];
  }
  await file.close();
  return sample;
}

function signaturesPerSecond(text: string): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const data = Buffer.from(text);
  const signature = sign(null, data, createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  return perSecond(FLOOR_SIGNATURES, () => void verify(null, data, publicKey, signature));
}

function perSecond(count: number, work: (at: number) => void): number {
  const started = performance.now();
  for (let at = 0; at < count; at += 1) work(at);
  return (count / (performance.now() - started)) * 1_000;
}

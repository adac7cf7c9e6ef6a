/** `ledger keys` and `ledger verify --checkpoints`: a chain that was written anew or cut off is found with the public key alone. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkpointFile } from '../../../src/adapters/files/checkpoint-file.ts';
import { runCli } from '../../../src/cli/program.ts';
import { exportLine } from '../../../src/control/export-line.ts';
import { EMPTY_CHAIN, entryOf, type Link, nextLink } from '../../../src/domain/chain-link.ts';
import { checkpointSigner } from '../../../src/domain/checkpoint.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import { instant } from '../../../src/domain/time.ts';
import { fakeIo, type FakeIo } from '../../support/fake-io.ts';

let folder: string;
let io: FakeIo;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

async function run(...line: readonly string[]): Promise<number> {
  io = fakeIo();
  return runCli(['ledger', ...line], io, () => Promise.reject(new Error('needs no wiring')), {
    version: '0.1.0',
    nodeVersion: 'v24.0.0',
  });
}
const said = (): string => [...io.output, ...io.errors].join('\n');

/** Links of one writer; `text` makes another chain of the same length. */
function chain(length: number, text = 'as it was'): readonly Link[] {
  let head = EMPTY_CHAIN;
  return Array.from({ length }, (_, index) => {
    const bodyText = JSON.stringify({ callId: `c-${index}`, text });
    const link = nextLink(head, 'w1' as WriterId, {
      kind: 'call_progress',
      bodyText,
      at: instant(Date.parse('2026-11-23T18:00:00Z') + index),
    });
    head = link;
    return link;
  });
}

function exportOf(links: readonly Link[]): string {
  const path = at('export.jsonl');
  writeFileSync(path, links.map((link, index) => `${exportLine(entryOf(link, index + 1))}\n`).join(''));
  return path;
}

/** Signed heads of the chain as it was, appended as the sidecar does. */
async function keep(keyName: string, ...links: readonly (Link | undefined)[]): Promise<string> {
  const sign = checkpointSigner(createPrivateKey(readFileSync(at(keyName))));
  for (const link of links) {
    if (link === undefined) throw new Error('no such link');
    const { writer, seq, hash, at: stamped } = link;
    await checkpointFile(at('kept.jsonl')).put(sign({ writer, seq, hash, at: stamped }));
  }
  return at('kept.jsonl');
}

describe('ledger keys', () => {
  test('two halves that belong together; the private one is for its owner alone', async () => {
    expect(await run('keys', '--out', at('key.pem'), '--json')).toBe(0);
    expect(JSON.parse(io.text())).toMatchObject({
      private_key: at('key.pem'),
      public_key: at('key.pem.pub'),
    });
    expect(statSync(at('key.pem')).mode & 0o777).toBe(0o600);
    const privateHalf = createPrivateKey(readFileSync(at('key.pem')));
    const publicHalf = createPublicKey(readFileSync(at('key.pem.pub')));
    expect(privateHalf.asymmetricKeyType).toBe('ed25519');
    expect(createPublicKey(privateHalf).equals(publicHalf)).toBe(true);
    expect(readFileSync(at('key.pem.pub'), 'utf8')).not.toContain('PRIVATE');
  });

  test('neither half is ever written over', async () => {
    await run('keys', '--out', at('key.pem'));
    const before = readFileSync(at('key.pem'), 'utf8');
    expect(await run('keys', '--out', at('key.pem'))).toBe(2);
    expect(said()).toContain('is not written over');
    expect(readFileSync(at('key.pem'), 'utf8')).toBe(before);
    writeFileSync(at('other.pem.pub'), 'somebody’s');
    expect(await run('keys', '--out', at('other.pem'))).toBe(2);
    expect(() => statSync(at('other.pem')), 'half a pair').toThrow('ENOENT');
    expect(readFileSync(at('other.pem.pub'), 'utf8')).toBe('somebody’s');
  });

  test('a folder that is not there is told', async () => {
    expect(await run('keys', '--out', at('nowhere/key.pem'))).toBe(3);
    expect(said()).toContain('ENOENT');
  });
});

describe('ledger verify --checkpoints', () => {
  const verify = (...more: readonly string[]): Promise<number> =>
    run('verify', '--file', at('export.jsonl'), '--checkpoints', at('kept.jsonl'), ...more);
  const withKey = (): readonly string[] => ['--public-key', at('key.pem.pub')];

  beforeEach(() => run('keys', '--out', at('key.pem')));

  test('a chain that stands as it was signed is sound', async () => {
    const links = chain(5);
    exportOf(links);
    await keep('key.pem', links[1], links[4]);
    expect(await verify(...withKey())).toBe(0);
    expect(said()).toContain('2 signed checkpoints');
  });

  test('a whole new chain, sound in itself, is found', async () => {
    await keep('key.pem', chain(5)[3]);
    exportOf(chain(5, 'as somebody would like it'));
    expect(await run('verify', '--file', at('export.jsonl'))).toBe(0);
    expect(await verify(...withKey())).toBe(1);
    expect(said()).toMatch(/BROKEN at entry 4 .*head_differs/);
  });

  test('entries cut off behind a checkpoint are missed', async () => {
    const links = chain(5);
    await keep('key.pem', links[4]);
    exportOf(links.slice(0, 3));
    expect(await verify(...withKey())).toBe(1);
    expect(said()).toContain('cut_off');
  });

  test('a checkpoint of another key, or a line that is none, ends it with its line', async () => {
    const links = chain(3);
    exportOf(links);
    await run('keys', '--out', at('other.pem'));
    await keep('key.pem', links[0]);
    await keep('other.pem', links[1]);
    expect(await verify(...withKey())).toBe(1);
    expect(said()).toMatch(/kept\.jsonl` line 2 was signed by key/);
    expect(await verify('--public-key', at('key.pem.pub'), at('other.pem.pub'))).toBe(0);
    appendFileSync(at('kept.jsonl'), 'what is this?');
    expect(await verify('--public-key', at('key.pem.pub'), at('other.pem.pub'))).toBe(1);
    expect(said()).toMatch(/line 3 is no object of JSON/);
  });

  test('of one that was changed nothing is believed', async () => {
    const links = chain(3);
    exportOf(links);
    const path = await keep('key.pem', links[1]);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"seq":2', '"seq":1'));
    expect(await verify(...withKey())).toBe(1);
    expect(said()).toMatch(/line 1 has a signature that does not hold/);
  });

  test('what the files go on from must not contradict a checkpoint; earlier ones are not looked for', async () => {
    const links = chain(4);
    writeFileSync(
      at('export.jsonl'),
      links
        .slice(2)
        .map((link, index) => `${exportLine(entryOf(link, index + 3))}\n`)
        .join(''),
    );
    const from = (link: Link | undefined): string => {
      writeFileSync(at('from.json'), JSON.stringify({ heads: { w1: { seq: link?.seq, hash: link?.hash } } }));
      return at('from.json');
    };
    await keep('key.pem', links[0], links[1], links[3]);
    expect(await verify(...withKey(), '--from', from(links[1]))).toBe(0);
    expect(said()).toContain('3 signed checkpoints; 1 of them before what --from names');
    const other = chain(4, 'another');
    writeFileSync(
      at('export.jsonl'),
      other
        .slice(2)
        .map((link, index) => `${exportLine(entryOf(link, index + 3))}\n`)
        .join(''),
    );
    writeFileSync(at('kept.jsonl'), '');
    await keep('key.pem', links[1]);
    expect(await verify(...withKey(), '--from', from(other[1]))).toBe(1);
    expect(said()).toContain('--checkpoints and --from contradict each other at seq 2');
  });

  test('what a crash left half written is passed over, and does not swallow the next checkpoint', async () => {
    const links = chain(2);
    exportOf(links);
    writeFileSync(at('kept.jsonl'), '{"half');
    expect(await verify(...withKey()), 'nothing but a half').toBe(1);
    await keep('key.pem', links[0], links[1]);
    expect(await verify(...withKey())).toBe(0);
    expect(said()).toMatch(/kept\.jsonl` line 1 is half a checkpoint: passed over\n2 signed checkpoints/);
    expect(readFileSync(at('kept.jsonl'), 'utf8').split('\n')).toEqual([
      '{"half',
      expect.stringContaining('"seq":1'),
      expect.stringContaining('"seq":2'),
      '',
    ]);
  });

  test('two checkpoints that contradict each other: one key has signed two histories', async () => {
    exportOf(chain(3));
    await keep('key.pem', chain(3)[2], chain(3, 'another')[2]);
    expect(await verify(...withKey())).toBe(1);
    expect(said()).toContain('another checkpoint says');
  });

  test('heads and checkpoints may be given together, and have to agree', async () => {
    const links = chain(3);
    exportOf(links);
    await keep('key.pem', links[1]);
    const heads = (link: Link | undefined): string =>
      JSON.stringify({ heads: { w1: { seq: link?.seq, hash: link?.hash } } });
    writeFileSync(at('heads.json'), heads(links[2]));
    expect(await verify(...withKey(), '--heads', at('heads.json'))).toBe(0);
    writeFileSync(at('heads.json'), heads(chain(3, 'another')[1]));
    expect(await verify(...withKey(), '--heads', at('heads.json'))).toBe(1);
    expect(said()).toContain('contradict each other at seq 2');
  });

  test.each([
    ['no key', [], 'belong together'],
    ['a key that is none', ['--public-key', 'export.jsonl'], 'expected the `.pub` file'],
    ['a key that is not there', ['--public-key', 'nothing'], 'ENOENT'],
  ])('%s', async (_, more, problem) => {
    const links = chain(1);
    exportOf(links);
    await keep('key.pem', links[0]);
    expect(await verify(...more.map((word) => (word.startsWith('--') ? word : at(word))))).not.toBe(0);
    expect(said()).toContain(problem);
  });

  test('an empty file, or a folder, proves nothing', async () => {
    exportOf(chain(1));
    writeFileSync(at('kept.jsonl'), '\n');
    expect(await verify(...withKey())).toBe(1);
    expect(said()).toContain('holds no checkpoint');
    rmSync(at('kept.jsonl'));
    mkdirSync(at('kept.jsonl'));
    expect(await verify(...withKey())).toBe(3);
  });

  test('the store is exported first', async () => {
    expect(await run('verify', '--checkpoints', at('kept.jsonl'), ...withKey())).toBe(2);
    expect(said()).toContain('--checkpoints needs --file');
  });
});

/** A vault without a disk or a key: for tests of who asks it for what, and when. */
import type { KeptFile } from '../../src/domain/recording.ts';
import type { RecordingVault } from '../../src/ports/recording-vault.ts';

export interface MemoryVault extends RecordingVault {
  /** Files of the exchange that lie there, and files that are kept. */
  readonly plain: Set<string>;
  readonly kept: Set<string>;
}

const STORE = '0'.repeat(32);

export function memoryVault(): MemoryVault {
  const plain = new Set<string>();
  const kept = new Set<string>();
  const nothing = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield new Uint8Array();
  };
  const remove = (from: Set<string>) => (files: readonly string[]) => {
    for (const file of files) from.delete(file);
    return Promise.resolve();
  };
  return {
    plain,
    kept,
    problem: () => Promise.resolve(null),
    plainFiles: (named) =>
      Promise.resolve(
        [...plain].filter((file) => named?.includes(file) ?? true).map((file) => ({ file, quietMs: 60_000 })),
      ),
    keep(track, { file, sha256 }) {
      kept.add(file);
      const container = { container: file, containerSha256: sha256, containerBytes: 1 };
      const done: KeptFile = { track, file, sha256, bytes: 1, ...container, keyId: 'k', store: STORE };
      return Promise.resolve(done);
    },
    removePlain: remove(plain),
    removeKept: remove(kept),
    has: ({ file }) => Promise.resolve(kept.has(file)),
    stores: () => Promise.resolve([STORE]),
    absence: () => Promise.resolve(null),
    check: () => Promise.resolve({ kind: 'whole' }),
    open: nothing,
    openContainer: nothing,
  };
}

/** A disk in memory that fails when it is told to: a short write, a write that leaves a part behind, an fsync that says no, no room to cut. */
import type { SpoolDisk } from '../../src/adapters/files/spool-disk.ts';

export interface FaultyDisk extends SpoolDisk {
  readonly files: Map<string, Uint8Array>;
  /** One word for each coming write or fsync; none left: all is well. */
  readonly faults: ('short' | 'torn' | 'sync' | 'full')[];
  /** What was cut cannot be cut. */
  cannotCut: boolean;
  /** Every open fails with this code. */
  refuses: string | null;
  syncs: number;
}

export function faultyDisk(): FaultyDisk {
  const files = new Map<string, Uint8Array>();
  const failure = (code: string): Error => Object.assign(new Error(code), { code });
  const disk: FaultyDisk = {
    files,
    faults: [],
    cannotCut: false,
    refuses: null,
    syncs: 0,
    prepare: () => Promise.resolve(),
    read: (path) => Promise.resolve(files.get(path) ?? null),
    open(path) {
      if (disk.refuses !== null) return Promise.reject(failure(disk.refuses));
      if (!files.has(path)) files.set(path, new Uint8Array());
      const put = (bytes: Uint8Array, offset: number): void => {
        const before = files.get(path) ?? new Uint8Array();
        const after = new Uint8Array(Math.max(before.length, offset + bytes.length));
        after.set(before);
        after.set(bytes, offset);
        files.set(path, after);
      };
      return Promise.resolve({
        write(bytes, offset) {
          const fault = disk.faults[0] === 'sync' ? undefined : disk.faults.shift();
          if (fault === 'full') return Promise.reject(failure('ENOSPC'));
          const part = fault === undefined ? bytes : bytes.subarray(0, Math.ceil(bytes.length / 2));
          put(part, offset);
          return fault === 'torn' ? Promise.reject(failure('EIO')) : Promise.resolve(part.length);
        },
        sync() {
          disk.syncs += 1;
          if (disk.faults[0] !== 'sync') return Promise.resolve();
          disk.faults.shift();
          return Promise.reject(failure('EIO'));
        },
        truncate(length) {
          if (disk.cannotCut) return Promise.reject(failure('EIO'));
          files.set(path, (files.get(path) ?? new Uint8Array()).slice(0, length));
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
    remove(path) {
      files.delete(path);
      return Promise.resolve();
    },
  };
  return disk;
}

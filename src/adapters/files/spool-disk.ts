/** The few things the spool asks of a file system, so that a test can put a failing one in its place. */
import { access, constants, type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface SpoolDisk {
  /** The folder is there and can be written to; rejects when not. */
  prepare(directory: string): Promise<void>;
  /** Null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** For appending, mode 0600; durable as a name of its folder. */
  open(path: string): Promise<SpoolHandle>;
  /** Durable. */
  remove(path: string): Promise<void>;
}

export interface SpoolHandle {
  /** At the offset; resolves with how many bytes were taken. */
  write(bytes: Uint8Array, offset: number): Promise<number>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export const realDisk: SpoolDisk = {
  async prepare(directory) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK | constants.X_OK);
  },
  read: (path) =>
    readFile(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }),
  async open(path) {
    const file = await openFile(path);
    await syncFolder(dirname(path));
    return {
      write: async (bytes, offset) => (await file.write(bytes, 0, bytes.length, offset)).bytesWritten,
      sync: () => file.datasync(),
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    };
  },
  async remove(path) {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  },
};

/** Not `a`: after a failed write the next one goes where that one began. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'wx+', 0o600);
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

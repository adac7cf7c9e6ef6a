/** Checkpoints appended to a file, a line of JSON each. It belongs on another machine's disk, or where only appending is allowed. */
import { type FileHandle, open } from 'node:fs/promises';
import type { CheckpointOutlet } from '../../ports/checkpoint-outlets.ts';

export const checkpointFile = (path: string): CheckpointOutlet => ({
  kind: 'file',
  name: path,
  async put(checkpoint) {
    const file = await open(path, 'a+', 0o600);
    try {
      const line = `${JSON.stringify(checkpoint)}\n`;
      // What a crash or a full disk left half written must not swallow this one.
      await file.appendFile((await endsLine(file)) ? line : `\n${line}`);
      await file.sync();
    } finally {
      await file.close();
    }
  },
});

async function endsLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] === 0x0a;
}

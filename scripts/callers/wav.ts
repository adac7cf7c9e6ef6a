/** Sound files: 16-bit mono PCM WAV, which is what Asterisk plays and what people can listen to. */
import { readFile, writeFile } from 'node:fs/promises';

export async function writeWav(file: string, samples: Int16Array, rate = 8_000): Promise<void> {
  const header = Buffer.alloc(44);
  const bytes = samples.length * 2;
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  const body = Buffer.alloc(bytes);
  samples.forEach((sample, index) => body.writeInt16LE(sample, index * 2));
  await writeFile(file, Buffer.concat([header, body]));
}

export async function readWav(
  file: string,
): Promise<{ samples: Int16Array; rate: number; channels: number }> {
  const data = await readFile(file);
  if (data.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`\`${file}\` is not a WAV file`);
  let channels = 0;
  let rate = 0;
  for (let offset = 12; offset + 8 <= data.length;) {
    const kind = data.toString('latin1', offset, offset + 4);
    const size = data.readUInt32LE(offset + 4);
    const start = offset + 8;
    if (kind === 'fmt ') {
      channels = data.readUInt16LE(start + 2);
      rate = data.readUInt32LE(start + 4);
      if (data.readUInt16LE(start) !== 1 || data.readUInt16LE(start + 14) !== 16) {
        throw new Error(`\`${file}\` is not 16-bit PCM`);
      }
    } else if (kind === 'data') {
      const count = Math.floor(Math.min(size, data.length - start) / 2);
      return {
        samples: Int16Array.from({ length: count }, (_, i) => data.readInt16LE(start + i * 2)),
        rate,
        channels,
      };
    }
    offset = start + size + (size % 2);
  }
  throw new Error(`\`${file}\` holds no sound`);
}

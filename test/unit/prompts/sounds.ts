/** Made sounds: a tone that passes for speech of a given length, and WAV files with any header. */
export function wavFile(
  samples: Int16Array,
  { rate = 8_000, channels = 1, bits = 16, coding = 1 } = {},
): Buffer {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(coding, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE((rate * channels * bits) / 8, 28);
  header.writeUInt16LE((channels * bits) / 8, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** `silenceMs` of nothing, then a 440 Hz tone. */
export function tone(ms: number, { level = 0.5, silenceMs = 0 } = {}): Int16Array {
  const silent = silenceMs * 8;
  return Int16Array.from({ length: silent + ms * 8 }, (_, at) =>
    at < silent ? 0 : Math.round(32_767 * level * Math.sin((2 * Math.PI * 440 * at) / 8_000)),
  );
}

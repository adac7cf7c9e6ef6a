/** Reads a stream in pieces of a wanted size, and knows without reading on whether there is more. */
export interface ByteReader {
  /** As many bytes as wanted; fewer only at the end. */
  take(count: number): Promise<Buffer>;
  isAtEnd(): Promise<boolean>;
}

export function byteReader(stream: AsyncIterable<Uint8Array>): ByteReader {
  const source = stream[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let heldBytes = 0;

  /** Until `count` bytes are held or the stream has ended. */
  async function fill(count: number): Promise<void> {
    while (heldBytes < count) {
      const next = await source.next();
      if (next.done === true) return;
      held.push(Buffer.from(next.value));
      heldBytes += next.value.length;
    }
  }
  return {
    async take(count) {
      await fill(count);
      const all = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
      const taken = all.subarray(0, count);
      held = all.length > count ? [all.subarray(count)] : [];
      heldBytes = all.length - taken.length;
      return taken;
    },
    async isAtEnd() {
      await fill(1);
      return heldBytes === 0;
    },
  };
}

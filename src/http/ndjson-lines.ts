/** Bytes into the lines of an NDJSON stream. Holds one line at a time; a line that is too long is passed over and told of, once. */

export type Line =
  | { readonly kind: 'text'; readonly number: number; readonly text: string }
  | { readonly kind: 'too_long'; readonly number: number }
  | { readonly kind: 'not_utf8'; readonly number: number };

const LF = 0x0a;

/** Numbers count from 1, blank lines included; blank lines are left out. The last line needs no line feed. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Line, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let number = 1;

  function take(): Line | null {
    const line = heldBytes > lineBytesMax ? ({ kind: 'too_long', number } as const) : read(held, number);
    held = [];
    heldBytes = 0;
    number += 1;
    return line;
  }

  for await (const chunk of chunks) {
    let from = 0;
    while (from < chunk.length) {
      const at = chunk.indexOf(LF, from);
      const piece = chunk.subarray(from, at === -1 ? chunk.length : at);
      heldBytes += piece.length;
      // Of a line that is too long already nothing more is kept.
      if (heldBytes <= lineBytesMax) held.push(piece);
      if (at === -1) break;
      const line = take();
      if (line !== null) yield line;
      from = at + 1;
    }
  }
  const last = take();
  if (last !== null) yield last;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function read(pieces: readonly Uint8Array[], number: number): Line | null {
  try {
    const text = UTF8.decode(Buffer.concat(pieces)).trim();
    return text === '' ? null : { kind: 'text', number, text };
  } catch {
    return { kind: 'not_utf8', number };
  }
}

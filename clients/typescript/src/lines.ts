/** Text of a stream by lines, whatever pieces it comes in. Holds one line. */
export async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (held + decoder.decode(value, { stream: true })).split('\n');
      held = lines.pop() ?? '';
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
    held += decoder.decode();
    if (held !== '') yield held;
  } finally {
    // Left in the middle: the sidecar is to hear of it.
    await reader.cancel().catch(() => undefined);
  }
}

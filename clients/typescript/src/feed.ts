/** The feed of ledger entries, which goes on where it was cut: no entry is missed and none comes twice. */
import { linesOf } from './lines.ts';
import { BreakwaterProblem, BreakwaterUnreachable } from './problem.ts';
import { pause, type Transport } from './transport.ts';

export interface FeedEntry {
  /** Orders all entries; what `after` takes. */
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FeedOptions {
  /** The last entry that was seen. Left out: what comes from now on. */
  readonly after?: number;
  /** Left out: all kinds. */
  readonly kinds?: readonly string[];
  /** Ends the feed in good order. */
  readonly signal?: AbortSignal;
  /** Silence after which the connection is taken for dead; the sidecar sends a heartbeat each 10 s. Default 30,000. */
  readonly silenceMs?: number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** Ends only by `signal` or when the caller leaves; a request that is refused (4xx) is thrown. */
export async function* followFeed(
  transport: Transport,
  { after, kinds, signal, silenceMs = 30_000 }: FeedOptions,
): AsyncGenerator<FeedEntry, void, undefined> {
  let last = after;
  let failures = 0;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    const watch = silenceWatch(silenceMs, signal);
    try {
      const query = kinds === undefined ? '' : `?kinds=${kinds.map(encodeURIComponent).join(',')}`;
      const response = await transport.ask({
        ...{
          method: 'GET',
          path: `/v1/feed${query}`,
          streams: true,
          repeatable: false,
          signal: watch.signal,
        },
        headers: last === undefined ? {} : { 'last-event-id': String(last) },
      });
      for await (const event of eventsIn(response, watch.heard)) {
        failures = 0;
        if (event.id !== null) last = event.id;
        if (event.name !== 'hello' && event.name !== 'heartbeat') yield JSON.parse(event.data) as FeedEntry;
      }
    } catch (error) {
      if (isOver()) return;
      if (error instanceof BreakwaterProblem && error.status < 500 && error.status !== 429) throw error;
      if (error instanceof SyntaxError)
        throw new BreakwaterUnreachable('the feed is not what it should be', { cause: error });
    } finally {
      watch.stop();
    }
    await pause(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures), signal).catch(() => undefined);
    failures += 1;
  }
}

interface ServerEvent {
  readonly id: number | null;
  readonly name: string;
  readonly data: string;
}

/** As the HTML standard reads an event stream, as far as this server writes it. */
async function* eventsIn(
  response: Response,
  heard: () => void,
): AsyncGenerator<ServerEvent, void, undefined> {
  let id: number | null = null;
  let name = '';
  let data: string[] = [];
  for await (const line of linesOf(response.body ?? new ReadableStream())) {
    heard();
    if (line === '') {
      if (data.length > 0) yield { id, name, data: data.join('\n') };
      [id, name, data] = [null, '', []];
      continue;
    }
    const at = line.indexOf(':');
    const [field, value] = at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).replace(/^ /, '')];
    if (field === 'id') id = Number(value);
    else if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
  }
}

function silenceWatch(silenceMs: number, outer: AbortSignal | undefined) {
  const inner = new AbortController();
  const cut = (): void => inner.abort(new Error(`nothing heard for ${silenceMs} ms`));
  let timer = setTimeout(cut, silenceMs);
  return {
    signal: outer === undefined ? inner.signal : AbortSignal.any([inner.signal, outer]),
    heard: (): void => {
      clearTimeout(timer);
      timer = setTimeout(cut, silenceMs);
    },
    stop: (): void => {
      clearTimeout(timer);
    },
  };
}

/**
 * One request that asks many questions: a line of JSON each, answered by a line each, in order. Holds `atOnceMax` lines whatever comes:
 * where the asker does not read, nothing more is read of the asker; where the asker has gone, no further line is looked at.
 * INVARIANT (a-line-is-answered-once): what is wrong with a line is told in its answer, and the next line is read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { linesOf, type Line } from './ndjson-lines.ts';
import { describeProblem, HttpProblem, invalidInput } from './problem.ts';

export const NDJSON = 'application/x-ndjson';

export interface BatchLimits {
  /** As the body of a single question. */
  readonly lineBytesMax: number;
  /** Blank lines included; whoever has more asks again. */
  readonly linesMax: number;
  /** Lines of one batch that are looked into at the same time; they are written to the ledger together. */
  readonly atOnceMax: number;
  /** Batches of all askers: the single questions of dialers come in between. */
  readonly batchesMax: number;
  /** An asker who neither sends nor reads for so long is cut off. */
  readonly stalledMs: number;
}

export const BATCH_LIMITS: BatchLimits = {
  lineBytesMax: 64 * 1_024,
  linesMax: 1_000_000,
  atOnceMax: 32,
  batchesMax: 16,
  stalledMs: 60_000,
};

export interface LineAnswer {
  readonly view: object;
  /** The asker went before this could be told. */
  readonly untold?: () => Promise<void>;
}

export interface Batches {
  /** `answer` gets what a line says; what it throws is told as the problem of that line. */
  run(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (said: unknown) => Promise<LineAnswer>,
  ): Promise<void>;
  /** Lines that are being looked into are answered, and every batch ends with a line that says why. */
  close(): void;
}

type Told = { readonly text: string; readonly untold?: () => Promise<void> };

export function createBatches(limits: BatchLimits): Batches {
  /** Of the batches that are being answered. */
  const stops = new Set<() => void>();
  let open = 0;
  let closed = false;

  return {
    async run(request, reply, answer) {
      if (closed) throw new HttpProblem('shutting_down', 'the sidecar takes no new batch');
      if (open >= limits.batchesMax) {
        void reply.header('retry-after', '5');
        throw new HttpProblem('too_many_batches', `${limits.batchesMax} batches are being answered`);
      }
      reply.hijack();
      if (reply.raw.destroyed) return;
      open += 1;
      const talk: Talk = { answer, limits, stop: () => undefined, stopped: false };
      const stop = (): void => {
        talk.stopped = true;
        talk.stop();
      };
      stops.add(stop);
      const watch = watchStall(request.raw, reply.raw, limits.stalledMs);
      try {
        await converse(request, reply.raw, talk, watch.moved);
      } finally {
        watch.stop();
        stops.delete(stop);
        open -= 1;
        // Kept open for a next request it would hold up the end of the server.
        if (talk.stopped) request.raw.socket.destroySoon();
      }
    },
    close() {
      closed = true;
      for (const stop of stops) stop();
    },
  };
}

interface Talk {
  readonly answer: (said: unknown) => Promise<LineAnswer>;
  readonly limits: BatchLimits;
  /** Ends the wait for the next line. */
  stop: () => void;
  stopped: boolean;
}

async function converse(
  request: FastifyRequest,
  raw: ServerResponse,
  talk: Talk,
  moved: () => void,
): Promise<void> {
  const { answer, limits } = talk;
  const lines = linesOf(request.raw, limits.lineBytesMax);
  const underWay: Promise<Told>[] = [];
  // One promise for each line: what waits for something that lasts longer would be kept as long.
  const read = (): Promise<Heard> =>
    new Promise((resolve) => {
      talk.stop = () => resolve({ kind: 'shutting_down' });
      if (talk.stopped) talk.stop();
      lines.next().then(
        ({ done, value }) => resolve(done === true ? { kind: 'end' } : { kind: 'line', line: value }),
        () => resolve({ kind: 'gone' }),
      );
    });
  let coming: Promise<Heard> | null = read();
  let early: HttpProblem | null = null;
  const closed = new Promise<void>((resolve) => {
    raw.on('close', resolve);
  });
  raw.on('error', () => raw.destroy());
  raw.writeHead(200, HEADERS);
  raw.flushHeaders();

  while (coming !== null || underWay.length > 0) {
    const [oldest] = underWay;
    const turn: Turn = await Promise.race([
      ...(oldest === undefined ? [] : [oldest.then((told) => ({ kind: 'told', told }) as const)]),
      ...(coming === null || underWay.length >= limits.atOnceMax ? [] : [coming]),
    ]);
    moved();
    if (turn.kind === 'told') {
      void underWay.shift();
      await tell(raw, turn.told);
    } else if (turn.kind === 'line' && turn.line.number <= limits.linesMax && !raw.destroyed) {
      underWay.push(answered(turn.line, request, answer, limits));
      coming = read();
    } else {
      coming = null;
      if (turn.kind === 'line')
        early = new HttpProblem('batch_too_long', `more than ${limits.linesMax} lines`);
      if (turn.kind === 'shutting_down') early = new HttpProblem('shutting_down', 'ask again what is left');
    }
  }
  if (early !== null) await tell(raw, { text: problemLine(null, early, request) });
  raw.end();
  if (early !== null) await passOver(request.raw, lines);
  await closed;
}

/** Closed with bytes unread, the connection would take with it what the asker has not read yet. */
async function passOver(asker: IncomingMessage, lines: AsyncIterator<Line>): Promise<void> {
  const cut = setTimeout(() => asker.destroy(), LINGER_MS);
  try {
    while ((await lines.next()).done !== true);
  } catch {
    // The asker has gone.
  }
  clearTimeout(cut);
}

/** For an asker who goes on sending when the last line has been told. */
const LINGER_MS = 1_000;

type Heard =
  | { readonly kind: 'line'; readonly line: Line }
  | { readonly kind: 'end' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'shutting_down' };
type Turn = Heard | { readonly kind: 'told'; readonly told: Told };

const HEADERS = {
  'content-type': `${NDJSON}; charset=utf-8`,
  'cache-control': 'no-cache, no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

async function answered(
  line: Line,
  request: FastifyRequest,
  answer: (said: unknown) => Promise<LineAnswer>,
  limits: BatchLimits,
): Promise<Told> {
  try {
    const { view, untold } = await answer(saidIn(line, limits));
    const text = `${JSON.stringify({ line: line.number, ...view })}\n`;
    if (untold === undefined) return { text };
    const failed = (error: unknown): void => request.log.error({ err: error }, 'answer not taken back');
    return { text, untold: () => untold().catch(failed) };
  } catch (error) {
    return { text: problemLine(line.number, error, request) };
  }
}

function saidIn(line: Line, { lineBytesMax }: BatchLimits): unknown {
  if (line.kind === 'too_long') throw invalidInput('line', '', `at most ${lineBytesMax} bytes`);
  if (line.kind === 'not_utf8') throw invalidInput('line', '', 'UTF-8');
  try {
    return JSON.parse(line.text);
  } catch {
    throw invalidInput('line', line.text, 'one JSON object');
  }
}

/** `line`: null where it is the batch that cannot go on. */
function problemLine(line: number | null, error: unknown, request: FastifyRequest): string {
  const { body, log } = describeProblem(error, request.id);
  if (log) request.log.error({ err: error, line }, 'line of a batch failed');
  const { code, detail, field, value, expected } = body;
  return `${JSON.stringify({ line, error: { code, detail, field, value, expected } })}\n`;
}

/** Resolves when there is room for the next line. */
async function tell(raw: ServerResponse, { text, untold }: Told): Promise<void> {
  if (raw.destroyed) return untold?.();
  if (raw.write(text)) return;
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      raw.off('drain', goOn);
      raw.off('close', goOn);
      resolve();
    };
    raw.on('drain', goOn);
    raw.on('close', goOn);
  });
}

/** Cuts the connection when nothing has moved for `stalledMs`, and at most twice that. */
function watchStall(asker: IncomingMessage, raw: ServerResponse, stalledMs: number) {
  let still = false;
  const moved = (): void => {
    still = false;
  };
  const looking = setInterval(() => {
    if (still) {
      raw.destroy();
      asker.destroy();
    }
    still = true;
  }, stalledMs).unref();
  return { moved, stop: () => clearInterval(looking) };
}

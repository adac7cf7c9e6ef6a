/**
 * Many questions by few requests. Each request has a bounded number of lines, because not every `fetch` can send while it receives;
 * the answers are read as the caller takes them, and a caller who takes none holds the sidecar back.
 */
import { linesOf } from './lines.ts';
import { BreakwaterUnreachable } from './problem.ts';
import type { Transport } from './transport.ts';

export interface LineProblem {
  /** Stable, for example `invalid_input`. */
  readonly code: string;
  readonly detail: string;
  readonly field?: string;
  readonly value?: string;
  readonly expected?: string;
}

/** `index`: place of the question, from 0. */
export type BatchAnswer<Question, Answer> =
  | { readonly index: number; readonly question: Question; readonly answer: Answer }
  | { readonly index: number; readonly question: Question; readonly error: LineProblem };

export interface BatchOptions {
  /** Of one request; default 1,000. */
  readonly linesMax?: number;
  readonly signal?: AbortSignal;
}

const LINES_MAX = 1_000;
const NDJSON = 'application/x-ndjson';

export async function* askBatch<Question, Answer>(
  transport: Transport,
  path: string,
  questions: Iterable<Question> | AsyncIterable<Question>,
  { linesMax = LINES_MAX, signal }: BatchOptions,
): AsyncGenerator<BatchAnswer<Question, Answer>, void, undefined> {
  let first = 0;
  for await (const part of partsOf(questions, linesMax)) {
    const body = part.map((question) => `${JSON.stringify(question)}\n`).join('');
    // Asked once: what was answered has been given to the caller.
    const response = await transport.ask({
      ...{ method: 'POST', path, body, signal },
      ...{ contentType: NDJSON, streams: true, repeatable: false },
    });
    let told = 0;
    for await (const line of linesOf(response.body ?? new ReadableStream())) {
      const { line: number, error, ...answer } = JSON.parse(line) as Told;
      const question = number === null ? undefined : part[number - 1];
      if (number === null || question === undefined)
        throw cutShort(first + told, error?.detail ?? 'no such line');
      told += 1;
      const index = first + number - 1;
      yield error === undefined ? { index, question, answer: answer as Answer } : { index, question, error };
    }
    if (told < part.length) throw cutShort(first + told, 'the connection ended');
    first += part.length;
  }
}

interface Told {
  /** Null: the batch ends here, for a reason that no line has. */
  readonly line: number | null;
  readonly error?: LineProblem;
}

const cutShort = (answered: number, why: string): BreakwaterUnreachable =>
  new BreakwaterUnreachable(`the batch ended after ${answered} answers: ${why}`);

async function* partsOf<T>(
  all: Iterable<T> | AsyncIterable<T>,
  size: number,
): AsyncGenerator<readonly T[], void, undefined> {
  let part: T[] = [];
  for await (const each of all) {
    part.push(each);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

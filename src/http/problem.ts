/**
 * Everything that goes wrong at this door, as RFC 9457 problem details. The only file that knows status codes:
 * routes return values or throw. An answer (a veto, a busy line) is never a problem.
 */
import { Type, type Static, type TSchema } from 'typebox';
import { InputProblem } from '../control/operations.ts';

interface ProblemInfo {
  readonly status: number;
  readonly title: string;
}

export const PROBLEMS = {
  invalid_json: { status: 400, title: 'the body is not JSON' },
  invalid_input: { status: 400, title: 'the request has an unusable value' },
  unauthorized: { status: 401, title: 'a valid bearer token is needed' },
  bad_signature: { status: 401, title: 'the event is not signed as its source must sign' },
  forbidden: { status: 403, title: 'the token lacks the scope for this' },
  foreign_host: { status: 403, title: 'the Host header does not name this server' },
  foreign_origin: { status: 403, title: 'requests from other origins may not change anything' },
  not_found: { status: 404, title: 'there is nothing here' },
  recording_deleted: { status: 410, title: 'the recording was deleted' },
  agent_not_ready: { status: 409, title: 'the agent cannot make a call now; nothing was recorded' },
  body_too_large: { status: 413, title: 'the body is larger than 64 kB, or 1 MB for an import' },
  unsupported_media_type: {
    status: 415,
    title: 'the body must be application/json, or application/x-ndjson for a batch',
  },
  batch_too_long: { status: 413, title: 'the batch has too many lines; send the rest as another' },
  idempotency_key_reused: { status: 422, title: 'the key belongs to another call' },
  unusable_event: { status: 422, title: 'the event is signed, but its mapping cannot read it' },
  reload_refused: { status: 422, title: 'the configuration has problems; the old one stays in force' },
  too_many_requests: { status: 429, title: 'too many requests from this address' },
  recording_damaged: { status: 500, title: 'the recording is not what was recorded' },
  internal: { status: 500, title: 'a fault of this server; it is in the log' },
  telephony_refused: { status: 502, title: 'the telephone exchange refused' },
  ledger_unavailable: { status: 503, title: 'the ledger cannot be written or read; nothing was recorded' },
  counters_unavailable: { status: 503, title: 'the counters cannot be reached' },
  recording_unavailable: { status: 503, title: 'the recording cannot be opened now; ask again later' },
  telephony_unavailable: { status: 503, title: 'the telephone exchange cannot be reached' },
  too_many_feeds: { status: 503, title: 'the greatest number of feed clients is connected' },
  too_many_streams: { status: 429, title: 'too many streams of this token are open' },
  too_many_batches: { status: 503, title: 'too many batches are being answered; ask again' },
  shutting_down: { status: 503, title: 'the sidecar shuts down; ask again' },
  too_many_dossiers: { status: 503, title: 'too many dossiers are being made; ask again' },
} as const satisfies Record<string, ProblemInfo>;

export type ProblemCode = keyof typeof PROBLEMS;

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:breakwater:problem:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    instance: Type.String({ description: 'id of the request, as in the log' }),
    field: Type.Optional(Type.String({ description: 'where the unusable value stands' })),
    value: Type.Optional(Type.String({ description: 'the unusable value, shortened' })),
    expected: Type.Optional(Type.String({ description: 'what would have been usable' })),
    problems: Type.Optional(
      Type.Array(Type.String(), { description: 'all of them, each with file and path; of a refused reload' }),
    ),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
);
export type ProblemBody = Static<typeof ProblemSchema>;

export const PROBLEM_TYPE = 'application/problem+json';

export interface ProblemFacts {
  readonly field?: string;
  readonly value?: string;
  readonly expected?: string;
  readonly problems?: string[];
}

/** Thrown by this room when a request cannot be served. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;
  constructor(code: ProblemCode, detail: string, facts: ProblemFacts = {}) {
    super(detail);
    this.code = code;
    this.facts = facts;
  }
}

export const invalidInput = (field: string, value: string, expected: string): HttpProblem =>
  new HttpProblem('invalid_input', `${field} \`${short(value)}\`: expected ${expected}`, {
    field,
    value: short(value),
    expected,
  });

export const notFound = (what: string, value: string): HttpProblem =>
  new HttpProblem('not_found', `no ${what} \`${short(value)}\``, { field: what, value: short(value) });

/** Statuses of answers that are not problems. */
export const OK = 200;
export const CREATED = 201;
export const NOT_READY = 503;

const PROBLEM_RESPONSE = {
  description: 'RFC 9457 problem details',
  content: { [PROBLEM_TYPE]: { schema: Type.Ref('Problem') } },
};

/** Response schemas of a route: its answer, and the problems any route may have. */
export const answers = <Answer extends TSchema>(answer: Answer, description = 'the answer') =>
  ({
    200: describeAnswer(answer, description),
    '4xx': PROBLEM_RESPONSE,
    '5xx': PROBLEM_RESPONSE,
  }) as unknown as { 200: Answer };

/** As `answers`, for what is written once: 201 when it was, 200 when it stood already. */
export const receipts = <Answer extends TSchema>(answer: Answer) =>
  ({
    200: describeAnswer(answer, 'it stood already; nothing was written'),
    201: describeAnswer(answer, 'written'),
    '4xx': PROBLEM_RESPONSE,
    '5xx': PROBLEM_RESPONSE,
  }) as unknown as { 200: Answer; 201: Answer };

/** As `answers`, for what comes as a page too. */
export const documents = <Answer extends TSchema>(answer: Answer) => ({
  200: {
    description: 'the document',
    content: { 'application/json': { schema: answer }, 'text/html': { schema: Type.String() } },
  },
  '4xx': PROBLEM_RESPONSE,
  '5xx': PROBLEM_RESPONSE,
});

/** As `answers`, for bytes. */
export const binaries = (type: string) => ({
  200: { description: 'the file', content: { [type]: { schema: Type.String({ format: 'binary' }) } } },
  '4xx': PROBLEM_RESPONSE,
  '5xx': PROBLEM_RESPONSE,
});

/** As `answers`, where 503 carries the answer too. */
export const readinessAnswers = <Answer extends TSchema>(answer: Answer) =>
  ({
    200: describeAnswer(answer, 'ready'),
    503: describeAnswer(answer, 'not ready, with the problems'),
  }) as unknown as { 200: Answer; 503: Answer };

const describeAnswer = (schema: TSchema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** What any thrown thing becomes. `log` is true for faults of ours that an operator must see. */
export function describeProblem(
  error: unknown,
  requestId: string,
): { readonly body: ProblemBody; readonly log: boolean } {
  const { code, detail, facts } = classify(error);
  const info = PROBLEMS[code];
  return {
    body: {
      type: `urn:breakwater:problem:${code}`,
      title: info.title,
      status: info.status,
      code,
      detail,
      instance: requestId,
      ...facts,
    },
    log: info.status >= 500,
  };
}

interface Classified {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly facts: ProblemFacts;
}

/** Faults of the ports carry a stable `code`; they are known by it, not by their class. */
const FAULTS: ReadonlySet<string> = new Set<ProblemCode>([
  'agent_not_ready',
  'recording_damaged',
  'recording_unavailable',
  'ledger_unavailable',
  'counters_unavailable',
  'telephony_unavailable',
  'telephony_refused',
]);

const FRAMEWORK: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'invalid_input',
  FST_ERR_NOT_FOUND: 'not_found',
};

function classify(error: unknown): Classified {
  if (error instanceof HttpProblem) return { code: error.code, detail: error.message, facts: error.facts };
  if (error instanceof InputProblem) {
    const facts = { field: error.field, value: short(error.value), expected: error.expected };
    return { code: 'invalid_input', detail: error.message, facts };
  }
  if (!(error instanceof Error)) return internal();
  const { code, statusCode, validation } = error as FrameworkError;
  if (validation !== undefined)
    return fromValidation(validation[0], (error as FrameworkError).validationContext);
  if (code !== undefined && FAULTS.has(code)) {
    return { code: code as ProblemCode, detail: error.message, facts: {} };
  }
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known !== undefined) return { code: known, detail: lowerFirst(error.message), facts: {} };
  if (statusCode === 429) return { code: 'too_many_requests', detail: lowerFirst(error.message), facts: {} };
  if (statusCode === 413) return { code: 'body_too_large', detail: lowerFirst(error.message), facts: {} };
  if (error instanceof SyntaxError && statusCode === 400) {
    return { code: 'invalid_json', detail: lowerFirst(error.message), facts: {} };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { code: 'invalid_input', detail: lowerFirst(error.message), facts: {} };
  }
  return internal();
}

const internal = (): Classified => ({ code: 'internal', detail: PROBLEMS.internal.title, facts: {} });

interface FrameworkError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  readonly validation?: readonly ValidationIssue[];
  readonly validationContext?: string;
}

/** One finding of the schema validator (Ajv with `verbose`). */
interface ValidationIssue {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly parentSchema?: FieldSchema & { readonly properties?: Readonly<Record<string, FieldSchema>> };
}

interface FieldSchema {
  readonly description?: string;
  readonly enum?: readonly unknown[];
}

function fromValidation(issue: ValidationIssue | undefined, context = 'body'): Classified {
  if (issue === undefined)
    return { code: 'invalid_input', detail: `the ${context} is not usable`, facts: {} };
  const path = issue.instancePath.slice(1).replaceAll('/', '.');
  const inner = (name: unknown) => (path === '' ? String(name) : `${path}.${String(name)}`);
  if (issue.keyword === 'required') {
    const field = inner(issue.params.missingProperty);
    const wanted = issue.parentSchema?.properties?.[String(issue.params.missingProperty)];
    const expected = wanted?.description ?? (wanted?.enum === undefined ? 'a value' : oneOf(wanted.enum));
    return {
      code: 'invalid_input',
      detail: `${field} is missing: expected ${expected}`,
      facts: { field, expected },
    };
  }
  if (issue.keyword === 'additionalProperties') {
    const field = short(inner(issue.params.additionalProperty));
    const expected = 'no such field';
    return { code: 'invalid_input', detail: `\`${field}\` is not a known field`, facts: { field, expected } };
  }
  const field = path === '' ? context : path;
  const value = short(show(issue.data));
  const expected = issue.parentSchema?.description ?? expectation(issue);
  const detail = `${field} \`${value}\`: expected ${expected}`;
  return { code: 'invalid_input', detail, facts: { field, value, expected } };
}

const oneOf = (values: readonly unknown[]): string => `one of ${values.map(String).join(', ')}`;

function expectation({ keyword, params, message }: ValidationIssue): string {
  if (keyword === 'enum' && Array.isArray(params.allowedValues)) {
    return oneOf(params.allowedValues);
  }
  if (keyword === 'type') return `type ${String(params.type)}`;
  return (message ?? keyword).replace(/^must /, 'to ');
}

const show = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text).toWellFormed();
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

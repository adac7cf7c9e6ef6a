/** What goes wrong between a program and its sidecar. A veto does not: it is an answer. */
import type { Problem } from './api.ts';

/** The sidecar refuses the request or cannot serve it: RFC 9457, with field, value and what was expected. */
export class BreakwaterProblem extends Error {
  override readonly name = 'BreakwaterProblem';
  /** Of HTTP. */
  readonly status: number;
  /** Stable, for example `invalid_input`. */
  readonly code: string;
  readonly problem: Partial<Problem>;
  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? `answered ${status}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.problem = problem;
  }
}

/** No answer within the time, or no connection. Whether the request was heard is not known; `cause` says what happened. */
export class BreakwaterUnreachable extends Error {
  override readonly name = 'BreakwaterUnreachable';
}

/** One judgement with its bound: what comes late, or not at all, or as an exception, is no judgement. */
import type { Clock } from '../../../ports/clock.ts';
import type { AmiAction, AmiJudge, AmiJudgement, AmiSession } from './action.ts';

export type Judged =
  /** `withdraw` aborts the judge's signal: its answer cannot be carried out. */
  | { readonly in: 'time'; readonly judgement: AmiJudgement; withdraw(): void }
  | { readonly in: 'vain'; readonly why: 'late' | 'failed'; readonly problem: string };

export interface Errand {
  readonly judge: AmiJudge;
  readonly clock: Clock;
  readonly withinMs: number;
  /** Aborted when the dialer is gone. */
  readonly gone: AbortSignal;
}

/** Never throws or rejects. What can be judged at once is answered at once. */
export function judgeInTime(
  action: AmiAction,
  session: AmiSession,
  { judge, clock, withinMs, gone }: Errand,
): Judged | Promise<Judged> {
  const over = new AbortController();
  const inTime = (judgement: AmiJudgement): Judged => ({
    in: 'time',
    judgement,
    withdraw: () => over.abort(),
  });
  let first: AmiJudgement | Promise<AmiJudgement>;
  try {
    first = judge(action, session, over.signal);
  } catch (error) {
    over.abort();
    return failed(error);
  }
  if (!(first instanceof Promise)) return inTime(first);
  const pending = first;
  return new Promise((resolve) => {
    const settle = (judged: Judged): void => {
      timer.cancel();
      gone.removeEventListener('abort', leave);
      if (judged.in === 'vain') over.abort();
      resolve(judged);
    };
    const leave = (): void => settle({ in: 'vain', why: 'late', problem: 'the dialer is gone' });
    const timer = clock.after(withinMs, () =>
      settle({ in: 'vain', why: 'late', problem: `not judged within ${withinMs} ms` }),
    );
    gone.addEventListener('abort', leave, { once: true });
    if (gone.aborted) leave();
    pending.then(
      (judgement) => settle(inTime(judgement)),
      (error: unknown) => settle(failed(error)),
    );
  });
}

const failed = (error: unknown): Judged => ({
  in: 'vain',
  why: 'failed',
  problem: error instanceof Error ? error.message : String(error),
});

/**
 * One request from environment to last variable, inside its bounds. Three ends: the answer was delivered; it was cut, so a permit
 * in it is withdrawn; or the last command was written and neither acknowledged nor refused within `confirmMs`, or before the connection
 * ended, so nobody can tell: then the reservation stands until its lease runs out, which counts against us (the safe side).
 */
import type { AgiAnswer, AgiRequest, AgiScript, AgiScripts, AgiVariable } from '../../ports/agi-scripts.ts';
import type { Clock } from '../../ports/clock.ts';
import { parseAgiRequest } from './request.ts';
import type { AgiSession } from './session.ts';
import { setVariables, verbose } from './wire.ts';

export interface AgiBounds {
  /** The environment must be complete this long after the connection. */
  readonly environmentMs: number;
  /** The last variable must be on its way this long after the connection; below the dialplan's own bound. */
  readonly answerMs: number;
  /** Of `answerMs`, kept back for setting the variables. */
  readonly deliveryMs: number;
  /** How long the acknowledgement of the last variable may take before the connection is given up. */
  readonly confirmMs: number;
}

export type AgiEvent =
  | { readonly kind: 'delivered'; readonly script: string; readonly elapsedMs: number }
  | { readonly kind: 'cut' | 'unconfirmed' | 'late'; readonly script: string; readonly elapsedMs: number }
  | { readonly kind: 'failed'; readonly script: string; readonly error: unknown }
  | { readonly kind: 'withdrawn'; readonly callId: string }
  | { readonly kind: 'withdrawal_failed'; readonly callId: string; readonly error: unknown }
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'unknown_script'; readonly script: string }
  /** More sessions than `sessionsMax`: closed at once, which the dialplan reads as a veto. */
  | { readonly kind: 'turned_away' };

export interface Surroundings {
  readonly scripts: AgiScripts;
  readonly bounds: AgiBounds;
  readonly clock: Clock;
  readonly observe: (event: AgiEvent) => void;
}

/** Resolves when the connection is done with and every permit it caused is delivered or withdrawn. Never rejects. */
export async function converse(session: AgiSession, around: Surroundings): Promise<void> {
  const { bounds, clock, observe } = around;
  const startedAt = clock.monotonic();
  const patience = clock.after(bounds.environmentMs, () => session.close());
  const lines = await session.environment();
  patience.cancel();
  if (lines === null) {
    observe({ kind: 'unreadable', problem: 'no complete environment' });
    return;
  }

  const read = parseAgiRequest(lines);
  if (!read.ok) {
    observe({ kind: 'unreadable', problem: read.problem });
    return farewell(session, around, read.problem);
  }
  const request = read.value;
  const script = around.scripts.get(request.script);
  if (script === undefined) {
    observe({ kind: 'unknown_script', script: request.script.slice(0, 60) });
    return farewell(session, around, `no script \`${request.script.slice(0, 60)}\` here`);
  }
  await serve(session, script, request, around, startedAt);
}

async function serve(
  session: AgiSession,
  script: AgiScript,
  request: AgiRequest,
  around: Surroundings,
  startedAt: number,
): Promise<void> {
  const { bounds, clock, observe } = around;
  const elapsed = (): number => clock.monotonic() - startedAt;
  const answering = started(script, request);
  const settled = await firstOf(answering, session, clock, bounds.answerMs - bounds.deliveryMs - elapsed());

  let variables: readonly AgiVariable[];
  let message: string | null = null;
  if (settled === 'late') {
    variables = script.fallback(request, 'late');
    observe({ kind: 'late', script: request.script, elapsedMs: elapsed() });
  } else if (settled === 'gone') {
    variables = [];
  } else if (settled.ok) {
    variables = settled.answer.variables;
    message = settled.answer.message;
  } else {
    variables = script.fallback(request, 'failed');
    observe({ kind: 'failed', script: request.script, error: settled.error });
  }

  const end = await deliver(session, variables, message, around, bounds.answerMs - elapsed());
  session.close();
  observe({ kind: end, script: request.script, elapsedMs: elapsed() });

  const answer = await answering;
  if (!answer.ok || answer.answer.reserved === null) return;
  const own = typeof settled === 'object';
  if (!own || end === 'cut') await withdraw(script, answer.answer.reserved, observe);
}

type Answering =
  { readonly ok: true; readonly answer: AgiAnswer } | { readonly ok: false; readonly error: unknown };

async function started(script: AgiScript, request: AgiRequest): Promise<Answering> {
  try {
    return { ok: true, answer: await script.answer(request) };
  } catch (error) {
    return { ok: false, error };
  }
}

function firstOf(
  answering: Promise<Answering>,
  session: AgiSession,
  clock: Clock,
  withinMs: number,
): Promise<Answering | 'late' | 'gone'> {
  return new Promise((resolve) => {
    const timer = clock.after(Math.max(0, withinMs), () => resolve('late'));
    session.onGone(() => {
      timer.cancel();
      resolve('gone');
    });
    void answering.then((answer) => {
      timer.cancel();
      resolve(answer);
    });
  });
}

/** Nothing is written after the bound except what is already under way; the last variable may take `confirmMs` longer. */
async function deliver(
  session: AgiSession,
  variables: readonly AgiVariable[],
  message: string | null,
  { bounds, clock }: Surroundings,
  withinMs: number,
): Promise<'delivered' | 'cut' | 'unconfirmed'> {
  if (session.isGone()) return 'cut';
  const at = { lastWritten: false };
  let grace = clock.after(Math.max(0, withinMs), () => {
    if (!at.lastWritten) {
      session.close();
      return;
    }
    grace = clock.after(bounds.confirmMs, () => session.close());
  });
  try {
    if (message !== null) {
      const end = await session.command(verbose(`breakwater: ${message}`));
      if (end === 'hung_up' || end === 'gone') return 'cut';
    }
    const commands = setVariables(variables);
    for (const [index, command] of commands.entries()) {
      at.lastWritten = index === commands.length - 1;
      const end = await session.command(command);
      // The exchange keeps what it has read when the connection ends behind it: the channel may dial on this verdict.
      if (end === 'gone' && at.lastWritten) return 'unconfirmed';
      if (end !== 'done') return 'cut';
    }
    return 'delivered';
  } finally {
    grace.cancel();
  }
}

async function withdraw(
  script: AgiScript,
  callId: NonNullable<AgiAnswer['reserved']>,
  observe: (event: AgiEvent) => void,
): Promise<void> {
  try {
    await script.withdraw(callId);
    observe({ kind: 'withdrawn', callId });
  } catch (error) {
    observe({ kind: 'withdrawal_failed', callId, error }); // the lease settles it
  }
}

/** Says on the exchange's console why there will be no answer, sets nothing, leaves. */
async function farewell(session: AgiSession, { bounds, clock }: Surroundings, why: string): Promise<void> {
  const timer = clock.after(bounds.answerMs, () => session.close());
  await session.command(verbose(`breakwater: ${why}`));
  timer.cancel();
  session.close();
}

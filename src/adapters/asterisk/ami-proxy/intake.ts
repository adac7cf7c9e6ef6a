/** Messages of a dialer that wait, in order: handled as far as they may be, and never so many at once that other work starves. */
import type { ClientMessage } from './framing.ts';

export interface IntakeParts {
  /** The next one may be handled now. */
  mayWork(): boolean;
  handle(message: ClientMessage): void;
  /** Called by each `work` that leaves some waiting, or may not work. */
  held(): void;
  /** Called by each `work` that leaves none. */
  empty(): void;
}

export interface Intake {
  /** Bounded by its caller, who stops reading when `held` is called. */
  add(messages: readonly ClientMessage[]): void;
  work(): void;
}

const SLICE = 64;

export function intake(parts: IntakeParts): Intake {
  let messages: readonly ClientMessage[] = [];
  let next = 0;
  let later = false;

  function goOnLater(): void {
    if (later) return;
    later = true;
    setImmediate(() => {
      later = false;
      work();
    });
  }

  function work(): void {
    for (let slice = 0; next < messages.length && parts.mayWork(); slice += 1) {
      if (slice === SLICE) {
        goOnLater();
        break;
      }
      const message = messages[next];
      next += 1;
      if (message !== undefined) parts.handle(message);
    }
    if (next < messages.length || !parts.mayWork()) {
      parts.held();
      return;
    }
    messages = [];
    next = 0;
    parts.empty();
  }

  return {
    add(come) {
      messages = next === messages.length ? come : [...messages.slice(next), ...come];
      next = 0;
    },
    work,
  };
}

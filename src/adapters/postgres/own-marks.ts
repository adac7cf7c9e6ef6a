/**
 * Which sessions of a writer id are our own. A session whose connection is cut while it asks for the lock may have got it, and keeps it
 * until the server learns of the cut, which may take minutes: it is no other sidecar.
 */
import type { SessionMark } from './writer-lock.ts';

/** Sessions in a row that asked for the lock and never heard: some minutes of a bad line. */
const MARKS_MAX = 1_000;

export interface OwnMarks {
  /** MUST be told before the session asks for the lock. */
  asks(mark: SessionMark): void;
  /** It has the lock, so all before it are over. */
  has(mark: SessionMark): void;
  /** The server has said that somebody else has the lock. */
  refused(mark: SessionMark): void;
  /** Whether a session of ours has the lock, or may have it. */
  includes(mark: SessionMark): boolean;
}

export function createOwnMarks(): OwnMarks {
  const marks = new Set<SessionMark>();
  return {
    asks(mark) {
      marks.add(mark);
      for (const oldest of marks) {
        if (marks.size <= MARKS_MAX) return;
        marks.delete(oldest);
      }
    },
    has(mark) {
      // The server gives its process ids again: what is over must not vouch for somebody else's session.
      marks.clear();
      marks.add(mark);
    },
    refused: (mark) => void marks.delete(mark),
    includes: (mark) => marks.has(mark),
  };
}

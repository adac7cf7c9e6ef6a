/** By what a writer's session is known in the store: to itself, to a second session of its writer id, and to one that stands by. */
import { createHash } from 'node:crypto';
import type { WriterId } from '../../domain/ids.ts';

/** PostgreSQL cuts a longer application name off. */
const NAME_MAX_BYTES = 63;

/** Key of the advisory lock: a signed 64-bit integer as text. */
export const writerLockKey = (writer: WriterId): string =>
  createHash('sha256').update(`breakwater writer ${writer}`).digest().readBigInt64BE().toString();

/** The session's name. A long writer id is told by its hash: two of them must not look alike. */
export function writerApplication(writer: WriterId): string {
  const name = `breakwater writer ${writer}`;
  return name.length <= NAME_MAX_BYTES
    ? name
    : `breakwater writer ${createHash('sha256').update(writer).digest('hex').slice(0, 40)}`;
}

/** What `serve --standby` needs of the settings. */
import type { WriterId } from '../domain/ids.ts';
import type { Config } from './config.ts';

export type PlaceToStandBy =
  | { readonly ok: true; readonly writer: WriterId; readonly databaseUrl: string }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * The place that two sidecars share, or why there is none. A spool belongs to one process: the other one takes over without the requests
 * and revocations that wait on that disk, and would call those people.
 */
export function placeToStandBy({
  writer,
  stores: { databaseUrl },
  spool,
}: Pick<Config, 'writer' | 'stores' | 'spool'>): PlaceToStandBy {
  if (writer !== null && databaseUrl !== null && spool.directory === null) {
    return { ok: true, writer, databaseUrl };
  }
  const lines = {
    'writer: is missing; expected the writer id of both sidecars': writer === null,
    'stores.databaseUrl: is missing; expected the PostgreSQL of both sidecars': databaseUrl === null,
    'spool.directory: is set; expected null with --standby: who takes over does not know what waits on the other disk':
      spool.directory !== null,
  };
  const problems = Object.entries(lines).flatMap(([line, is]) => (is ? [`breakwater.yaml: ${line}`] : []));
  return { ok: false, problems };
}

/** How much room is left where the sidecar writes (statfs(2)). */
import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { DiskSpace } from '../../ports/disk-space.ts';

export interface PlaceWrittenTo {
  readonly place: string;
  readonly directory: string;
}

export function placesWrittenTo({
  data,
  asterisk,
  recordings,
  spool,
}: Pick<Config, 'data' | 'asterisk' | 'recordings' | 'spool'>): readonly PlaceWrittenTo[] {
  const { monitorDirectory } = asterisk;
  return [
    { place: 'data', directory: data.directory },
    { place: 'recordings', directory: recordings.directory },
    ...(monitorDirectory === null ? [] : [{ place: 'monitor', directory: monitorDirectory }]),
    ...(spool.directory === null ? [] : [{ place: 'spool', directory: spool.directory }]),
  ];
}

/** A place that cannot be read is left out: whoever asks sees that it is missing. */
export async function spaceOf(places: readonly PlaceWrittenTo[]): Promise<readonly DiskSpace[]> {
  const found = await Promise.all(
    places
      .map(async ({ place, directory }) => {
        const { bavail, blocks, bsize } = await statfsAbove(directory);
        return { place, freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
      })
      .map((each) => each.catch(() => null)),
  );
  return found.filter((each) => each !== null);
}

/** A folder that is made when it is first needed lies on the file system of the one above. */
async function statfsAbove(directory: string): Promise<StatsFs> {
  try {
    return await statfs(directory);
  } catch (error) {
    const above = dirname(directory);
    if (above === directory || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return statfsAbove(above);
  }
}

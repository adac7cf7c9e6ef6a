/**
 * The Asterisk of the tests: whatever `findAsterisk` finds or makes, with `TEST_BACKEND=containers` only an image. Where that cannot
 * be had here it is said loudly, and `test` is skipped, never passed.
 */
import { test as anywhere } from 'vitest';
import { findAsterisk } from '../../scripts/asterisk/find-asterisk.ts';
import type { AsteriskOptions } from '../../scripts/asterisk/instance.ts';
import { announceMissing } from './stores.ts';

const inContainers = process.env['TEST_BACKEND'] === 'containers';

/** Why there is none, or undefined. Outside containers one can always be had, or the tests fail. */
export const missingAsterisk: string | undefined = inContainers ? await obstacle() : undefined;
announceMissing('Asterisk', missingAsterisk);

/** vitest's own, for tests that need an Asterisk. */
export const test = anywhere.skipIf(missingAsterisk !== undefined);

/** Containers are started by the testcontainers library. */
export async function containerStarter(): Promise<Pick<AsteriskOptions, 'runContainer'>> {
  if (!inContainers) return {};
  const { runAsteriskContainer } = await import('./containers.ts');
  return { runContainer: runAsteriskContainer };
}

async function obstacle(): Promise<string | undefined> {
  try {
    await findAsterisk();
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
  }
}

/** The process behind `load-beside.ts`: is told what to load, answers once, ends. */
import { loadLaw } from './load-law.ts';
import type { LoaderSource } from './load-beside.ts';
import { loadConfig } from './load.ts';

process.once('message', (source) => {
  const loaded = loadConfig({ ...(source as LoaderSource), loadLaw });
  process.send?.(loaded, () => process.disconnect());
});

/** Speech for the people of the call floor, rendered once by flite and sox to raw mu-law and kept in the cache. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../asterisk/cache-directory.ts';
import { ensureCommands } from '../install-packages.ts';

export type Voice = 'slt' | 'rms' | 'kal' | 'awb';

export const USUAL_GREETING = 'Hello? This is Anna.';

const run = promisify(execFile);

/** The spoken text as raw mu-law, without silence at its edges. */
export async function renderSpeech(text: string, voice: Voice = 'slt'): Promise<Buffer> {
  const name = createHash('sha256').update(`v1 ${voice} ${text}`).digest('hex').slice(0, 24);
  const directory = join(cacheDirectory(), 'speech');
  const file = join(directory, `${name}.ul`);
  if (!existsSync(file)) await render(text, voice, directory, file);
  return readFile(file);
}

async function render(text: string, voice: Voice, directory: string, file: string): Promise<void> {
  ensureCommands(['flite', 'sox']);
  await mkdir(directory, { recursive: true });
  const workshop = await mkdtemp(join(directory, 'rendering-'));
  try {
    const spoken = join(workshop, 'spoken.wav');
    const raw = join(workshop, 'speech.ul');
    await run('flite', ['-voice', voice, '-t', text, '-o', spoken]);
    const trim = ['silence', '1', '0.02', '1%', 'reverse'];
    await run('sox', [
      '-D',
      spoken,
      '-r',
      '8000',
      '-c',
      '1',
      '-t',
      'ul',
      raw,
      'norm',
      '-3',
      ...trim,
      ...trim,
    ]);
    await rename(raw, file);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

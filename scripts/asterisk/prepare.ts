/** Prepares an Asterisk (see find-asterisk.ts) and prints what was found; `--probe` only looks. */
import { describeSources, findAsterisk } from './find-asterisk.ts';

if (process.argv.includes('--probe')) {
  for (const { kind, available, detail } of describeSources()) {
    process.stdout.write(`${available ? 'yes' : 'no '}  ${kind.padEnd(7)} ${detail}\n`);
  }
} else {
  const started = Date.now();
  try {
    const source = await findAsterisk();
    process.stdout.write(`${JSON.stringify({ ...source, tookMs: Date.now() - started }, null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

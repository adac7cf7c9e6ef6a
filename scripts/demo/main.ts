/**
 * `make demo`: real SIP and RTP calls on a private Asterisk, each with what was expected and what was observed. Nothing in the
 * table is written down beforehand: verdicts come from the sidecar, audio and times from packets, results from the ledger.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCommands } from '../install-packages.ts';
import { logIn } from './agents.ts';
import { switchedSigning } from './attestation.ts';
import { placedCalls } from './calls.ts';
import { killedMidCall, throttledBurst } from './hard-times.ts';
import { PEOPLE, people } from './people.ts';
import { table, type Row } from './report.ts';
import { dialsThroughProxy } from './routed-dialer.ts';
import { runBreakwater } from './sidecar-process.ts';
import { vetoes } from './vetoes.ts';
import { openWorld, type World } from './world.ts';

const started = performance.now();
const progress = (line: string): void =>
  void process.stderr.write(
    `[${((performance.now() - started) / 1_000).toFixed(1).padStart(5)} s] ${line}\n`,
  );

async function main(): Promise<number> {
  ensureCommands(['sipp', 'flite', 'sox', 'tcpdump'], progress);
  const world = await openWorld({ people: people(), registered: [PEOPLE.registered], progress });
  try {
    const rows = await allCalls(world);
    const verified = await verifyLedger(world);
    process.stdout.write(`\n${table(rows)}\n\n${verified.line}\n`);
    const failed = rows.filter((row) => !row.ok).length;
    const ok = failed === 0 && verified.ok;
    world.keep = !ok;
    if (!ok) progress(`the log of the sidecar stays in ${world.directory}`);
    process.stdout.write(
      ok
        ? `all ${rows.length} calls went as the law wants\n`
        : `${failed} of ${rows.length} calls did NOT go as expected\n`,
    );
    if (process.env['DEMO_EXIT'] !== '1') await stayUp(world);
    return ok ? 0 : 1;
  } finally {
    // What still rings is hung up, so that the sidecar has nothing to wait for.
    await world.floor.asterisk.cli('channel request hangup all');
    await world.close();
    progress('everything is stopped');
  }
}

async function allCalls(world: World): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const step = async (line: string, run: () => Promise<Row | readonly Row[]>): Promise<void> => {
    progress(line);
    rows.push(...[await run()].flat());
  };
  progress('agents: five log in');
  const agents = await logIn(world);
  await step('vetoes: one of each family', () => vetoes(world));
  await step('calls: an agent, no agent, an opt-out, an all-party state', () => placedCalls(world, agents));
  await step('attestation: the trunk is switched from A to B', () => switchedSigning(world));
  await step('AMI: a dialer that knows nothing of the sidecar dials through it', () =>
    dialsThroughProxy(world),
  );
  await step('kill -9 of the sidecar while a person says hello', () => killedMidCall(world));
  await step('a burst of calls for two agents', () => throttledBurst(world));
  return rows;
}

/** The ledger of the demo verifies, and a copy of it with one byte changed does not: the entry is named. */
async function verifyLedger(world: World): Promise<{ readonly ok: boolean; readonly line: string }> {
  const sound = await runBreakwater(['ledger', 'verify'], world.env, [0, 1]);
  const file = join(world.directory, 'ledger.ndjson');
  const exported = await runBreakwater(['ledger', 'export'], world.env);
  await writeFile(file, changeOneByte(exported.answer));
  const broken = await runBreakwater(['ledger', 'verify', '--file', file], world.env, [0, 1]);
  const head = (answer: string): string => answer.trim().split('\n')[0] ?? '';
  const said = head(broken.answer);
  return {
    ok: sound.code === 0 && broken.code === 1 && /^BROKEN at entry \d+ .*hash_differs$/.test(said),
    line: `ledger verify: ${head(sound.answer)}\n  with one byte of a copy changed: ${said}`,
  };
}

/** In the middle of the export, one digit of a telephone number becomes another. */
function changeOneByte(exported: string): string {
  const lines = exported.split('\n').filter((line) => line.startsWith('{'));
  const index = lines.findIndex((line, at) => at >= lines.length / 2 && line.includes('+1303555'));
  lines[index] = (lines[index] ?? '').replace('+1303555', '+1303556');
  return `${lines.join('\n')}\n`;
}

async function stayUp(world: World): Promise<void> {
  const settings = {
    BREAKWATER_URL: world.sidecar.url,
    BREAKWATER_CONFIG: world.configDirectory,
    BREAKWATER_DATA_DIRECTORY: world.env['BREAKWATER_DATA_DIRECTORY'] ?? '',
    BREAKWATER_SOUNDS_DIRECTORY: world.soundsDirectory,
    DEMO_AMI_PORT: String(world.amiPort),
  };
  process.stdout.write(`\nthe live page is up: ${world.sidecar.url}/   (Ctrl-C ends the demo)\n`);
  process.stdout.write('for commands in another shell:\n');
  for (const [name, value] of Object.entries(settings)) {
    process.stdout.write(`  export ${name}=${value}\n`);
  }
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`demo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
});

/** Connects to the FastAGI door from a process of its own: told by its parent how many a second, it answers with the waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { agiEnvironment, type Answered, askByAgi, type Load } from '../support/agi-channels.ts';

export interface AgiTask {
  readonly port: number;
  /** Asked by turns, each time for a call of its own. */
  readonly scripts: readonly string[];
  readonly perSecond: number;
  readonly forMs: number;
}

let made = 0;
const environmentOf = (scripts: readonly string[]): string => {
  made += 1;
  return agiEnvironment(scripts[made % scripts.length] ?? '', `${process.pid}.${made}`);
};

/** So many new connections a second, whatever has become of those before. */
async function connects({ port, scripts, perSecond, forMs }: AgiTask): Promise<Load> {
  const answers: Answered[] = [];
  const pending: Promise<void>[] = [];
  let unanswered = 0;
  const from = performance.now();
  const elapsed = (): number => performance.now() - from;
  while (elapsed() < forMs) {
    while (pending.length < (elapsed() * perSecond) / 1_000) {
      const asked = askByAgi(port, environmentOf(scripts)).then(
        (answer) => void answers.push(answer),
        () => void (unanswered += 1),
      );
      pending.push(asked);
    }
    await sleep(1);
  }
  const made = (pending.length / elapsed()) * 1_000;
  await Promise.all(pending);
  return { perSecond: made, answers, unanswered };
}

process.on('message', (task: AgiTask) => {
  connects(task).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});

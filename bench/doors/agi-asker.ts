/** The channels of the FastAGI case, in a process of their own as Asterisk is: told by its parent what to ask, it answers with the waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { agiEnvironment, agiLoad, type Answered, askByAgi, type Load } from '../support/agi-channels.ts';

export type AgiTask = {
  readonly port: number;
  /** Asked by turns, each time for a call of its own. */
  readonly scripts: readonly string[];
} & (
  | { readonly kind: 'channels'; readonly channels: number; readonly calls: number }
  | { readonly kind: 'connects'; readonly perSecond: number; readonly forMs: number }
);

let made = 0;
const environmentOf = (scripts: readonly string[]): string => {
  made += 1;
  return agiEnvironment(scripts[made % scripts.length] ?? '', `${process.pid}.${made}`);
};

async function run(task: AgiTask): Promise<Load> {
  switch (task.kind) {
    case 'channels':
      return agiLoad(task.port, task.channels, task.calls, () => environmentOf(task.scripts));
    case 'connects':
      return connects(task.port, task.perSecond, task.forMs, () => environmentOf(task.scripts));
    default:
      return task satisfies never;
  }
}

/** So many new connections a second, whatever has become of those before. */
async function connects(
  port: number,
  perSecond: number,
  forMs: number,
  environment: () => string,
): Promise<Load> {
  const answers: Answered[] = [];
  const pending: Promise<void>[] = [];
  let unanswered = 0;
  const from = performance.now();
  const elapsed = (): number => performance.now() - from;
  while (elapsed() < forMs) {
    while (pending.length < (elapsed() * perSecond) / 1_000) {
      const asked = askByAgi(port, environment()).then(
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
  run(task).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});

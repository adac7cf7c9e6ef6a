/** What the machine gives at this moment: two cores of a virtual machine may be two threads of one core, or shared with others. */
import { Worker } from 'node:worker_threads';

const LOOKS_FOR_MS = 400;

/** Counts turns of a loop that makes and forgets objects, as a decision does: threads of one core share its caches. */
const COUNTER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const until = performance.now() + workerData;
  let turns = 0;
  for (; performance.now() < until; turns += 1) {
    const made = [];
    for (let at = 0; at < 2000; at += 1) made.push({ at, text: String(at * 31) });
  }
  parentPort.postMessage(turns);`;

const turnsOfOne = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(COUNTER, { eval: true, workerData: LOOKS_FOR_MS });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

/** The work of two threads at once over that of one: 2 where each has a core of its own, 1 where they share one. */
export async function twoThreadsOverOne(): Promise<number> {
  const alone = await turnsOfOne();
  const [one, two] = await Promise.all([turnsOfOne(), turnsOfOne()]);
  return (one + two) / alone;
}

/** The thread behind `load-in-thread.ts`: loads once, answers, ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadLaw } from './load-law.ts';
import { loadConfig } from './load.ts';
import type { ThreadSource } from './load-in-thread.ts';

parentPort?.postMessage(loadConfig({ ...(workerData as ThreadSource), loadLaw }));

/**
 * The call floor: a private Asterisk, the people it can call, agents that call in, and a witness on the wire.
 * Everything on 127.0.0.1; `close` leaves no process and no file.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../asterisk/config-files.ts';
import { startAsterisk, type AsteriskInstance, type AsteriskOptions } from '../asterisk/instance.ts';
import { claimPortBlock, type PortBlock } from '../asterisk/port-block.ts';
import { startAgent, type Agent } from './agent.ts';
import type { Behaviour, Person } from './behaviour.ts';
import { startCapture, type Capture } from './capture.ts';
import { countCallsOver, traceCalls, type CallTrace } from './heard.ts';
import { startPeople } from './people.ts';
import type { Sipp } from './sipp.ts';

export interface FloorOptions {
  readonly name: string;
  readonly asterisk?: Omit<AsteriskOptions, 'name' | 'ports'>;
  readonly people: readonly Person[];
  /** How all other numbers behave; default: not assigned (404). */
  readonly otherwise?: Behaviour;
  /** Endpoints that lead to the people: `PJSIP/<number>@<carrier>`; default one, named `carrier`. */
  readonly carriers?: readonly Pick<Endpoint, 'name' | 'settings'>[];
  /** Without a witness no root is needed, and `calls` knows nothing; default true. */
  readonly witness?: boolean;
  /** The people leave after this time whatever happens; default 15 minutes. */
  readonly livesAtMostS?: number;
}

export interface Floor {
  readonly asterisk: AsteriskInstance;
  /** Logs, scenarios and the capture. */
  readonly directory: string;
  /** A free loopback port that belongs to this floor, e.g. for the sidecar. */
  takePort(): number;
  callIn(extension: string, options?: CallInOptions): Promise<Agent>;
  /** All calls seen so far, optionally only those to one number. */
  calls(number?: string): Promise<CallTrace[]>;
  /** Waits until `count` calls to the number are over and answers them. */
  callsOver(number: string, count?: number, withinMs?: number): Promise<CallTrace[]>;
  /** What the people's SIPp complained about. */
  complaints(): Promise<string>;
  /** The processes of the floor that run now. */
  pids(): number[];
  close(): Promise<void>;
}

export interface CallInOptions {
  readonly from?: string;
  readonly staysAtMostS?: number;
  readonly says?: string | null;
  readonly sendsNothing?: boolean;
}

const LIVES_AT_MOST_S = 900;

export async function openFloor(options: FloorOptions): Promise<Floor> {
  const ports = await claimPortBlock();
  const directory = await mkdtemp(join(tmpdir(), `breakwater-floor-${options.name}-`));
  const closing: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  };
  try {
    return await open(options, ports, directory, closing, close);
  } catch (error) {
    await close();
    ports.release();
    throw error;
  }
}

async function open(
  options: FloorOptions,
  ports: PortBlock,
  directory: string,
  closing: (() => Promise<void>)[],
  close: () => Promise<void>,
): Promise<Floor> {
  const spare = [...ports.spare];
  const takePort = (): number => {
    const port = spare.shift();
    if (port === undefined) throw new Error('the floor has no more free ports');
    return port;
  };
  const peoplePort = takePort();
  const livesAtMostS = options.livesAtMostS ?? LIVES_AT_MOST_S;
  const people = await startPeople({
    people: options.people,
    otherwise: options.otherwise,
    directory,
    port: peoplePort,
    rtpPort: ports.peopleRtp.from,
    livesAtMostS,
  });
  closing.push(() => people.stop('SIGKILL'));
  const capture =
    options.witness === false
      ? undefined
      : await startCapture({ directory, sipPort: ports.sip, rtp: ports.rtp });
  if (capture !== undefined) closing.push(() => capture.stop());
  const carriers = options.carriers ?? [{ name: 'carrier' }];
  const asterisk = await startAsterisk({
    ...options.asterisk,
    name: options.name,
    ports,
    endpoints: [
      ...(options.asterisk?.endpoints ?? []),
      ...carriers.map((carrier) => ({ ...carrier, host: '127.0.0.1', port: peoplePort })),
    ],
  });
  closing.push(() => asterisk.stop());
  return floorOf({ asterisk, people, capture, directory, ports, takePort, closing, close });
}

function floorOf(parts: {
  readonly asterisk: AsteriskInstance;
  readonly people: Sipp;
  readonly capture: Capture | undefined;
  readonly directory: string;
  readonly ports: PortBlock;
  readonly takePort: () => number;
  readonly closing: (() => Promise<void>)[];
  readonly close: () => Promise<void>;
}): Floor {
  const { asterisk, people, capture, directory, ports, takePort, closing, close } = parts;
  const agents: Agent[] = [];
  let calledIn = 0;
  const witness = (): Capture => {
    if (capture === undefined) throw new Error('this floor was opened without a witness');
    return capture;
  };
  const calls = async (number?: string): Promise<CallTrace[]> =>
    traceCalls(await witness().packets(), asterisk.sip.port, isNumber(number));
  return {
    asterisk,
    directory,
    takePort,
    calls,
    async callIn(extension, options = {}) {
      const called = calledIn;
      calledIn += 1;
      const agent = await startAgent({
        extension,
        ...options,
        asterisk: asterisk.sip,
        directory,
        port: takePort(),
        rtpPort: ports.peopleRtp.to - 3 - 4 * called,
      });
      agents.push(agent);
      closing.push(async () => {
        if (agent.isRunning()) await agent.hangUp();
      });
      return agent;
    },
    async callsOver(number, count = 1, withinMs = 30_000) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        const over = countCallsOver(await witness().packets(), asterisk.sip.port, isNumber(number));
        if (over >= count) break;
        if (performance.now() > deadline) {
          throw new Error(`${over} of ${count} calls to ${number} ended within ${withinMs} ms`);
        }
        await sleep(100);
      }
      return (await calls(number)).filter(
        ({ status, endedAt }) => endedAt !== undefined || (status ?? 0) >= 300,
      );
    },
    complaints: () => people.errors(),
    pids: () =>
      [asterisk, people, ...agents]
        .filter((one) => one.isRunning())
        .map(({ pid }) => pid)
        .concat(capture?.pid ?? []),
    close,
  };
}

function isNumber(number: string | undefined): (called: string) => boolean {
  const wanted = number?.replace(/^\+/, '');
  return (called) => wanted === undefined || called === wanted;
}

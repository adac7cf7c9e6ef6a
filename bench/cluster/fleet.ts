/** Sidecar processes as a dialer sees them: any of them may be asked, one that dies is started again, and what it owed is asked of another. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Outcome } from '../../src/domain/call-result.ts';
import type { Ask, Answer, Flood, FromSidecar, Result, ToSidecar } from './sidecar-process.ts';
import type { SidecarOrder } from './world.ts';

/** Longer than its ledger waits for an append. */
const END_WITHIN_MS = 15_000;

type Member = { readonly writer: string; child: ChildProcess; up: boolean };

export interface Fleet {
  readonly size: number;
  /** Answers of any sidecar; asked again at another under the same call id as long as none has answered. */
  ask(asks: readonly Ask[]): Promise<readonly Answer[]>;
  /** Resolves when the ledger has them all. */
  report(results: readonly { readonly callId: string; readonly outcome: Outcome }[]): Promise<void>;
  /** Runs `kind` in the first `count` sidecars at once. */
  measure(kind: FloodKind, count: number, flood: Flood): Promise<Measured>;
  /** kill -9 of one that is up; it is started again under the same writer. */
  kill(index: number): void;
  readonly kills: () => number;
  allUp(): Promise<void>;
  close(): Promise<void>;
}

/** `flood`: whole originations; `append`: their entries alone; `floor`: their bytes, without any sidecar's work. */
export type FloodKind = 'flood' | 'append' | 'floor';

export interface Measured {
  readonly done: number;
  readonly permits: number;
  readonly perSecond: number;
  /** Processor time of the sidecars together, for one call. */
  readonly cpuUs: number;
}

interface Owed<T> {
  readonly what: T;
  at: number;
}

/** They have been started when this returns; `allUp` tells when they can be asked. */
export function startFleet(orders: readonly SidecarOrder[]): Fleet {
  const asked = new Map<string, Owed<Ask> & { readonly done: (answer: Answer) => void }>();
  const reported = new Map<string, Owed<Result> & { readonly done: () => void }>();
  const members: Member[] = [];
  let turn = 0;
  let kills = 0;
  let closing = false;
  const floods = new Map<number, (message: Extract<FromSidecar, { kind: 'flooded' }>) => void>();

  const hear = (index: number) => (message: FromSidecar) => {
    const member = members[index];
    switch (message.kind) {
      case 'ready':
        if (member !== undefined) member.up = true;
        distribute();
        return;
      case 'answered':
        for (const answer of message.answers) {
          const owed = asked.get(answer.callId);
          asked.delete(answer.callId);
          owed?.done(answer);
        }
        return;
      case 'recorded':
        for (const callId of message.callIds) {
          const owed = reported.get(callId);
          reported.delete(callId);
          owed?.done();
        }
        return;
      case 'flooded':
        floods.get(index)?.(message);
        return;
      default:
        message satisfies never;
    }
  };

  const start = (index: number): void => {
    const order = orders[index];
    if (order === undefined) return;
    const child = fork(new URL('./sidecar-process.ts', import.meta.url), [JSON.stringify(order)]);
    const member = { writer: order.writer, child, up: false };
    members[index] = member;
    child.on('message', hear(index));
    child.on('error', () => undefined);
    child.on('exit', () => {
      member.up = false;
      if (closing) return;
      for (const owed of [...asked.values(), ...reported.values()]) if (owed.at === index) owed.at = -1;
      start(index);
      distribute();
    });
  };

  /** What nobody has been asked yet, or a dead one, to those that are up, in turn. */
  const distribute = (): void => {
    const up = members.flatMap((member, index) => (member.up ? [index] : []));
    if (up.length === 0) return;
    const share = <T>(owed: Iterable<Owed<T>>, messageOf: (some: readonly T[]) => ToSidecar): void => {
      const of = new Map<number, T[]>();
      for (const each of owed) {
        if (each.at !== -1) continue;
        each.at = up[(turn += 1) % up.length] ?? -1;
        of.set(each.at, [...(of.get(each.at) ?? []), each.what]);
      }
      for (const [index, some] of of) members[index]?.child.send(messageOf(some), () => undefined);
    };
    share(asked.values(), (asks) => ({ kind: 'ask', asks }));
    share(reported.values(), (results) => ({ kind: 'results', results }));
  };

  const allUp = async (): Promise<void> => {
    while (!members.every(({ up }) => up)) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  for (const index of orders.keys()) start(index);
  return {
    size: orders.length,
    async ask(asks) {
      const answers = asks.map(
        (what) => new Promise<Answer>((done) => asked.set(what.callId, { what, at: -1, done })),
      );
      distribute();
      return Promise.all(answers);
    },
    async report(results) {
      const ends = results.map(
        (what) => new Promise<void>((done) => reported.set(what.callId, { what, at: -1, done })),
      );
      distribute();
      await Promise.all(ends);
    },
    async measure(kind, count, flood) {
      const ends = members.slice(0, count).map(
        ({ child }, index) =>
          new Promise<Extract<FromSidecar, { kind: 'flooded' }>>((resolve) => {
            floods.set(index, resolve);
            child.send({ kind, flood } satisfies ToSidecar);
          }),
      );
      const all = await Promise.all(ends);
      const sum = (of: (one: (typeof all)[number]) => number): number =>
        all.reduce((total, one) => total + of(one), 0);
      const seconds = Math.max(...all.map(({ elapsedMs }) => elapsedMs)) / 1_000;
      const done = sum((one) => one.done);
      return {
        done,
        permits: sum((one) => one.permits),
        perSecond: done / seconds,
        cpuUs: sum((one) => one.cpuUs) / done,
      };
    },
    kill(index) {
      const member = members[index];
      if (member?.up !== true) return;
      member.up = false;
      kills += 1;
      member.child.kill('SIGKILL');
    },
    kills: () => kills,
    allUp,
    async close() {
      closing = true;
      await Promise.all(
        members.map(async ({ child }) => {
          const gone = once(child, 'exit');
          child.send({ kind: 'end' } satisfies ToSidecar, () => undefined);
          // One whose store is away may never come to an end by itself.
          const late = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
          await gone;
          clearTimeout(late);
        }),
      );
    },
  };
}

/** The benchmark's end of the persons' process: says who is to be called, and gets back what each of them heard. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FromPeople, ToPeople } from './people-messages.ts';
import type { CallRecord, Script } from './script.ts';

export interface Expected {
  readonly script: Script;
  readonly ringing: Promise<void>;
  readonly over: Promise<CallRecord>;
  /** What is known until now. */
  readonly state: { ringing: boolean; answeredAt: number | null; record: CallRecord | null };
}

export interface Listener {
  readonly pid: number;
  /** Where the carrier's calls go. */
  readonly port: number;
  /** Resolves when the person is at the phone: a call that came before would find nobody. */
  expect(script: Script): Promise<Expected>;
  answer(number: string, afterMs: number): void;
  hangUp(number: string): void;
  logIn(id: string, asteriskPort: number): Promise<void>;
  logOut(): void;
  /** How late the persons' own process was, since the last question. */
  delay(): Promise<{ readonly p99Ms: number; readonly maxMs: number }>;
  close(): Promise<void>;
}

interface Waiting {
  readonly expected: Expected;
  ready(): void;
  ring(): void;
  end(record: CallRecord): void;
}

export async function openListener(greeting: readonly Uint8Array[]): Promise<Listener> {
  const child = fork(join(import.meta.dirname, 'people-process.ts'), [], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<string, Waiting>();
  const agents = new Map<string, (problem: string | null) => void>();
  let delayed: ((answer: { p99Ms: number; maxMs: number }) => void) | undefined;
  let opened: (port: number) => void = () => undefined;
  const port = new Promise<number>((resolve) => {
    opened = resolve;
  });
  const ask = (message: ToPeople): void => {
    if (child.connected) child.send(message);
  };

  child.on('message', (message: FromPeople) => {
    switch (message.told) {
      case 'open':
        opened(message.port);
        return;
      case 'expecting':
        waiting.get(message.number)?.ready();
        return;
      case 'ringing':
        waiting.get(message.number)?.ring();
        return;
      case 'answered': {
        const call = waiting.get(message.number);
        if (call !== undefined) call.expected.state.answeredAt = message.at;
        return;
      }
      case 'over':
        waiting.get(message.record.number)?.end(message.record);
        waiting.delete(message.record.number);
        return;
      case 'agent':
        agents.get(message.id)?.(message.problem);
        return;
      case 'delay':
        delayed?.(message);
        return;
      default:
        message satisfies never;
    }
  });
  ask({ do: 'open', greeting });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the process of the persons has ended');
  });
  const listening = await Promise.race([port, ended]);
  ended.catch(() => undefined);

  return {
    pid: child.pid ?? 0,
    port: listening,
    async expect(script) {
      const state: Expected['state'] = { ringing: false, answeredAt: null, record: null };
      let ring: () => void = () => undefined;
      let end: (record: CallRecord) => void = () => undefined;
      const ringing = new Promise<void>((resolve) => {
        ring = () => {
          state.ringing = true;
          resolve();
        };
      });
      const over = new Promise<CallRecord>((resolve) => {
        end = (record) => {
          state.record = record;
          resolve(record);
        };
      });
      const expected: Expected = { script, ringing, over, state };
      await new Promise<void>((ready) => {
        waiting.set(script.number, { expected, ready, ring, end });
        ask({ do: 'expect', script });
      });
      return expected;
    },
    answer: (number, afterMs) => ask({ do: 'answer', number, afterMs }),
    hangUp: (number) => ask({ do: 'hang_up', number }),
    logIn: (id, asteriskPort) =>
      new Promise((resolve, reject) => {
        agents.set(id, (problem) => {
          agents.delete(id);
          if (problem === null) resolve();
          else reject(new Error(problem));
        });
        ask({ do: 'log_in', id, asteriskPort });
      }),
    logOut: () => ask({ do: 'log_out' }),
    delay: () =>
      new Promise((resolve) => {
        delayed = resolve;
        ask({ do: 'delay' });
      }),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

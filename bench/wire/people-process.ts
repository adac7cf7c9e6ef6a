/** The persons and the agents' telephones as a process of their own, asked over the channel to the parent; ends with it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { callIn, type AgentPhone } from './agents.ts';
import type { FromPeople, ToPeople } from './people-messages.ts';
import { openPeople, type People } from './people.ts';

const NANOSECONDS = 1e6;
const AGAIN_MS = 500;

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let people: People | undefined;
const phones = new Map<string, AgentPhone>();
let seats = 0;

const tell = (message: FromPeople): void => void process.send?.(message);

async function open(greeting: readonly Uint8Array[]): Promise<void> {
  people = await openPeople(greeting, {
    ringing: (number) => tell({ told: 'ringing', number }),
    answered: (number, at) => tell({ told: 'answered', number, at }),
    over: (record) => tell({ told: 'over', record }),
  });
  tell({ told: 'open', port: people.port });
}

async function logIn(id: string, asteriskPort: number): Promise<void> {
  try {
    await sitDown(id, asteriskPort);
    tell({ told: 'agent', id, problem: null });
  } catch (error) {
    tell({ told: 'agent', id, problem: error instanceof Error ? error.message : String(error) });
  }
}

/** A sidecar that was killed in a talk hangs up on whoever is left of it: the agent calls in again, as people do. */
async function sitDown(id: string, asteriskPort: number): Promise<void> {
  seats += 1;
  const phone = await callIn(id, asteriskPort, seats);
  phones.set(id, phone);
  void phone.ended.then(async () => {
    while (phones.get(id) === phone) {
      await sleep(AGAIN_MS);
      if (phones.get(id) === phone) await sitDown(id, asteriskPort).catch(() => undefined);
    }
  });
}

process.on('message', (message: ToPeople) => {
  switch (message.do) {
    case 'open':
      void open(message.greeting);
      return;
    case 'expect':
      people?.expect(message.script);
      tell({ told: 'expecting', number: message.script.number });
      return;
    case 'answer':
      people?.answer(message.number, message.afterMs);
      return;
    case 'hang_up':
      people?.hangUp(message.number);
      return;
    case 'log_in':
      void logIn(message.id, message.asteriskPort);
      return;
    case 'log_out':
      for (const phone of phones.values()) phone.hangUp();
      phones.clear();
      return;
    case 'delay':
      tell({
        told: 'delay',
        p99Ms: delay.percentile(99) / NANOSECONDS,
        maxMs: delay.max / NANOSECONDS,
      });
      delay.reset();
      return;
    default:
      message satisfies never;
  }
});
process.on('disconnect', () => process.exit());
// A Ctrl-C reaches the whole group: the parent hangs everybody up first.
process.on('SIGINT', () => undefined);

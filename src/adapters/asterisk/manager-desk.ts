/**
 * A manager connection of its own for what is not part of any call: dial levels told to dialers, and the members of queues. Calls do not
 * wait behind it. It is opened when somebody first needs it, and hears agent events only.
 */
import type { ManagerMessage } from 'asterisk-manager';
import { type DialLevelNotice, levelVariable } from '../../domain/dial-level-notice.ts';
import type { LevelOutlet } from '../../ports/level-outlets.ts';
import type { Log } from '../../ports/log.ts';
import type { QueueFloor, QueueTold } from '../../ports/queue-floor.ts';
import { type AmiConnection, type AmiSettings, openAmi } from './ami-connection.ts';
import { readQueueEvent } from './queue-agents.ts';
import { openGate, type Tenure } from './tenure.ts';

/** Members are read anew this often, should an event ever be missing. */
const READ_EVERY_MS = 15_000;
const READ_AGAIN_MS = 5_000;
/** `dialplan reload` may clear global variables without a word; `AT` tells dialplans how old a level is. */
const RENEW_MS = 10_000;

export const LEVEL_USER_EVENT = 'BreakwaterDialLevel';

export interface ManagerDeskSettings {
  readonly ami: AmiSettings;
  readonly log: Log;
  readonly tenure?: Tenure;
  /** Of this machine; a rehearsal's clock may be elsewhere. */
  readonly nowMs: () => number;
}

export interface ManagerDesk {
  /** Global variables of the exchange, three for each campaign. */
  levelVariables(): LevelOutlet;
  /** A UserEvent for each change. */
  levelEvents(): LevelOutlet;
  readonly queues: QueueFloor;
  close(): Promise<void>;
}

export function openManagerDesk({ ami: settings, log, tenure, nowMs }: ManagerDeskSettings): ManagerDesk {
  const gate = openGate(tenure);
  const onUp: (() => void)[] = [];
  let connection: AmiConnection | null = null;
  let tell: ((told: QueueTold) => void) | null = null;
  let queueNames: string[] = [];
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  function ami(): AmiConnection {
    connection ??= openAmi(settings, gate, { event: hear, connection: connected });
    return connection;
  }

  function connected(up: boolean): void {
    log.info({ up }, 'manager desk');
    tell?.({ kind: 'lost' });
    if (timer !== null) clearTimeout(timer);
    if (!up) return;
    for (const each of onUp) each();
    void read();
  }

  async function read(): Promise<void> {
    if (tell === null || closed) return;
    queueNames = [];
    tell({ kind: 'reading' });
    let again = READ_EVERY_MS;
    try {
      // Everything else of a busy exchange is of no use here.
      await ami().action({ action: 'Events', eventmask: 'agent' });
      await ami().action({ action: 'QueueStatus' });
    } catch (error) {
      tell({ kind: 'lost' });
      log.warn({ problem: String(error) }, 'members of queues cannot be read');
      again = READ_AGAIN_MS;
    }
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void read(), again).unref();
  }

  function hear(message: ManagerMessage): void {
    if (tell === null) return;
    const event = message.event?.toLowerCase();
    if (event === 'queueparams') queueNames.push(String(message['queue']));
    else if (event === 'queuestatuscomplete') tell({ kind: 'read', queues: queueNames });
    else {
      const told = readQueueEvent(message);
      if (told !== null) tell(told);
    }
  }

  const outletOf = (
    name: string,
    renewMs: number | null,
    send: (notice: DialLevelNotice) => Promise<unknown>,
  ): LevelOutlet => {
    ami();
    return {
      name,
      renewMs,
      send: async (notice) => {
        await send(notice);
      },
      onForgotten: (listener) => void onUp.push(listener),
    };
  };

  const setGlobal = (variable: string, value: number) =>
    ami().action({ action: 'Setvar', variable, value: String(value) });

  return {
    levelVariables: () =>
      outletOf('global variables', RENEW_MS, async ({ campaignId, levelHundredths, linesNow }) => {
        await setGlobal(levelVariable('level', campaignId), levelHundredths);
        await setGlobal(levelVariable('lines', campaignId), linesNow);
        await setGlobal(levelVariable('at', campaignId), Math.floor(nowMs() / 1_000));
      }),
    levelEvents: () =>
      outletOf('UserEvent', null, (notice) =>
        ami().action({
          action: 'UserEvent',
          userevent: LEVEL_USER_EVENT,
          campaign: notice.campaignId,
          level: String(notice.levelHundredths),
          lines: String(notice.linesNow),
          because: notice.because,
          entry: String(notice.entryId ?? ''),
          writer: notice.writer,
        }),
      ),
    queues: {
      open(listener) {
        tell = listener;
        if (connection?.problem() === null) void read();
        else ami();
      },
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      connection?.close();
      gate.close();
      return Promise.resolve();
    },
  };
}

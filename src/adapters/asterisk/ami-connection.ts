/**
 * AMI through asterisk-manager, for what ARI cannot do: MixMonitor and the exchange's own database.
 * The package does not check values and reconnects badly, so both are done here.
 */
import connect, { type Manager, type ManagerMessage } from 'asterisk-manager';
import { TelephonyRefused, TelephonyUnavailable } from '../../ports/telephony.ts';
import { openAmiTunnel } from './ami-tunnel.ts';
import type { Gate } from './tenure.ts';

export interface AmiSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly secret: string;
  /** Left out or null: in the clear. */
  readonly tls?: { readonly authority: string | null } | null;
}

/** Who wants to know what the exchange tells by itself. Called in the order of the connection; MUST NOT throw. */
export interface AmiListener {
  event(message: ManagerMessage): void;
  /** True after each login, false when a connection that stood is lost: what is told in between is missed. */
  connection(up: boolean): void;
}

export interface AmiConnection {
  problem(): string | null;
  action(fields: Readonly<Record<string, string>>): Promise<ManagerMessage>;
  /** Sends a list action and collects its events until the one that ends it. Rejects when that does not come: a part is no list. */
  list(
    fields: Readonly<Record<string, string>>,
    rowEvent: string,
    endEvent: string,
  ): Promise<readonly ManagerMessage[]>;
  close(): void;
}

const ANSWER_WITHIN_MS = 2_000;
const RECONNECT_MS = 500;

export function openAmi(settings: AmiSettings, gate: Gate, hears?: AmiListener): AmiConnection {
  let manager: Manager | null = null;
  let problem: string | null = 'not connected yet';
  let closed = false;
  let retry: NodeJS.Timeout | null = null;
  let lastId = 0;
  /** Anything, by the connection that stands. */
  let heardAt = 0;
  const { tls = null } = settings;
  const tunnel = tls === null ? null : openAmiTunnel({ ...settings, ...tls });
  /** Whoever hears has been told that it stands. */
  let standing = false;

  const open = (): void => {
    const opened = connect(
      tunnel?.path ?? settings.port,
      settings.host,
      settings.user,
      settings.secret,
      true,
    );
    manager = opened;
    opened.on('error', (error: Error) => {
      if (manager === opened) problem = error.message;
    });
    opened.on('close', () => lost(opened, tunnel?.problem() ?? problem ?? 'connection lost'));
    opened.on('rawevent', () => {
      if (manager === opened) heardAt = performance.now();
    });
    // The package holds actions back until the login is through; this one tells us that it is.
    opened.on('connect', () => {
      opened.action({ action: 'ping' }, (error) => {
        if (manager !== opened) return;
        problem = error === null || error === undefined ? null : describe(error);
        if (problem !== null) return;
        standing = true;
        hears?.connection(true);
      });
    });
    if (hears === undefined) return;
    opened.on('managerevent', (message: ManagerMessage) => {
      if (manager === opened) hears.event(message);
    });
  };

  /** Also behind an `error`, which has named the problem already: a reset connection has its end like any other. */
  const lost = (ours: Manager, why: string): void => {
    // Given up before.
    if (manager !== ours) return;
    manager = null;
    if (standing && !closed) hears?.connection(false);
    standing = false;
    problem = why;
    if (closed || retry !== null) return;
    retry = setTimeout(() => {
      retry = null;
      open();
    }, RECONNECT_MS);
  };

  /** Nothing at all has come since it was asked: a line that is dead and does not say so. On it every action would wait in vain. */
  const giveUp = (ours: Manager): void => {
    lost(ours, `no word within ${ANSWER_WITHIN_MS} ms`);
    ours.disconnect();
  };

  open();

  /** The connection, when it stands and the calls are ours. */
  const ready = async (fields: Readonly<Record<string, string>>): Promise<Manager> => {
    const passed = gate.pass(`manager interface: ${fields['action'] ?? ''}`);
    if (passed !== null) await passed;
    if (manager === null || problem !== null || !manager.isConnected()) {
      throw new TelephonyUnavailable(`manager interface: ${problem ?? 'connection lost'}`);
    }
    return manager;
  };

  const nextId = (): string => {
    lastId += 1;
    return `breakwater-${lastId}`;
  };

  const send = (
    ours: Manager,
    actionid: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<ManagerMessage> =>
    new Promise((resolve, reject) => {
      const askedAt = performance.now();
      const timer = setTimeout(() => {
        // A turn later: after a stall of ours the answer waits to be read.
        setImmediate(() => {
          if (heardAt < askedAt) giveUp(ours);
        });
        reject(new TelephonyUnavailable(`manager interface: no answer within ${ANSWER_WITHIN_MS} ms`));
      }, ANSWER_WITHIN_MS);
      ours.action({ ...checked(fields), actionid }, (error, answer) => {
        clearTimeout(timer);
        if (error !== null && error !== undefined) reject(new TelephonyRefused(describe(error), null));
        else resolve(answer ?? {});
      });
    });

  return {
    problem: () => problem,
    async action(fields) {
      return send(await ready(fields), nextId(), fields);
    },
    async list(fields, rowEvent, endEvent) {
      const ours = await ready(fields);
      const actionid = nextId();
      const rows: ManagerMessage[] = [];
      let late: NodeJS.Timeout | undefined;
      let finish: () => void = () => undefined;
      let giveUp: (problem: TelephonyUnavailable) => void = () => undefined;
      const finished = new Promise<void>((resolve, reject) => {
        finish = resolve;
        giveUp = reject;
      });
      // Who has not come to wait for it yet.
      finished.catch(() => undefined);
      const wait = (): void => {
        clearTimeout(late);
        late = setTimeout(() => {
          giveUp(
            new TelephonyUnavailable(
              `manager interface: ${fields['action'] ?? ''} stopped behind ${rows.length} rows`,
            ),
          );
        }, ANSWER_WITHIN_MS);
      };
      const collect = (event: ManagerMessage): void => {
        if (event.actionid !== actionid) return;
        wait();
        if (event.event?.toLowerCase() === rowEvent.toLowerCase()) rows.push(event);
        if (event.event?.toLowerCase() === endEvent.toLowerCase()) finish();
      };
      ours.on('managerevent', collect);
      try {
        await send(ours, actionid, fields);
        wait();
        await finished;
        return rows;
      } catch (error) {
        if (error instanceof TelephonyRefused && /not found|no such|does not exist/i.test(error.message))
          return [];
        throw error;
      } finally {
        clearTimeout(late);
        ours.removeListener('managerevent', collect);
      }
    },
    close() {
      closed = true;
      if (retry !== null) clearTimeout(retry);
      problem = 'closed';
      manager?.disconnect();
      tunnel?.close();
    },
  };
}

/** A line break in a value would be a header of its own. */
function checked(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(fields)) {
    if (/[\r\n\0]/.test(value)) throw new TelephonyRefused(`${name} has a line break in it`, null);
  }
  return fields;
}

const describe = (error: ManagerMessage | Error): string => String(error.message);

/**
 * One dialer's connection and the one we hold to the exchange for it. Both directions are passed on as they come, except for the login,
 * which is ours, and for what the judge rewrites or answers. Whatever is in doubt ends in an error response or in a lost connection.
 *
 * anonymous -> (account proven, our own login sent) logging in -> in -> over; each may go to over at once.
 */
import type { Socket } from 'node:net';
import type { AmiEnd } from '../../../ports/ami-figures.ts';
import type { AmiAccount } from './accounts.ts';
import type { AmiAction } from './action.ts';
import { asRead, isPlain } from './doors/as-read.ts';
import { judgeInTime, type Judged } from './errand.ts';
import { hearsCalls } from './event-style.ts';
import { type ClientMessage, clientFraming, type Malformation } from './framing.ts';
import { intake } from './intake.ts';
import { anonymous, REFUSED, upstreamLogin } from './login.ts';
import { isOneAction } from './rewritten.ts';
import { serverFrames } from './server-frames.ts';
import type { Seat, Session, SessionEnds, SessionHost } from './session-host.ts';
import { stallWatch } from './stall-watch.ts';
import { amiError, amiMessage } from './wire.ts';

/** As the manager does, so that guessing is slow. */
const REFUSE_AFTER_MS = 1_000;
/** Of a connection that is over, until the other side has taken what was said. */
const LINGER_MS = 5_000;
/** The manager answers these to whoever has logged in, and does nothing but end the connection. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['login', 'challenge', 'logoff']);
const LOGIN_ANSWER_BYTES_MAX = 16_384;
const NOTHING = Buffer.alloc(0);
const MALFORMED: Readonly<Record<Malformation, string>> = {
  line_too_long: 'Failed to parse message: line too long',
  too_many_lines: 'Too many lines in message or allocation failure',
};

type State =
  | { readonly is: 'anonymous' }
  | { readonly is: 'logging in'; readonly action: AmiAction; readonly account: AmiAccount; answer: Buffer }
  | { readonly is: 'in'; readonly account: AmiAccount }
  | { readonly is: 'over'; readonly account: AmiAccount | null };

export function openSession(ends: SessionEnds, host: SessionHost): Session {
  const { client, upstream, connection, remoteAddress } = ends;
  const { clock, limits } = host;
  const framing = clientFraming();
  const frames = serverFrames();
  const beforeLogin = anonymous(host.accounts, () => host.newChallenge());
  const gone = new AbortController();
  let state: State = { is: 'anonymous' };
  let seat: Seat | null = null;
  /** An action is with the judge, or a login is under way: later ones wait. */
  let busy = false;
  /** The exchange has shown its banner; nothing is answered before. */
  let greeted = false;
  let reachable = false;
  /** Why the exchange is about to close, when we know. */
  let expected: AmiEnd | null = null;
  let clientEnded = false;
  /** Something was sent that the exchange may still have to answer, after the last of ours that waits for its place. */
  let sent = false;
  /** Events of class `call` come to this connection; of what an account may read the exchange has the last word. */
  let hearing = true;

  const stall = stallWatch(client, upstream, { ...limits, clock, cut: () => cut('dialer_stalled') });
  const loginTimer = clock.after(limits.loginWithinMs, () => cut('login_late'));
  const isOver = (): boolean => state.is === 'over';

  function over(why: AmiEnd): boolean {
    if (state.is === 'over') return false;
    const account = state.is === 'anonymous' ? null : state.account;
    state = { is: 'over', account };
    loginTimer.cancel();
    stall.close();
    gone.abort();
    seat?.leave();
    seat = null;
    host.ended(why, account?.name ?? null);
    return true;
  }

  function cut(why: AmiEnd): void {
    if (!over(why)) return;
    client.destroy();
    upstream.destroy();
  }

  /** What has been said is still delivered. */
  function finish(why: AmiEnd, lastWord?: Buffer): void {
    if (!over(why)) return;
    if (lastWord === undefined) client.end();
    else client.end(lastWord);
    upstream.end();
    // What still comes is nobody's; it is taken so that the ends are seen.
    client.resume();
    upstream.resume();
    clock.after(LINGER_MS, () => {
      client.destroy();
      upstream.destroy();
    });
  }

  function toDialer(parts: readonly Buffer[]): void {
    if (parts.length === 0) return;
    if (parts.length > 1) client.cork();
    for (const part of parts) client.write(part);
    if (parts.length > 1) client.uncork();
    stall.wrote();
  }

  function toExchange(bytes: Buffer): void {
    upstream.write(bytes);
    sent = true;
  }

  /**
   * Ours, in its place: behind the answers to all that was sent before. Where any may be outstanding, a Ping is sent whose Pong
   * becomes the answer.
   */
  function answer(bytes: Buffer): void {
    if (!sent && frames.waiting() === 0) {
      toDialer(frames.insert(bytes));
      return;
    }
    if (!sent && frames.extend(bytes)) return;
    behindAll((pong) => frames.replace(pong, bytes));
  }

  /** A Ping of ours, whose Pong comes behind the answers to all that was sent before. */
  function behindAll(stand: (pong: Buffer) => void): void {
    const id = { name: 'ActionID', value: host.newToken() };
    stand(amiMessage([{ name: 'Response', value: 'Success' }, id]).subarray(0, -2));
    upstream.write(amiMessage([{ name: 'Action', value: 'Ping' }, id]));
    sent = false;
  }

  function refuse(action: AmiAction, name: string): void {
    busy = true;
    upstream.destroy();
    host.loginFailed(remoteAddress, name);
    clock.after(REFUSE_AFTER_MS, () => finish('login_refused', amiError(action, REFUSED)));
  }

  function logIn(action: AmiAction, account: AmiAccount): void {
    seat = host.enter(account);
    if (seat === null) {
      finish('too_many_connections', amiError(action, 'Login Already In Use'));
      return;
    }
    try {
      upstream.write(upstreamLogin(action, host.login));
      busy = true;
      state = { is: 'logging in', action, account, answer: Buffer.alloc(0) };
      hearing = hearsCalls(action.first('Events') ?? '', true);
    } catch (error) {
      finish('login_refused', amiError(undefined, messageOf(error)));
    }
  }

  function loginAnswered(chunk: Buffer): void {
    if (state.is !== 'logging in') return;
    const { account, action } = state;
    state.answer = Buffer.concat([state.answer, chunk]);
    const whole = state.answer;
    if (!whole.includes('\r\n\r\n') && whole.length < LOGIN_ANSWER_BYTES_MAX) return;
    if (!whole.subarray(0, 19).equals(Buffer.from('Response: Success\r\n'))) {
      finish('exchange_refused_login', amiError(action, REFUSED));
      return;
    }
    state = { is: 'in', account };
    loginTimer.cancel();
    busy = false;
    toDialer(frames.push(whole));
    work();
  }

  function handleAnonymous(action: AmiAction): void {
    const said = beforeLogin(action);
    switch (said.do) {
      case 'answer':
        answer(said.bytes);
        break;
      case 'leave':
        finish('dialer_left', said.bytes);
        break;
      case 'refuse':
        refuse(action, said.name);
        break;
      case 'login':
        logIn(action, said.account);
        break;
      default:
        said satisfies never;
    }
  }

  function handle(message: ClientMessage): void {
    const { action } = message;
    if (message.kind === 'malformed') {
      host.count('malformed');
      answer(amiError(action, MALFORMED[message.problem]));
    } else if (state.is === 'anonymous') {
      handleAnonymous(action);
    } else if (state.is === 'in') {
      handleAction(action, state.account);
    }
  }

  function handleAction(action: AmiAction, account: AmiAccount): void {
    if (NOT_JUDGED.has(action.name)) {
      passUnjudged(action);
    } else if (action.name === '') {
      answer(amiError(action, 'Missing action in request'));
    } else if (seat?.mayAct() !== true) {
      host.count('too_many_actions');
      answer(amiError(action, `More than ${limits.actionsPerSecond} actions per second`));
    } else {
      judge(action, account);
    }
  }

  /** Its own bytes where there is one way to read them. */
  function passUnjudged(action: AmiAction): void {
    let bytes = action.raw;
    try {
      if (!isPlain(bytes)) bytes = asRead(action);
    } catch (error) {
      answer(amiError(action, messageOf(error)));
      return;
    }
    if (action.name === 'logoff') expected = 'dialer_left';
    toExchange(bytes);
  }

  function judge(action: AmiAction, account: AmiAccount): void {
    const errand = { judge: host.judge, clock, withinMs: limits.judgeWithinMs, gone: gone.signal };
    const judged = judgeInTime(action, { account: account.name, connection, remoteAddress }, errand);
    if (!(judged instanceof Promise)) {
      settle(action, account, judged);
      return;
    }
    busy = true;
    void judged.then((late) => {
      busy = false;
      settle(action, account, late);
      work();
    });
  }

  function settle(action: AmiAction, account: AmiAccount, judged: Judged): void {
    if (state.is !== 'in' || expected !== null) {
      if (judged.in === 'time') judged.withdraw();
      return;
    }
    if (judged.in === 'vain') {
      notJudged(action, account, judged.problem);
      return;
    }
    const { judgement } = judged;
    if (action.name === 'events' && judgement.do !== 'answer') {
      hearing = hearsCalls(action.first('EventMask') ?? '', hearing);
    }
    switch (judgement.do) {
      case 'pass':
        toExchange(action.raw);
        break;
      case 'rewrite': {
        if (!isOneAction(judgement.bytes)) {
          judged.withdraw();
          notJudged(action, account, 'the judge wrote something else than one action');
          return;
        }
        toExchange(judgement.bytes);
        const { answered } = judgement;
        // Every action has one response: the last one before the Pong is this one's.
        if (answered !== undefined) behindAll((pong) => frames.attend(pong, answered));
        break;
      }
      case 'answer': {
        const event = judgement.event === undefined ? NOTHING : host.written(judgement.event);
        answer(hearing ? Buffer.concat([judgement.bytes, event]) : judgement.bytes);
        if (event.length > 0) host.announce(account.name, event, connection);
        break;
      }
      default:
        judgement satisfies never;
    }
    host.count(judgement.do);
  }

  function notJudged(action: AmiAction, account: AmiAccount, problem: string): void {
    host.count('not_judged');
    host.unjudged(account.name, action.name, problem);
    answer(amiError(action, 'Breakwater could not judge this action'));
  }

  const mayWork = (): boolean =>
    greeted &&
    !busy &&
    expected === null &&
    !isOver() &&
    !upstream.writableNeedDrain &&
    client.writableLength <= limits.bufferBytes &&
    frames.waitingBytes() <= limits.bufferBytes;

  const waiting = intake({
    mayWork,
    handle,
    held() {
      if (!isOver() && expected === null) client.pause();
    },
    empty() {
      if (!clientEnded) client.resume();
      else if (state.is === 'anonymous') finish('dialer_left');
      else leave('dialer_left');
    },
  });
  const work = (): void => waiting.work();

  /** Nothing more is asked of the exchange: it answers what it has read, then sees the end and closes. */
  function leave(why: AmiEnd): void {
    expected = why;
    upstream.end();
  }

  client.on('data', (chunk: Buffer) => {
    if (isOver() || expected !== null) return;
    waiting.add(framing.push(chunk));
    work();
  });
  client.on('end', () => {
    clientEnded = true;
    work();
  });
  client.on('drain', () => {
    stall.drained();
    work();
  });
  client.on('error', () => cut('dialer_lost'));
  client.on('close', () => cut('dialer_lost'));

  upstream.on('connect', () => (reachable = true));
  upstream.on('data', (chunk: Buffer) => {
    if (isOver()) return;
    if (state.is === 'logging in') {
      loginAnswered(chunk);
      return;
    }
    toDialer(frames.push(chunk));
    host.observe(chunk);
    const before = greeted;
    greeted ||= chunk.includes(0x0a);
    // What held the dialer back may be gone with it.
    if (!before || client.isPaused()) work();
  });
  upstream.on('drain', () => work());
  upstream.on('end', () => {
    if (isOver()) return;
    toDialer(frames.close());
    finish(expected ?? 'exchange_left');
  });
  upstream.on('error', () => {
    if (!busy || state.is !== 'anonymous') cut(reachable ? 'exchange_lost' : 'exchange_unreachable');
  });

  const closed = Promise.all([client, upstream].map((socket) => closedOf(socket))).then(() => undefined);
  return {
    announce(account, event, from) {
      if (state.is !== 'in' || expected !== null || !hearing) return;
      if (state.account.name !== account || from === connection) return;
      // Of who does not read nothing more is kept; the exchange would drop such a listener.
      if (client.writableLength + frames.waitingBytes() > limits.bufferBytes) return;
      toDialer(frames.insert(event));
    },
    stop() {
      if (state.is !== 'in') {
        finish('stopping');
        return;
      }
      leave('stopping');
      clock.after(LINGER_MS, () => cut('stopping'));
    },
    closed,
  };
}

const closedOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * One connection of one channel: first the environment, then commands, strictly one at a time (Asterisk reads one line and
 * sleeps on the socket; a second command in the same write is never read). Whatever the far end sends, nothing throws.
 */
import type { Socket } from 'node:net';
import { assertInvariant } from '../../domain/assert.ts';
import { ENVIRONMENT_CHARS_MAX, ENVIRONMENT_LINES_MAX } from './request.ts';
import { type AgiCommand, parseReplyLine } from './wire.ts';

/** A reply fits; a usage text has fewer lines than this. */
const REPLY_CHARS_MAX = 4_096;
const USAGE_LINES_MAX = 64;

/** `hung_up`: the channel says so. `gone`: the connection ended, or the far end spoke nonsense. Behind both nothing more can be said. */
export type CommandEnd = 'done' | 'refused' | 'hung_up' | 'gone';

export interface AgiSession {
  /** Lines of the environment, or null when the connection ended or a bound was passed before its blank line. */
  environment(): Promise<readonly string[] | null>;
  command(command: AgiCommand): Promise<CommandEnd>;
  /** Calls back once when the far end is gone; at once if it already is. */
  onGone(listener: () => void): void;
  isGone(): boolean;
  close(): void;
}

export function openSession(socket: Socket): AgiSession {
  let phase: 'environment' | 'commands' | 'gone' = 'environment';
  let text = '';
  let environmentChars = 0;
  const lines: string[] = [];
  let complete = false;
  let usageLines = 0;
  let takeEnvironment: ((lines: readonly string[] | null) => void) | undefined;
  let takeReply: ((end: CommandEnd) => void) | undefined;
  let doneResult = 1;
  const goneListeners: (() => void)[] = [];

  const leaveAs = (end: 'hung_up' | 'gone'): void => {
    if (phase === 'gone') return;
    phase = 'gone';
    text = '';
    socket.destroy();
    takeEnvironment?.(complete ? lines : null);
    reply(end);
    for (const listener of goneListeners.splice(0)) listener();
  };
  const leave = (): void => leaveAs('gone');
  const reply = (end: CommandEnd): void => {
    const take = takeReply;
    takeReply = undefined;
    take?.(end);
  };
  const environmentLine = (line: string): void => {
    environmentChars += line.length + 1;
    if (environmentChars > ENVIRONMENT_CHARS_MAX) {
      leave();
      return;
    }
    if (line !== '') {
      if (lines.length === ENVIRONMENT_LINES_MAX) {
        leave();
        return;
      }
      lines.push(line);
      return;
    }
    complete = true;
    phase = 'commands';
    takeEnvironment?.(lines);
  };
  const replyLine = (line: string): void => {
    if (usageLines > 0) {
      if (/^520 /.test(line)) {
        usageLines = 0;
        reply('refused');
      } else if (++usageLines > USAGE_LINES_MAX) leave();
      return;
    }
    const read = parseReplyLine(line);
    if (read.kind === 'usage_begins' && takeReply !== undefined) usageLines = 1;
    else if (read.kind === 'result' && takeReply !== undefined)
      reply(read.result === doneResult ? 'done' : 'refused');
    else if (read.kind === 'refused' && takeReply !== undefined) reply('refused');
    else if (read.kind === 'hangup') leaveAs('hung_up');
    else leave(); // noise, or an answer to a question nobody asked
  };

  socket.setEncoding('latin1');
  socket.setNoDelay(true);
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, text[end - 1] === '\r' ? end - 1 : end);
      text = text.slice(end + 1);
      if (phase === 'environment') environmentLine(line);
      else if (phase === 'commands') replyLine(line);
    }
    if (text.length > (phase === 'environment' ? ENVIRONMENT_CHARS_MAX : REPLY_CHARS_MAX)) leave();
  });
  socket.on('error', leave);
  socket.on('end', leave);
  socket.on('close', leave);

  return {
    environment: () =>
      new Promise((resolve) => {
        if (complete) resolve(lines);
        else if (phase === 'gone') resolve(null);
        else takeEnvironment = resolve;
      }),
    command: (command) =>
      new Promise((resolve) => {
        assertInvariant(takeReply === undefined, 'one-agi-command-at-a-time');
        if (phase === 'gone') {
          resolve('gone');
          return;
        }
        takeReply = resolve;
        doneResult = command.doneResult;
        socket.write(command.line, 'latin1');
      }),
    onGone: (listener) => {
      if (phase === 'gone') listener();
      else goneListeners.push(listener);
    },
    isGone: () => phase === 'gone',
    close: leave,
  };
}

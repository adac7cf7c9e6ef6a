/**
 * How the exchange writes the head of an event, and which sessions hear one (manager.c: `__manager_event_sessions_va`, `strings_to_mask`), for
 * the few events that are ours: they must look as its own, and come to nobody who has asked for none. Pure.
 */
import type { AmiHeader } from './action.ts';

/** Lines between `Privilege` and what is the event's own. */
export interface EventStyle {
  /** `timestampevents` of manager.conf. */
  readonly isStamped: boolean;
  /** `systemname` of asterisk.conf; null: it has none. */
  readonly systemName: string | null;
}

export const PLAIN_STYLE: EventStyle = { isStamped: false, systemName: null };

/** Told to everybody, so not of a list (no such privilege); FullyBooted is written by hand and has none of these lines. */
const HEAD =
  /(?:^|\r\n\r\n)Event: (?!FullyBooted\r)[^\r\n]+\r\nPrivilege: [a-z]+(?:,[a-z]+)*,all\r\n((?:[^\r\n]+\r\n)*)\r\n/;
/** Enough for a few events. */
const LOOKED_AT_BYTES = 2_048;
/** In this order: `manager set debug` puts its own between them. */
const STYLE =
  /^(Timestamp: \d+\.\d+\r\n)?(?:SequenceNumber: .*\r\nFile: .*\r\nLine: .*\r\nFunc: .*\r\n)?(?:SystemName: (.*)\r\n)?/;

/** What these bytes of the exchange show of it; null: no whole event. */
export function styleIn(chunk: Buffer): EventStyle | null {
  const lines = HEAD.exec(chunk.toString('latin1', 0, LOOKED_AT_BYTES))?.[1];
  if (lines === undefined) return null;
  const [, stamp, systemName] = STYLE.exec(lines) ?? [];
  return { isStamped: stamp !== undefined, systemName: systemName ?? null };
}

/** An event with the lines that the exchange would put into it; `event` begins with Event and Privilege. */
export function styled(
  event: readonly AmiHeader[],
  { isStamped, systemName }: EventStyle,
  atMs: number,
): readonly AmiHeader[] {
  const seconds = Math.floor(atMs / 1_000);
  const micros = String(Math.floor(atMs - seconds * 1_000) * 1_000).padStart(6, '0');
  return [
    ...event.slice(0, 2),
    ...(isStamped ? [{ name: 'Timestamp', value: `${seconds}.${micros}` }] : []),
    ...(systemName === null ? [] : [{ name: 'SystemName', value: systemName }]),
    ...event.slice(2),
  ];
}

const CALL_CLASS = 2;
const YES = /^(yes|true|y|t|1|on)$/i;
const NO = /^(no|false|n|f|0|off)$/i;

/** Does a session with this event mask (`Events` of Login, `EventMask` of Events) hear events of class `call`? '' leaves it as it was. */
export function hearsCalls(mask: string, before: boolean): boolean {
  if (mask === '') return before;
  if (/^\d+$/.test(mask)) return (Number.parseInt(mask, 10) & CALL_CLASS) !== 0;
  if (NO.test(mask)) return false;
  return YES.test(mask) || mask.split(',').some((name) => name === 'call' || name === 'all');
}

/** How figures and times are written: one way each. */

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const NARROW_SPACE = '\u202f';

export const percent = (value) => (value === null ? '–' : `${value.toFixed(2)}${NARROW_SPACE}%`);
export const plainPercent = (value) => `${Number(value.toFixed(2))}${NARROW_SPACE}%`;
export const level = (value) => value.toFixed(2);
export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
export const outOf = ({ drops, live_answers: live }) => `${drops} of ${live}`;

/** `10:32:07` today, `Nov 20, 10:32` before. */
export function time(instant) {
  const at = new Date(instant);
  return at.toDateString() === new Date().toDateString() ? clock.format(at) : dayAndClock.format(at);
}

/** +13035550101 as +1 303 555 0101; anything else as it came. */
export const number = (text) => text?.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '+1 $1 $2 $3') ?? '–';

/** 3.4 s, 1 min 05 s. */
export function duration(ms) {
  if (!(ms >= 0)) return '';
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(2)}${NARROW_SPACE}s`;
  return `${Math.floor(seconds / 60)}${NARROW_SPACE}min ${String(Math.floor(seconds % 60)).padStart(2, '0')}${NARROW_SPACE}s`;
}

/** 2,000 ms. */
export const milliseconds = (ms) => `${ms.toLocaleString('en-US')}${NARROW_SPACE}ms`;

export const words = (code) => code.replaceAll('_', ' ');

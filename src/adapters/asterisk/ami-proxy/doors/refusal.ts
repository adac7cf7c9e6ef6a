/** An action that the account may not send, and why; told to the dialer, so it says what to change. */
export class DoorClosed extends Error {
  readonly code = 'door_closed';
  constructor(why: string) {
    super(why);
    this.name = 'DoorClosed';
  }
}

/** What a dialer sent, in a message of one line: short, and printable. */
export const shown = (text: string): string => `\`${text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 80)}\``;

/** A value that is written into an action again: nothing in it that could mean anything but itself. */
export function plain(name: string, value: string, charsMax = 200): string {
  // eslint-disable-next-line no-control-regex -- these are the characters it is about
  if (value.length > charsMax || /[\0-\x1f\x7f]/.test(value)) {
    throw new DoorClosed(
      `${name} ${shown(value)}: expected at most ${charsMax} characters and no control characters`,
    );
  }
  return value;
}

/** For the log: no full telephone number. */
export const redacted = (text: string): string =>
  text.replaceAll(/\d{7,}/g, (digits) => `${digits.slice(0, -4)}****`);

/** Changes of bytes and values as a broken or hostile sender makes them; all from one seed. */

export type Dice = (sides: number) => number;

export const oneOf = <T>(dice: Dice, from: readonly T[]): T => {
  const found = from[dice(from.length)];
  if (found === undefined && from.length === 0) throw new Error('nothing to choose from');
  return found as T;
};

const PIECES = [
  ...['\r\n', '\n', '\r', '\0', '\r\n\r\n', ': ', ':', ';', ',', '"', "'", '\\', '%', '%00', '%ff', '%2e%2e%2f', '../'],
  ...['${jndi:x}', '$(reboot)', '${SHELL(x)}', '&', '=', '?', '#', '<script>alert(1)</script>', '{{', '\u202e', '\ufeff'],
  ...['\ud83d\udca9', 'é', '\uffff', '+', '-', '0x', '1e309', '-0', 'NaN', 'null', 'true', '[[[[', '{"__proto__":{}}'],
].map((text) => Buffer.from(text)); // prettier-ignore

/** One to four changes; never longer than twice the original and a kilobyte. */
export function mutateBytes(original: Uint8Array, dice: Dice, pieces: readonly Buffer[] = PIECES): Buffer {
  let bytes = Buffer.from(original);
  for (let times = dice(4); times >= 0; times -= 1) {
    const at = dice(bytes.length + 1);
    switch (dice(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = dice(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice(8));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice(20))]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), oneOf(dice, pieces), bytes.subarray(at)]);
        break;
      case 5: {
        const from = dice(bytes.length + 1);
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          bytes.subarray(from, from + dice(200)),
          bytes.subarray(at),
        ]);
        break;
      }
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + dice(400), 65 + dice(26)),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes.subarray(0, 2 * original.length + 1_024);
}

/** Values that no schema expects. */
export function oddValue(dice: Dice): unknown {
  const odd: readonly (() => unknown)[] = [
    () => null,
    () => dice(2) === 0,
    () => -1,
    () => 2 ** 53,
    () => 1e308,
    () => 0.1,
    () => '',
    () => ' ',
    () => 'x'.repeat(dice(6_000)),
    () => '\u0000',
    () => '\ud800',
    () => '+1303555\u06601\u066001',
    () => '9999-12-31T23:59:59Z',
    () => '-271821-04-20T00:00:00Z',
    () => 'constructor',
    () => [],
    () => ({}),
    () => JSON.parse('{"__proto__":{"admin":true}}') as unknown,
    () => Array.from({ length: dice(300) }, () => 'a'),
    () => nested(dice(300)),
  ];
  return oneOf(dice, odd)();
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

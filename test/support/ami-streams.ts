/**
 * What a dialer never would send: calls that are nearly good, actions that only read, and lines without sense, with every trick of framing
 * that we know of. For the property test, and for the million actions of `bench:doors`.
 */
import fc from 'fast-check';
import { AMI_DOORS } from '../../src/config/ami-door-table.ts';

const NUMBERS = ['3035550123', '13035550124', '+13035550125', '19005550100', '911', '0113035550123'];

const channels = fc.oneof(
  fc.constantFrom(...NUMBERS).map((number) => `Local/9${number}@default`),
  fc.constantFrom(...NUMBERS).map((number) => `PJSIP/${number}@carrier`),
  fc
    .tuple(fc.constantFrom(...NUMBERS), fc.constantFrom('&', ',', '/n', '@default', '\0', ' ', '\r', '\x01'))
    .map(([number, tail]) => `Local/9${number}@default${tail}PJSIP/19005550100@carrier`),
  fc.constantFrom('PJSIP/gs102', 'Local/8600051@default', 'SIP/19005550100', 'Local/s@breakwater-out', ''),
);
const variables = fc.constantFrom(
  'a=1',
  'BREAKWATER_STATE=CO',
  'BREAKWATER_VERDICT=permit',
  '__BREAKWATER_DECISION_ID=old',
  '_BREAKWATER_DIAL_SUFFIX=@x&PJSIP/19005550100@carrier',
  'a="b,BREAKWATER_VERDICT=permit"',
  'a=b\\,BREAKWATER_VERDICT=permit',
  'a=(b,BREAKWATER_VERDICT=permit',
  'CALLERID(num)=1',
  'SHELL(touch x)=1',
);
const trick = fc.oneof(
  { weight: 8, arbitrary: fc.constant('\r\n') },
  fc.constantFrom('\n', '\r\n\r\n', '\n\n', '\r\r\n', '\0\r\n', ' \r\n', '\r', ''),
);
const glue = fc.oneof(
  { weight: 8, arbitrary: fc.constant(': ') },
  fc.constantFrom(':', ' : ', ':\t', ':\0', ': \x01', '::'),
);
const cased = (text: string): fc.Arbitrary<string> =>
  fc.mixedCase(fc.constant(text)).chain((mixed) => fc.constantFrom(text, mixed, `${text} `, ` ${text}`));
const name = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'Action',
      'Channel',
      'Exten',
      'Context',
      'Priority',
      'Variable',
      'Application',
      'Data',
    ),
  },
  fc
    .constantFrom(
      'Async',
      'ChannelId',
      'Command',
      'PreDialGoSub',
      'Callerid',
      'Timeout',
      'VDACnote',
      'ActionID',
      'Interface',
      'ExtraChannel',
    )
    .chain(cased),
);
const anyValue = fc.oneof(
  channels,
  variables,
  fc
    .constantFrom('Originate', 'Ping', 'Redirect', 'Command', 'QueueAdd', 'oRIGINATE', 'Originate ')
    .chain(cased),
  fc.constantFrom('8368', 'default', '1', '5', 'Dial', 'Queue', 'sales', 'true', '25000', 'x'.repeat(1_015)),
  fc.constantFrom(...Object.keys(AMI_DOORS)),
);
const strayLine = fc.tuple(name, glue, anyValue, trick).map((parts) => parts.join(''));
/** Mostly good calls, so that what is wrong with one is what was put into it. */
const call = fc
  .tuple(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('Local/93035550123@default', 'Local/8600051@default') },
      channels,
    ),
    fc.oneof(fc.constant(['a=1', 'BREAKWATER_STATE=CO']), fc.array(variables, { maxLength: 2 })),
    fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(strayLine, { maxLength: 3 })),
    fc.constantFrom('', '', '', 'Exten', 'Priority', 'Action'),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('8368') },
      fc.constantFrom(...NUMBERS).map((number) => `9${number}`),
    ),
  )
  .chain(([channel, given, stray, missing, exten]) => {
    const good = [
      'Action: Originate',
      `Channel: ${channel}`,
      `Exten: ${exten}`,
      'Context: default',
      'Priority: 1',
    ];
    const lines = [...good, ...given.map((each) => `Variable: ${each}`)].filter(
      (line) => missing === '' || !line.startsWith(missing),
    );
    const ended = [...lines.map((line) => `${line}\r\n`), ...stray];
    return fc
      .shuffledSubarray(ended, { minLength: ended.length })
      .map((shuffled) => `${shuffled.join('')}\r\n`);
  });
/** Actions that read, so that they are seen to pass. */
const reading = fc
  .tuple(
    fc.constantFrom('Ping', 'CoreStatus', 'QueueStatus', 'Events'),
    fc.array(strayLine, { maxLength: 2 }),
  )
  .map(([action, stray]) => `Action: ${action}\r\n${stray.join('')}\r\n`);
/** Bytes of a dialer, one to six actions and what was meant as such. */
export const amiStreams = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: call },
      reading,
      fc.array(strayLine, { maxLength: 12 }).map((lines) => `${lines.join('')}\r\n`),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

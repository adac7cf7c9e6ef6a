/**
 * INVARIANT (no-originate-passes): whatever bytes a dialer sends, what goes on to the manager, read as the manager reads it, places no call
 * but one that was permitted, to the number that was screened.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import { separate } from '../../src/adapters/asterisk/ami-proxy/doors/variables.ts';
import { clientFraming } from '../../src/adapters/asterisk/ami-proxy/framing.ts';
import { AMI_DOORS, amiDoor } from '../../src/config/ami-door-table.ts';
import { doorsSetting, fakeOriginations, PERMITTED, SESSION, VETOED } from '../support/ami-actions.ts';
import { headerOf, type ModelMessage, readAsManager } from '../support/manager-model.ts';

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
const streams = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: call },
      reading,
      fc.array(strayLine, { maxLength: 12 }).map((lines) => `${lines.join('')}\r\n`),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));

const doors = accountDoors(doorsSetting({ behindAgents: ['9{number}@default'] }));
const log = { warn: () => undefined, error: () => undefined };

/** True: a telephone that dials a permitted number when it is there. */
function checkOriginate({ lines }: ModelMessage, permitted: readonly string[]): boolean {
  const channel = headerOf(lines, 'Channel');
  const number = /^(?:Local\/9(.+)@default|PJSIP\/(.+)@carrier)$/.exec(channel);
  if (number === null) {
    expect(channel).toMatch(/^PJSIP\/[a-z][a-z0-9]*$|^Local\/8600\d{3}@default$/i);
  } else {
    expect(permitted).toContain(number[1] ?? number[2]);
  }
  expect(headerOf(lines, 'PreDialGoSub')).toBe('');
  const application = headerOf(lines, 'Application');
  const place = `${headerOf(lines, 'Exten')}@${headerOf(lines, 'Context')},${headerOf(lines, 'Priority')}`;
  const behind = number === null && application === '' ? /^9(.+)@default,1$/.exec(place) : null;
  if (behind !== null) {
    expect(permitted).toContain(behind[1]);
    expect(Number(headerOf(lines, 'Timeout'))).toBeLessThanOrEqual(5_000);
  } else if (application === '') {
    expect(place).toMatch(/^(8368|8600\d{3})@default,1$/);
  } else expect(`${application}(${headerOf(lines, 'Data')})`).toBe('Queue(sales)');
  const names = lines
    .filter((line) => /^variable:/i.test(line))
    .flatMap((line) => separate(line.slice('variable:'.length).trimStart()))
    .map((item) => item.split('=')[0] ?? '');
  const ours = names.filter((each) => /breakwater|\(/i.test(each));
  const told =
    PERMITTED.kind === 'permit' && (number ?? behind) !== null
      ? PERMITTED.variables.map(([each]) => `__${each}`)
      : [];
  // The telephone must not bear the name of the call.
  if (behind !== null) told.splice(told.indexOf('__BREAKWATER_CALL_ID'), 1);
  expect(ours).toEqual([...told, ...(ours.includes('__BREAKWATER_STATE') ? ['__BREAKWATER_STATE'] : [])]);
  return behind !== null;
}

const RUNS = Number(process.env['BREAKWATER_FUZZ_RUNS'] ?? 3_000);

test('no bytes get a call past the veto', async () => {
  const seen = { pass: 0, rewrite: 0, answer: 0, originates: 0, behind: 0 };
  await fc.assert(
    fc.asyncProperty(streams, fc.boolean(), async (bytes, permits) => {
      const originations = fakeOriginations(VETOED);
      // As control: what cannot be read as a number is vetoed.
      originations.reply = ({ number }) => (permits && /^\+?1?\d{10}$/.test(number) ? PERMITTED : VETOED);
      const judge = amiDoorsJudge({ doorsOf: () => doors, originations, log });
      for (const message of clientFraming().push(bytes)) {
        if (message.kind !== 'action') continue;
        const judgement = await judge(message.action, SESSION, new AbortController().signal);
        seen[judgement.do] += 1;
        if (judgement.do === 'answer') continue;
        const sent = readAsManager(judgement.do === 'pass' ? message.action.raw : judgement.bytes);
        expect(sent).toHaveLength(1);
        const [only] = sent;
        if (only === undefined) throw new Error('nothing was sent');
        expect(only.error).toBeNull();
        const door = amiDoor(only.action.toLowerCase());
        expect(door?.class).toMatch(judgement.do === 'pass' ? /^passed$/ : /^(passed|screened)$/);
        if (only.action.toLowerCase() !== 'originate') continue;
        seen.originates += 1;
        const permitted = permits ? originations.asked.map(({ number }) => number) : [];
        if (checkOriginate(only, permitted)) seen.behind += 1;
      }
    }),
    { numRuns: RUNS },
  );
  // The generator must not starve any of them, or nothing is shown.
  expect(Math.min(seen.pass, seen.rewrite, seen.answer, seen.originates)).toBeGreaterThan(RUNS / 30);
  expect(seen.behind).toBeGreaterThan(RUNS / 300);
});

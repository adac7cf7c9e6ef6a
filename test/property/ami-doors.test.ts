/**
 * INVARIANT (no-originate-passes): whatever bytes a dialer sends, what goes on to the manager, read as the manager reads it, places no call
 * but one that was permitted, to the number that was screened.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accountDoors } from '../../src/adapters/asterisk/ami-proxy/doors/account.ts';
import { amiDoorsJudge } from '../../src/adapters/asterisk/ami-proxy/doors/judge.ts';
import { clientFraming } from '../../src/adapters/asterisk/ami-proxy/framing.ts';
import { amiDoor } from '../../src/config/ami-door-table.ts';
import { doorsSetting, fakeOriginations, PERMITTED, SESSION, VETOED } from '../support/ami-actions.ts';
import { numberBehind, wrongOf } from '../support/ami-arrivals.ts';
import { amiStreams } from '../support/ami-streams.ts';
import { readAsManager } from '../support/manager-model.ts';

const doors = accountDoors(doorsSetting({ behindAgents: ['9{number}@default'] }));
const log = { warn: () => undefined, error: () => undefined };

const RUNS = Number(process.env['BREAKWATER_FUZZ_RUNS'] ?? 3_000);

test('no bytes get a call past the veto', async () => {
  const seen = { pass: 0, rewrite: 0, answer: 0, originates: 0, behind: 0 };
  await fc.assert(
    fc.asyncProperty(amiStreams, fc.boolean(), async (bytes, permits) => {
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
        // Nothing that is screened goes on in the dialer's own words.
        if (judgement.do === 'pass') expect(amiDoor(only.action.toLowerCase())?.class).toBe('passed');
        const permitted = permits ? originations.asked.map(({ number }) => number) : [];
        expect(wrongOf(only, (number) => permitted.includes(number), true)).toBeNull();
        if (only.action.toLowerCase() !== 'originate') continue;
        seen.originates += 1;
        if (numberBehind(only) !== null) seen.behind += 1;
      }
    }),
    { numRuns: RUNS },
  );
  // The generator must not starve any of them, or nothing is shown.
  expect(Math.min(seen.pass, seen.rewrite, seen.answer, seen.originates)).toBeGreaterThan(RUNS / 30);
  expect(seen.behind).toBeGreaterThan(RUNS / 300);
});

test.each([
  [
    'Action: Originate\r\nChannel: Local/913035550124@default\r\nExten: 8368\r\nContext: default\r\nPriority: 1',
    'not permitted',
  ],
  [
    'Action: Originate\r\nChannel: Local/913035550123@elsewhere\r\nExten: 8368\r\nContext: default\r\nPriority: 1',
    'no telephone',
  ],
  ['Action: Originate\nCHANNEL:Local/93035550123@default\nExten: 8368\nContext: evil\nPriority: 1', 'evil'],
  ['Action: Originate\r\nChannel: Local/93035550123@default\r\nApplication: Dial\r\nData: x', 'Dial(x)'],
  [
    'Action: Originate\r\nChannel: PJSIP/gs102\r\nPreDialGoSub: a,b,1\r\nExten: 8368\r\nContext: default\r\nPriority: 1',
    'PreDialGoSub',
  ],
  [
    'Action: Originate\r\nChannel: PJSIP/gs102\r\nVariable: BREAKWATER_VERDICT=permit\r\nExten: 8368\r\nContext: default\r\nPriority: 1',
    'variables',
  ],
  [
    'Action: Originate\r\nChannel: PJSIP/gs102\r\nExten: 913035550124\r\nContext: default\r\nPriority: 1\r\nTimeout: 5000',
    'not permitted',
  ],
  [
    'Action: Originate\r\nChannel: PJSIP/gs102\r\nExten: 93035550123\r\nContext: default\r\nPriority: 1\r\nTimeout: 60000',
    'rings 60000 ms',
  ],
  ['Action: UpdateConfig\r\nSrcFilename: extensions.conf', 'closed'],
  ['action:Redirect\r\nChannel: x\r\nExten: s\r\nContext: evil\r\nPriority: 1', 'evil'],
  ['Action: QueueAdd\r\nQueue: sales\r\nInterface: PJSIP/19005550100@carrier', 'member'],
  ['Action: Command\r\nCommand: channel originate PJSIP/x application Wait', 'channel originate'],
  ['Action: Setvar\r\nVariable: BREAKWATER_AGI\r\nValue: x', 'Setvar'],
])('the check bites: %j', (text, wrong) => {
  const [message] = readAsManager(Buffer.from(`${text}\r\n\r\n`, 'latin1'));
  if (message === undefined) throw new Error('no message');
  expect(wrongOf(message, (number) => number === '3035550123', true)).toContain(wrong);
});

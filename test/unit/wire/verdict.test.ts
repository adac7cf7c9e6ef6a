/** The chaos case's judge: each thing that may go wrong for a person or in the ledger is named as itself. */
import { expect, test } from 'vitest';
import type { HeardCall } from '../../../bench/wire/calls.ts';
import { compare, judge } from '../../../bench/wire/chaos/verdict.ts';

interface Changes {
  readonly record?: Partial<HeardCall['record']>;
  readonly hearing?: Partial<HeardCall['hearing']>;
}

/** Answered at 1,000, greeting over at 3,000, the whole message from 3,500 on. */
function call({ record = {}, hearing = {} }: Changes = {}): HeardCall {
  return {
    callId: 'c',
    campaign: 'wire-drops',
    script: { number: '13035550100', speakAfterMs: 300, speaks: true, key: null, hangUp: null },
    record: {
      number: '13035550100',
      invitedAt: 0,
      answeredAt: 1_000,
      spokeAt: 1_300,
      greetingEndAt: 3_000,
      keys: [],
      endedAt: 12_000,
      endedBy: 'exchange',
      heardAt: new Float64Array(),
      heard: new Uint8Array(),
      ...record,
    },
    hearing: {
      firstVoicedAt: 3_500,
      lastVoicedAt: 10_000,
      messageAt: 3_500,
      messageShare: 1,
      messageStarts: 1,
      holeMs: 0,
      agentAt: null,
      agentFrames: 0,
      strangeFrames: 0,
      ...hearing,
    },
  };
}

const nothing = {
  firstVoicedAt: null,
  lastVoicedAt: null,
  messageAt: null,
  messageShare: 0,
  messageStarts: 0,
};
const nine = { digit: '9', downAt: 5_000, upAt: 5_100 };

test.each([
  ['the message in time', call(), { lived: 'message', waitMs: 500, late: false }],
  ['2,000 ms exactly', call({ hearing: { firstVoicedAt: 5_000, messageAt: 5_000 } }), { late: false }],
  [
    'a millisecond more',
    call({ hearing: { firstVoicedAt: 5_001, messageAt: 5_001 } }),
    { lived: 'message', late: true },
  ],
  ['nothing at all', call({ hearing: nothing }), { lived: 'never', waitMs: null, late: true }],
  [
    'nothing, and the person left in time',
    call({ hearing: nothing, record: { endedBy: 'person', endedAt: 4_900 } }),
    { lived: 'hung_up', late: false },
  ],
  [
    'nothing, and the person left after two seconds of silence',
    call({ hearing: nothing, record: { endedBy: 'person', endedAt: 5_100 } }),
    { lived: 'never', late: true },
  ],
  ['half of it, cut off', call({ hearing: { messageShare: 0.5 } }), { lived: 'cut', late: true }],
  [
    'half of it, then a key',
    call({ hearing: { messageShare: 0.5 }, record: { keys: [nine] } }),
    { lived: 'message', late: false },
  ],
  [
    'half of it, then the person left',
    call({ hearing: { messageShare: 0.5 }, record: { endedBy: 'person' } }),
    { lived: 'message' },
  ],
  ['a hole in the middle', call({ hearing: { holeMs: 2_100 } }), { lived: 'message', late: true }],
  ['twice', call({ hearing: { messageStarts: 2 } }), { lived: 'message', heardTwice: true }],
  [
    'an agent',
    call({ hearing: { ...nothing, firstVoicedAt: 3_510, agentAt: 3_510 } }),
    { lived: 'agent', waitMs: 510 },
  ],
  [
    'nobody spoke: the time runs from the answer',
    call({
      record: { spokeAt: null, greetingEndAt: null },
      hearing: { firstVoicedAt: 2_650, messageAt: 2_650 },
    }),
    { lived: 'message', waitMs: 1_650, late: false },
  ],
])('lived: %s', (_, lived, expected) => {
  expect(judge(lived)).toMatchObject(expected);
});

test.each([
  ['message', ['dropped'], 'right'],
  ['message', ['expired'], 'right'],
  ['message', [], 'lost'],
  ['message', ['dropped', 'dropped'], 'twice'],
  ['message', ['hung_up'], 'drop_not_counted'],
  ['never', ['failed'], 'drop_not_counted'],
  ['agent', ['connected'], 'right'],
  ['agent', ['dropped'], 'counted_as_drop'],
  ['agent', ['hung_up'], 'other'],
  ['hung_up', ['hung_up'], 'right'],
  ['hung_up', ['expired'], 'counted_as_drop'],
  ['hung_up', ['no_answer'], 'other'],
] as const)('recorded: %s as %j is %s', (lived, outcomes, expected) => {
  expect(compare(lived, outcomes)).toBe(expected);
});

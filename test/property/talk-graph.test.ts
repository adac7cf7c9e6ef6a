/** Is somebody bridged with the person? Against a slow model that names who hears whom, over any exchange; and the cases by name. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hearsSomebody, type TalkChannel, type TalkGraph } from '../../src/domain/talk-graph.ts';

const PARTY: TalkChannel = { kind: 'party' };
const DEVICE: TalkChannel = { kind: 'device' };
const line = (name: string): readonly [string, TalkChannel][] => [
  [`${name};1`, { kind: 'half', other: `${name};2` }],
  [`${name};2`, { kind: 'half', other: `${name};1` }],
];

function graph(
  channels: readonly (readonly [string, TalkChannel])[],
  ...bridges: readonly (readonly string[])[]
): TalkGraph {
  return {
    channels: new Map(channels),
    bridges: new Map(bridges.map((members, index) => [`b${index}`, new Set(members)])),
  };
}

const PERSON = ['person', PARTY] as const;
const AGENT = ['agent', PARTY] as const;

describe('a person hears', () => {
  test.each([
    ['nobody in no bridge', graph([PERSON, AGENT]), false],
    ['an agent in the same bridge', graph([PERSON, AGENT], ['person', 'agent']), true],
    ['nobody behind a line that waits', graph([PERSON, ...line('a')], ['person', 'a;2']), false],
    [
      'an agent behind a line',
      graph([PERSON, AGENT, ...line('a')], ['person', 'a;2'], ['a;1', 'agent']),
      true,
    ],
    [
      'an agent behind two lines',
      graph([PERSON, AGENT, ...line('a'), ...line('b')], ['person', 'a;2'], ['a;1', 'b;1'], ['b;2', 'agent']),
      true,
    ],
    [
      'nobody behind a second line that waits',
      graph([PERSON, AGENT, ...line('a'), ...line('b')], ['person', 'a;2'], ['a;1', 'b;1']),
      false,
    ],
    ['no ear or recorder', graph([PERSON, ['ear', DEVICE]], ['person', 'ear']), false],
    ['no channel that is not known', graph([PERSON], ['person', 'who']), false],
    [
      'nobody of another talk',
      graph([PERSON, AGENT, ['other', PARTY], ...line('a')], ['person', 'a;2'], ['agent', 'other']),
      false,
    ],
  ] as const)('%s', (_, given, expected) => {
    expect(hearsSomebody(given, 'person')).toBe(expected);
  });
});

/** Pairs that hear each other, closed over lines and bridges until nothing is added. */
function modelSays({ channels, bridges }: TalkGraph, person: string): boolean {
  const near = new Set([person]);
  for (let before = 0; before !== near.size;) {
    before = near.size;
    for (const members of bridges.values()) {
      if ([...members].some((id) => near.has(id))) members.forEach((id) => near.add(id));
    }
    for (const [id, channel] of channels)
      if (channel.kind === 'half' && near.has(id)) near.add(channel.other);
  }
  const bridged = [...bridges.values()].some((members) => members.has(person));
  return bridged && [...near].some((id) => id !== person && channels.get(id)?.kind === 'party');
}

const exchange = fc
  .record({
    parties: fc.integer({ min: 1, max: 4 }),
    devices: fc.integer({ min: 0, max: 2 }),
    lines: fc.integer({ min: 0, max: 4 }),
  })
  .chain(({ parties, devices, lines }) => {
    const channels: (readonly [string, TalkChannel])[] = [
      ...Array.from({ length: parties }, (_, index) => [`p${index}`, PARTY] as const),
      ...Array.from({ length: devices }, (_, index) => [`d${index}`, DEVICE] as const),
      ...Array.from({ length: lines }, (_, index) => line(`l${index}`)).flat(),
    ];
    const ids = channels.map(([id]) => id);
    // A channel sits in one bridge or in none.
    return fc
      .array(fc.integer({ min: 0, max: 5 }), { minLength: ids.length, maxLength: ids.length })
      .map((seats) =>
        graph(channels, ...[1, 2, 3, 4, 5].map((seat) => ids.filter((_, index) => seats[index] === seat))),
      );
  });

test('on any exchange as the slow model says', () => {
  fc.assert(
    fc.property(exchange, (given) => {
      expect(hearsSomebody(given, 'p0')).toBe(modelSays(given, 'p0'));
    }),
    { numRuns: 2_000 },
  );
});

test('who hears somebody is heard: between parties it is mutual', () => {
  fc.assert(
    fc.property(exchange, (given) => {
      const parties = [...given.channels].flatMap(([id, { kind }]) => (kind === 'party' ? [id] : []));
      const hearing = parties.filter((id) => hearsSomebody(given, id));
      expect(hearing).not.toHaveLength(1);
    }),
    { numRuns: 1_000 },
  );
});

/** Queues of a campaign are checked before anything starts: one truth about who is ready, one campaign for each queue. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

const PLACE = 'destination: { kind: dialplan, context: queues, extension: sales }';

function withAgents(text: string, other?: string) {
  const made = world();
  const solar = made.read('config/campaigns/solar.yaml');
  const agents = /^agents:\n(?:[ \t].*\n|\n)*/m;
  expect(solar).toMatch(agents);
  made.write('config/campaigns/solar.yaml', solar.replace(agents, `agents:\n  place: CO\n${text}\n`));
  if (other !== undefined) {
    const twin = solar.replace('id: solar', 'id: wind').replace(/^offer: .*/m, 'offer: wind power');
    made.write('config/campaigns/wind.yaml', twin.replace(agents, `agents:\n  place: CO\n${other}\n`));
  }
  return made;
}

test('queues of a campaign are read, and left out where there are none', () => {
  const loaded = withAgents(`  queues: [sales, sales-2]\n  ${PLACE}`).load();
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const [solar] = loaded.config.campaigns.filter(({ id }) => id === 'solar');
  expect(solar?.agents.queues).toEqual(['sales', 'sales-2']);
  const without = world().load();
  expect(without.ok && without.config.campaigns.some(({ agents }) => 'queues' in agents)).toBe(false);
});

test.each([
  [`  queues: [sales]\n  members: ['1001']\n  ${PLACE}`, /agents\.queues: stands beside agents\.members/],
  [
    `  destination: { connectedBy: handover }`,
    /agents\.destination\.connectedBy: is of a place in the dialplan/,
  ],
  [
    `  queues: [sales]\n  ${PLACE}\nconnectWithinMs: 1100`,
    /connectWithinMs: leaves no time for agents\.destination, got `1100`, expected at least 1200/,
  ],
  ['  queues: [sales]', /agents\.destination\.kind: does not lead to agents\.queues, got `stasis`/],
  [`  queues: [sales, sales]\n  ${PLACE}`, /agents\.queues\[1\]: is listed twice/],
  [`  queues: ['sales,t']\n  ${PLACE}`, /agents\.queues\[0\]: is not the name of a queue/],
  [`  queues: sales\n  ${PLACE}`, /agents\.queues/],
])('%s', (text, problem) => {
  expect(withAgents(text).problems()).toEqual([expect.stringMatching(problem)]);
});

test('by what a person handed over is connected: a bridge, unless the operator vouches for the place', () => {
  const destinationOf = (text: string) => {
    const loaded = withAgents(text).load();
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
    const { agents } = loaded.config.campaigns.find(({ id }) => id === 'solar')!;
    return { destination: agents.destination, hash: loaded.config.policy.hash };
  };
  const byBridge = destinationOf(`  queues: [sales]\n  ${PLACE}`);
  const vouched = destinationOf(`  queues: [sales]\n  ${PLACE.replace(' }', ', connectedBy: handover }')}`);
  expect(byBridge.destination).not.toHaveProperty('connectedBy');
  expect(vouched.destination).toMatchObject({ connectedBy: 'handover' });
  expect(vouched.hash).not.toBe(byBridge.hash);
});

test('a queue of two campaigns is refused: its members would be idle twice', () => {
  const made = withAgents(`  queues: [sales]\n  ${PLACE}`, `  queues: [support, sales]\n  ${PLACE}`);
  expect(made.problems()).toEqual([
    expect.stringMatching(/wind\.yaml: agents\.queues: has a queue of campaign `solar`, got `sales`/),
  ]);
});

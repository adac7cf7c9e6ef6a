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
  ['  queues: [sales]', /agents\.destination\.kind: does not lead to agents\.queues, got `stasis`/],
  [`  queues: [sales, sales]\n  ${PLACE}`, /agents\.queues\[1\]: is listed twice/],
  [`  queues: ['sales,t']\n  ${PLACE}`, /agents\.queues\[0\]: is not the name of a queue/],
  [`  queues: sales\n  ${PLACE}`, /agents\.queues/],
])('%s', (text, problem) => {
  expect(withAgents(text).problems()).toEqual([expect.stringMatching(problem)]);
});

test('a queue of two campaigns is refused: its members would be idle twice', () => {
  const made = withAgents(`  queues: [sales]\n  ${PLACE}`, `  queues: [support, sales]\n  ${PLACE}`);
  expect(made.problems()).toEqual([
    expect.stringMatching(/wind\.yaml: agents\.queues: has a queue of campaign `solar`, got `sales`/),
  ]);
});

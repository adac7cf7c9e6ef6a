/** Who is told of ledger entries is checked before anything starts. */
import { expect, test } from 'vitest';
import { world } from './world.ts';

const SECRET = { BREAKWATER_EVENT_SECRET_CRM_1: 's'.repeat(32) };

function withTarget(more: string): ReturnType<typeof world> {
  const made = world();
  made.edit('breakwater.yaml', 'recordings:\n', `eventWebhooks:\n  - { ${more} }\nrecordings:\n`);
  return made;
}

test('left out: nobody is told', () => {
  const loaded = world().load({});
  expect(loaded.ok && loaded.config.eventWebhooks).toEqual([]);
});

test('a target has a name, kinds, an address and a secret, which is never shown', () => {
  const made = withTarget(
    "name: crm-1, url: 'https://crm.example.com/events', kinds: [call_result, opt_out]",
  );
  const loaded = made.load(SECRET);
  expect(loaded.ok ? loaded.config.eventWebhooks : loaded.problems).toEqual([
    {
      name: 'crm-1',
      kinds: ['call_result', 'opt_out'],
      attemptsMax: 10,
      target: { url: 'https://crm.example.com/events', secret: 's'.repeat(32), timeoutMs: 5_000 },
    },
  ]);
  expect(made.problems()).toEqual([
    expect.stringMatching(/eventWebhooks\[0\]\.secretFile: holds no secret.*BREAKWATER_EVENT_SECRET_CRM_1/),
  ]);
});

test.each([
  ["name: crm-1, url: 'http://crm.example.com/', kinds: [call_result]", /\[0\]\.url: is not safe/],
  ["name: CRM_1, url: 'https://crm.example.com/', kinds: [call_result]", /\[0\]\.name: is not a name/],
  ["name: crm-1, url: 'https://crm.example.com/'", /\[0\]\.kinds: is empty/],
  ["name: crm-1, url: 'https://crm.example.com/', kinds: [event_progress]", /is told to nobody/],
  [
    "name: crm-1, url: 'https://crm.example.com/', kinds: [call_result] }\n  - { name: crm-1, url: 'https://crm.example.com/', kinds: [call_result]",
    /\[1\]\.name: is used twice/,
  ],
])('%s is refused', (yaml, problem) => {
  expect(withTarget(yaml).problems(SECRET)).toEqual([expect.stringMatching(problem)]);
});

/** What holds a channel and its INVITE together under a flood: INVITEs of calls to us are mirrored too, and anybody can send those. */
import { expect, test } from 'vitest';
import { createJoining, JOIN_WITHIN_MS } from '../../../src/control/attest/join-invites.ts';
import type { SeenInvite } from '../../../src/ports/signalling-tap.ts';
import { fakeClock } from '../../support/fake-clock.ts';

const FLOOD = 21_000;

const invite = (sipCallId: string): SeenInvite => ({
  sipCallId,
  fromUser: '+13035550199',
  assertedUser: null,
  toUser: '13035550101',
  date: null,
  identities: [],
  sentAtMs: null,
});

function open() {
  const clock = fakeClock('2026-11-24T18:00:00Z');
  const joined: string[] = [];
  const unseen: string[] = [];
  let timers = 0;
  const joining = createJoining(
    {
      monotonic: () => clock.monotonic(),
      after(ms, wake) {
        timers += 1;
        return clock.after(ms, () => {
          timers -= 1;
          wake();
        });
      },
    },
    { joined: (leg) => joined.push(leg.channelId), unseen: (leg) => unseen.push(leg.channelId) },
  );
  return { clock, joining, joined, unseen, timers: () => timers };
}

test('more INVITEs than may wait: one timer sweeps them, the newest still find their channel, and in the end nothing is left', async () => {
  const { clock, joining, joined, unseen, timers } = open();
  joining.leg({ channelId: 'waits', trunk: 'carrier', sipCallId: 'never-seen' });
  for (let index = 0; index < FLOOD; index += 1) joining.invite(invite(`flood-${index}`));
  expect(timers()).toBe(1);
  joining.leg({ channelId: 'newest', trunk: 'carrier', sipCallId: `flood-${FLOOD - 1}` });
  joining.leg({ channelId: 'oldest', trunk: 'carrier', sipCallId: 'flood-0' });
  expect(joined).toEqual(['newest']);
  await clock.go(JOIN_WITHIN_MS + 2_000);
  expect(unseen).toEqual(['waits', 'oldest']);
  expect(timers()).toBe(0);
});

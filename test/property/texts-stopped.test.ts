/**
 * INVARIANT (stopped-is-stopped): whatever a person and a seller do, in whatever order and however often a gateway repeats it: once a
 * STOP, an opt-out or a revocation is on record, neither a text nor a call is permitted any more.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR_MS, SECOND_MS } from '../../src/domain/time.ts';
import { codes, openTextWorld, PERSON, TEXTING, type TextWorld } from '../support/text-world.ts';

const seller = TEXTING.seller.id;

/** Each is one thing that can happen; the second word says whether it stops. */
const STEPS: Readonly<Record<string, (world: TextWorld) => Promise<unknown>>> = {
  agreeToTexts: (world) => world.agree({ consentId: `t-${world.now()}`, givenAt: world.now() }),
  agreeToCalls: (world) => world.agreeToCalls({ consentId: `c-${world.now()}`, givenAt: world.now() }),
  ask: (world) => world.text({ purpose: 'opt_in_request' }),
  yes: (world) => world.says('YES', { id: 'same yes' }),
  help: (world) => world.says('HELP'),
  send: (world) => world.text(),
  sendSame: (world) => world.text({ messageId: 'same' }),
  call: (world) => world.call(),
  talk: (world) => world.says('who is this'),
  settle: async (world) => {
    const [open] = await world.people.unclearRequests(1);
    if (open === undefined) return;
    await world.people.settleRequest({ requestId: open.requestId, as: 'no_request', who: 'Jo', why: 'asks' });
  },
};

const STOPS: Readonly<Record<string, (world: TextWorld) => Promise<unknown>>> = {
  stop: (world) => world.says('STOP'),
  sameStop: (world) => world.says('STOP', { id: 'same stop' }),
  event: (world) =>
    world.people.receiveEvent(
      { id: 'e-1', type: 'gone', phone: PERSON },
      {
        ...{ source: 'crm', id: '/id', kind: '/type', seller, sellerPointer: null },
        kinds: [{ value: 'gone', means: 'opt_out' }],
        fields: [{ column: 'number', pointer: '/phone' }],
      },
    ),
  file: (world) =>
    world.people.importOptOuts({ sellerId: seller, rows: [{ number: PERSON }], channel: 'mail' }),
};

type Name = string;
const step = fc.constantFrom<Name>(...Object.keys(STEPS));
const stop = fc.constantFrom<Name>(...Object.keys(STOPS));

async function act(world: TextWorld, name: Name): Promise<unknown> {
  world.later(SECOND_MS);
  return (STEPS[name] ?? STOPS[name])?.(world);
}

test('INVARIANT (stopped-is-stopped)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 8 }),
      stop,
      fc.array(fc.oneof({ weight: 4, arbitrary: step }, stop), { maxLength: 8 }),
      fc.array(fc.nat(2 * HOUR_MS), { maxLength: 3 }),
      async (before, stopped, after, pauses) => {
        const world = openTextWorld();
        for (const name of before) await act(world, name);
        await act(world, stopped);
        for (const [index, name] of after.entries()) {
          world.later(pauses[index] ?? 0);
          await act(world, name);
          const text = await world.text();
          expect(codes(text.decision)).toContain('on_internal_list');
          expect(text.text).toBeNull();
          expect(codes((await world.text({ purpose: 'opt_in_request' })).decision)).toContain(
            'on_internal_list',
          );
          expect(codes(await world.call())).toContain('on_internal_list');
          expect((await world.says('HELP')).replies).toEqual([]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('two at once, one of them a stop: whatever is asked for behind its answer is vetoed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), stop, async (beside, stopped) => {
      const world = openTextWorld();
      await world.agreeToCalls();
      await world.optIn();
      await Promise.all([...beside.map((name) => act(world, name)), act(world, stopped)]);
      expect(codes((await world.text()).decision)).toContain('on_internal_list');
      expect(codes(await world.call())).toContain('on_internal_list');
    }),
    { numRuns: 40 },
  );
});

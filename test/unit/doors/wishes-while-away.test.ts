/** What people ask for while the ledger is away, beside a disk: it is on the disk when the door answers, and binds as it would have. */
import { expect, test } from 'vitest';
import { openSpoolFile } from '../../../src/adapters/files/spool-file.ts';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { peopleDoors } from '../../../src/control/doors/index.ts';
import type { InboundText } from '../../../src/control/doors/people-doors.ts';
import type { Station } from '../../../src/control/sidecar.ts';
import { recordsBesideSpool } from '../../../src/control/spool/records-beside-spool.ts';
import { spoolingLedger } from '../../../src/control/spool/spooling-ledger.ts';
import type { WriterId } from '../../../src/domain/ids.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';
import { at, policyOf } from '../../support/rules-world.ts';
import { SOLAR } from '../../support/sim-world.ts';

const PERSON = '+13035550142' as PhoneNumber;
const WRITER = 'w1' as WriterId;
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { id: sellerId, callbackNumber } = SOLAR.seller;

/** No campaign goes on, so that there is no copy of the records either. */
async function world() {
  const clock = fakeClock('2026-11-24T18:00:00Z');
  const ledger = openMemoryLedger({ writer: WRITER, clock });
  let ids = 0;
  const spooling = spoolingLedger({
    ...{ ledger, clock, log: QUIET },
    spool: await openSpoolFile({ directory: '/spool', writer: WRITER, maxBytes: 1e6, disk: faultyDisk() }),
    goesOn: () => false,
    takeFresh: () => false,
    newId: () => `s${(ids += 1)}`,
    isOver: () => false,
    onSpooled: () => undefined,
    onWritten: () => undefined,
  });
  const ruling = {
    policy: policyOf({}),
    campaigns: new Map([[SOLAR.id, SOLAR]]),
    retired: new Map(),
  };
  const noCopy = { asOf: () => ({ usable: false, problem: 'no campaign goes on' }) as const };
  const records = recordsBesideSpool(ledger.records, noCopy, () => spooling.awaySince());
  const doors = peopleDoors({
    clock,
    ledger: spooling,
    records,
    inForce: () => ruling,
  } as unknown as Station);
  return {
    doors,
    ledger,
    /** Noticed or not. */
    away: () => {
      ledger.store.down = true;
    },
    /** Everything that waited is in the ledger. */
    back: async () => {
      ledger.store.down = false;
      await clock.go(1_000);
      return ledger.store.entries
        .filter(({ kind }) => kind !== 'spool_drained')
        .map(({ kind, body }) => [kind, body['sellerId'] ?? body['recordedFor'] ?? null]);
    },
    text: (said: string, more: Partial<InboundText> = {}) =>
      doors.receiveText({
        ...{ from: PERSON, to: callbackNumber, text: said, messageId: 'm-1', seller: null, adjusted: [] },
        receivedAt: at('2026-11-24T17:59:00Z'),
        ...more,
      }),
  };
}

test('a text that revokes binds the sellers of now, and a person finds out whom else it was said to', async () => {
  const { text, away, back, ledger } = await world();
  away();
  const { meaning, receipts } = await text('STOP');
  expect([meaning, receipts.length]).toEqual(['revocation', 1]);
  expect(await back()).toEqual([
    ['opt_out', sellerId],
    ['text_unmatched', [sellerId]],
  ]);
  const question = { number: PERSON, sellerId, callerId: null };
  expect((await ledger.records.standing(question)).internalRequest).toMatchObject({ channel: 'text' });
});

test('a text that nobody can read holds the calls, once', async () => {
  const { text, away, back } = await world();
  away();
  for (let time = 0; time < 2; time += 1) expect((await text('who is this')).meaning).toBe('unclear');
  expect(await back()).toEqual([
    ['unclear_request', sellerId],
    ['text_unmatched', [sellerId]],
  ]);
});

test.each<[string, Partial<InboundText>]>([
  ['to a number of no campaign of now', { to: '+13035550177' }],
  ['to a seller of no campaign of now', { seller: 'moonlight' }],
])('a text %s is recorded, and may be brought again', async (_, more) => {
  const { text, away, back } = await world();
  away();
  for (let time = 0; time < 2; time += 1)
    await expect(text('STOP', more)).rejects.toBeInstanceOf(LedgerUnavailable);
  expect(await back()).toEqual([['text_unmatched', null]]);
});

test('the same wish again is answered: nobody can look up what it repeats, so it stands beside the first', async () => {
  const { text, doors, away, back } = await world();
  const batch = { sellerId, channel: 'file' as const, rows: [{ number: PERSON }] };
  await text('STOP');
  await doors.importOptOuts(batch);
  away();
  for (let time = 0; time < 3; time += 1) await text('STOP');
  for (let time = 0; time < 2; time += 1) await doors.importOptOuts(batch);
  const kinds = (await back()).map(([kind]) => kind);
  expect(kinds.filter((kind) => kind === 'text_unmatched')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'opt_out').length).toBeGreaterThan(2);
});

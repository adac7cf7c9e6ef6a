/** What the ledger tells while it is being read back: each entry counts once, in whatever order the store lets it be seen. */
import { expect, test } from 'vitest';
import { createCallerBoard } from '../../../src/control/caller-board.ts';
import type { LedgerEntry } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import type { LedgerQuery } from '../../../src/ports/ledger.ts';
import { openWorld } from '../../support/sim-world.ts';

const ROUTE = { callerId: '+13035550199' as PhoneNumber, trunk: 'carrier' };

test('what came between two pages of the past is counted, what was read is not counted twice', async () => {
  const { sidecar, clock } = await openWorld();
  const signal = (id: number): LedgerEntry =>
    ({
      ...{ id, kind: 'blocking_signal', writer: 'sim', seq: id, at: clock.now() },
      body: { ...ROUTE, callId: `c-${id}`, signal: 'rejected', sipStatus: 608, header: null },
    }) as unknown as LedgerEntry;
  const read = (query: LedgerQuery): Promise<readonly LedgerEntry[]> => {
    if (query.kinds?.includes('blocking_signal') !== true) return Promise.resolve([]);
    // 5 and 7 are told by the feed; 5 was committed after 6 and 7 were read.
    board.hear(signal(5));
    board.hear(signal(7));
    return Promise.resolve([signal(7), signal(6)]);
  };
  const board = createCallerBoard({ ...sidecar, ledger: { ...sidecar.ledger, read } });
  const policy = { blockedMin: 3, ofLast: 10, hours: 1 };
  expect(board.restOf(ROUTE, policy)).toMatchObject({ known: false });
  await board.restore();
  expect(board.health(ROUTE).days).toMatchObject([{ calls: 3, blocked: 3 }]);
  expect(board.restOf(ROUTE, policy)).toMatchObject({ known: true, value: { blocked: 3 } });
});

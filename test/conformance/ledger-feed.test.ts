/** What one sidecar hears of another through a real PostgreSQL: how often it looks, and what it need not read. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openPostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres } from '../../src/adapters/postgres/open.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import { type LedgerDraft, type LedgerEntry, memberOf } from '../../src/domain/ledger-entry.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { type PostgresServer, postgresSources, until } from '../support/stores.ts';

/** As large as decisions are. */
const decision = (callId: string, verdict: 'permit' | 'veto'): LedgerDraft => ({
  kind: 'decision',
  dedupeKey: callId,
  body: {
    ...{ callId, campaignId: 'c1', number: draft.NUMBER, callerId: '+12125550100', verdict },
    facts: Array.from({ length: 60 }, (_, index) => ({ name: `fact "${index}"`, value: [index, null, {}] })),
  },
});

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`the feed on ${source.name}`, () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());

    const open = async (url: string, writer: string) => {
      const store = await openPostgres({ url });
      const options = { clock: systemLikeClock(), appendWithinMs: 10_000, writerLockWithinMs: 200 };
      const ledger = await openPostgresLedger(store, { writer: writer as WriterId, ...options });
      const close = async (): Promise<void> => {
        await ledger.close();
        await store.close();
      };
      return { store, ledger, close };
    };

    test('the texts of a decision are told without its body, its own and those of another sidecar', async () => {
      const url = await server.freshDatabase();
      const [one, other] = [await open(url, 'w1'), await open(url, 'w2')];
      const seen: LedgerEntry[] = [];
      one.ledger.subscribe((entry) => seen.push(entry));
      await one.ledger.append(decision('ours', 'veto'));
      await other.ledger.append(decision('theirs', 'permit'));
      await other.ledger.append(draft.attestation(1, 'A'));
      await until(() => seen.length === 3, 10_000);
      const names = ['callId', 'campaignId', 'number', 'callerId', 'verdict', 'facts', 'unknown'];
      for (const entry of seen) {
        const parse = vi.spyOn(JSON, 'parse');
        const texts = [memberOf(entry, 'callId'), memberOf(entry, 'campaignId'), memberOf(entry, 'verdict')];
        if (entry.kind === 'decision') expect(parse).not.toHaveBeenCalled();
        parse.mockRestore();
        const told = names.map((name) => memberOf(entry, name));
        // The body is read here for the first time.
        expect(told).toStrictEqual(names.map((name) => entry.body[name]));
        expect(texts).toStrictEqual([told[0], told[1], told[4]]);
      }
      expect(seen.map((entry) => memberOf(entry, 'verdict'))).toStrictEqual(['veto', 'permit', undefined]);
      await Promise.all([one.close(), other.close()]);
    });

    test('many commits of another sidecar cost some looks a second, and nothing of them is missed', async () => {
      const url = await server.freshDatabase();
      const [one, other] = [await open(url, 'w1'), await open(url, 'w2')];
      const seen: LedgerEntry[] = [];
      one.ledger.subscribe((entry) => seen.push(entry));
      await other.ledger.append(draft.progress('call', 0));
      await until(() => seen.length === 1, 10_000);
      const asked = vi.spyOn(one.store.pool, 'query');
      const started = performance.now();
      for (let step = 1; step <= 150; step += 1) await other.ledger.append(draft.progress('call', step));
      await until(() => seen.length === 151, 10_000);
      const elapsedMs = performance.now() - started;
      expect(seen.map(({ body }) => body['step'])).toStrictEqual(
        Array.from({ length: 151 }, (_, step) => step),
      );
      // One in 20 ms at most; a timer may be early by one.
      expect(asked.mock.calls.length).toBeLessThanOrEqual(elapsedMs / 19 + 2);
      await Promise.all([one.close(), other.close()]);
    });
  });
}

/** `privacy export`: everything that is kept on a number, and nothing of anybody else's, on each real PostgreSQL this machine has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPostgresLedger, type PostgresLedger } from '../../src/adapters/postgres/ledger.ts';
import { openPostgres, type PostgresStore } from '../../src/adapters/postgres/open.ts';
import { postgresPersonData } from '../../src/adapters/postgres/person-data.ts';
import { privacyExport } from '../../src/cli/commands/privacy-export.ts';
import { guarded } from '../../src/cli/io.ts';
import type { ListedOn } from '../../src/cli/wiring.ts';
import { exportLine } from '../../src/control/export-line.ts';
import { type ChainHead, EMPTY_CHAIN, entryOf, nextLink } from '../../src/domain/chain-link.ts';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/ledger-entry.ts';
import { instant } from '../../src/domain/time.ts';
import { systemLikeClock } from '../support/clock.ts';
import * as draft from '../support/entries.ts';
import { fakeIo, type FakeIo } from '../support/fake-io.ts';
import { type PostgresServer, postgresSources } from '../support/stores.ts';

const OTHER = '+13035550199';
const REGISTRY: ListedOn = { name: 'national', kind: 'national', version: null, listed: true, problem: null };

interface Printed {
  readonly number: string;
  readonly sources: readonly {
    readonly source: string;
    readonly entries?: readonly { readonly kind: string; readonly hash: string; readonly says: JsonObject }[];
    readonly rows?: readonly JsonObject[];
    readonly listed?: boolean;
  }[];
  readonly not_included: readonly string[];
}

for (const source of await postgresSources()) {
  describe.skipIf(source.missing !== undefined)(`what is kept on a number, on ${source.name}`, () => {
    let server: PostgresServer;
    let url: string;
    let store: PostgresStore;
    let ledger: PostgresLedger;
    let io: FakeIo;
    let folder: string;

    beforeAll(async () => {
      server = await source.start();
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      url = await server.freshDatabase();
      store = await openPostgres({ url });
      ledger = await openPostgresLedger(store, { writer: 'w1' as WriterId, clock: systemLikeClock() });
      io = fakeIo();
      folder = mkdtempSync(join(tmpdir(), 'breakwater-privacy-'));
      return async () => {
        await ledger.close();
        await store.close();
        rmSync(folder, { recursive: true });
      };
    });

    const exported = async (archive?: string): Promise<Printed> => {
      const code = await guarded(io, () =>
        privacyExport({ configDirectory: 'config', env: {}, number: '(303) 555-0101', archive }, io, {
          openPersonData: async () => postgresPersonData(await openPostgres({ url })),
          openLedger: () => Promise.reject(new Error('nobody asks for it')),
          listsOn: (_, number) => Promise.resolve(number === draft.NUMBER ? [REGISTRY] : []),
        }),
      );
      expect(code, io.errors.join('\n')).toBe(0);
      return JSON.parse(io.text()) as Printed;
    };
    const kindsOf = ({ sources }: Printed, of: string): readonly string[] | undefined =>
      sources.find((each) => each.source === of)?.entries?.map(({ kind }) => kind);

    test('entries by number, by call and by text; rows; lists; nothing of another number', async () => {
      await ledger.append(draft.permit('call-1'));
      await ledger.append(draft.progress('call-1'));
      await ledger.append(draft.optOut(1));
      await ledger.append(draft.consent(0));
      await ledger.append({
        kind: 'operator_action',
        body: { who: 'jo', path: '/v1/evidence/13035550101', note: `asked for ${draft.NUMBER}` },
      });
      await ledger.append(draft.permit('call-2', OTHER));
      await ledger.append(draft.progress('call-2'));
      // Its digits stand in a longer run: somebody else's, or an instant.
      await ledger.append({ kind: 'call_progress', body: { callId: 'call-3', tick: '93035550101' } });

      const printed = await exported();
      expect(printed.number).toBe(draft.NUMBER);
      expect(kindsOf(printed, 'ledger')).toEqual([
        ...['decision', 'call_progress', 'opt_out', 'consent_recorded', 'operator_action'],
      ]);
      const [{ entries = [] } = {}] = printed.sources;
      expect(entries[2]?.says).toMatchObject({ number: draft.NUMBER, sellerId: 's1' });
      expect(entries[2]?.hash).toMatch(/^[0-9a-f]{64}$/);
      const tables = printed.sources
        .map(({ source: name }) => name)
        .filter((name) => name.startsWith('table'));
      expect(tables).toEqual(
        expect.arrayContaining([
          'table opt_out',
          'table consent',
          'table consent_revocation',
          'table pending_permit',
        ]),
      );
      expect(printed.sources.find(({ source: name }) => name === 'list national')).toMatchObject({
        listed: true,
      });
      expect(JSON.stringify(printed.sources)).not.toContain(OTHER);
      expect(JSON.stringify(printed.sources)).not.toContain('call-2');
      for (const named of ['--archive', 'Redis', 'spool'])
        expect(printed.not_included.join()).toContain(named);
    });

    test('archived months that the store has no more, by their file; what the store has is told once', async () => {
      const { entry } = await ledger.append(draft.permit('call-1'));
      let head: ChainHead = EMPTY_CHAIN;
      const lines = [
        { number: draft.NUMBER, callId: 'call-0' },
        { callId: 'call-0' },
        { number: OTHER, callId: 'call-9' },
      ].map((body, index) => {
        const content = { kind: 'call_progress', bodyText: canonicalJson(body), at: instant(1) } as const;
        const link = nextLink(head, 'old' as WriterId, content);
        head = link;
        return exportLine(entryOf(link, index + 1));
      });
      const file = 'ledger-0000-before.jsonl';
      writeFileSync(join(folder, file), [...lines, exportLine(entry), ''].join('\n'));
      const manifest = { month: '0000-before', file, entries: 4, last_id: entry.id, heads: {} };
      writeFileSync(join(folder, 'ledger-0000-before.json'), JSON.stringify(manifest));

      const printed = await exported(folder);
      expect(kindsOf(printed, 'ledger')).toEqual(['decision']);
      expect(kindsOf(printed, `archive ${file}`)).toEqual(['call_progress', 'call_progress']);
      expect(JSON.stringify(printed.sources)).not.toContain(OTHER);
    });

    test('a number that nobody has ever heard of', async () => {
      await ledger.append(draft.permit('call-2', OTHER));
      const printed = await exported();
      expect(kindsOf(printed, 'ledger')).toEqual([]);
      expect(printed.sources.map(({ source: name }) => name)).toEqual(['ledger', 'list national']);
    });
  });
}

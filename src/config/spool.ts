/** The disk beside the ledger: where entries wait while PostgreSQL is away, and what that needs of the other settings. */
import { resolve } from 'node:path';
import type { Campaign } from '../domain/campaign.ts';
import type { Report } from './check-settings.ts';
import { group, integer, nullableText, oneOf } from './schema-parts.ts';
import type { Settings } from './settings.ts';

export const SPOOL_SCHEMA = group({
  directory: nullableText({
    means:
      "this sidecar's own folder for entries while PostgreSQL is away, on a disk that stays; null: they are refused then",
    expected: 'a path, or null',
  }),
  maxMegabytes: integer(1, 4_096, { means: 'the spool gets no larger; then every call is vetoed' }, 128),
  recordsMax: integer(
    1_000,
    20_000_000,
    {
      means:
        'opt-outs, consents and other records that are kept in memory for campaigns that go on; with more none does',
    },
    500_000,
  ),
  permitMinutes: integer(1, 1_440, { means: 'campaigns go on for this long after PostgreSQL has gone' }, 15),
});

/** Of a campaign. */
export const WHEN_LEDGER_AWAY = oneOf(
  ['veto', 'spool'],
  {
    means:
      'while PostgreSQL is away: no calls, or calls that are recorded on the disk of spool.directory and decided by the records as they were',
  },
  'veto',
);

export type SpoolSettings = Settings['spool'];

/** `directory` absolute. */
export function readSpool(
  { spool, stores }: Pick<Settings, 'spool' | 'stores'>,
  base: string,
  campaigns: readonly Pick<Campaign, 'id' | 'whenLedgerAway'>[],
  report: Report,
): SpoolSettings {
  const [first] = campaigns.filter(({ whenLedgerAway }) => whenLedgerAway === 'spool');
  if (first !== undefined && spool.directory === null) {
    report(
      'spool.directory',
      'is missing',
      null,
      `a folder, as campaign ${first.id} goes on without PostgreSQL`,
    );
  }
  // What another sidecar is asked not to do would not be known here.
  if (first !== undefined && stores.redisUrl !== null) {
    const alone = `null: campaign ${first.id} may only go on without PostgreSQL where no other sidecar uses the store`;
    report('stores.redisUrl', 'says that several sidecars share the store', '(set)', alone);
  }
  return { ...spool, directory: spool.directory === null ? null : resolve(base, spool.directory) };
}

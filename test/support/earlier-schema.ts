/** A database as a program of an earlier level of the schema leaves it: migrated so far, and filled by statements of its own. */
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from 'pg';
import { migrate } from '../../src/adapters/postgres/migrate.ts';
import { type ChainHead, nextLink } from '../../src/domain/chain-link.ts';
import { lookUpTextsOf, readDraft } from '../../src/domain/entry-bodies.ts';
import type { WriterId } from '../../src/domain/ids.ts';
import type { LedgerDraft } from '../../src/domain/ledger-entry.ts';
import { formatInstant, instant } from '../../src/domain/time.ts';
import * as draft from './entries.ts';

const MIGRATIONS = new URL('../../src/adapters/postgres/migrations/', import.meta.url);

/** File names, oldest first. */
export const MIGRATION_NAMES = (await readdir(MIGRATIONS)).filter((name) => /^\d{6}\.sql$/.test(name)).sort();

/** Migrates a database as a program would that knew nothing beyond the migration of this name. */
export async function migrateTo(client: Client, last: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-migrations-'));
  try {
    for (const name of MIGRATION_NAMES.filter((each) => each <= last)) {
      await copyFile(new URL(name, MIGRATIONS), join(folder, name));
    }
    await migrate(client, pathToFileURL(`${folder}/`));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One by one, a second apart, with the columns that the table has had since its first level; answers the new head. */
export async function appendRaw(
  client: Client,
  writer: WriterId,
  drafts: readonly LedgerDraft[],
  from: ChainHead,
): Promise<ChainHead> {
  let head = from;
  for (const each of drafts) {
    const bodyText = readDraft(each);
    if (!bodyText.ok) throw new Error(`${each.kind}: ${bodyText.problem}`);
    const at = instant(draft.T0 + head.seq * 1_000);
    const link = nextLink(head, writer, { kind: each.kind, bodyText: bodyText.value, at });
    const { callId, number, campaignId, verdict } = lookUpTextsOf(each.body);
    await client.query(
      `INSERT INTO breakwater.ledger
         (writer, seq, at, kind, body, prev_hash, hash, dedupe_key, call_id, number, campaign_id, verdict)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        ...[
          link.writer,
          link.seq,
          formatInstant(link.at),
          link.kind,
          link.bodyText,
          link.prevHash,
          link.hash,
        ],
        ...[each.dedupeKey ?? null, callId, number, campaignId, verdict],
      ],
    );
    head = { seq: link.seq, hash: link.hash };
  }
  return head;
}

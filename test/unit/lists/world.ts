/** A folder with list files and a store, for tests of lists; removed when the test ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  importList,
  type ImportListener,
  type ImportOutcome,
  type ImportRequest,
} from '../../../src/adapters/files/import-list.ts';
import type { ListManifest } from '../../../src/adapters/files/list-manifest.ts';
import { type LiveLists, openDoNotCallLists } from '../../../src/adapters/files/do-not-call-lists.ts';
import type { ListReach, ListSetting } from '../../../src/config/config.ts';
import type { Campaign } from '../../../src/domain/campaign.ts';
import { hasCoverage } from '../../../src/domain/area-coverage.ts';
import { instant, type LocalDate } from '../../../src/domain/time.ts';
import { phone } from '../../support/fake-operations.ts';

export const campaign = (id: string): Campaign => ({ id }) as unknown as Campaign;
export const date = (text: string): LocalDate => text as LocalDate;

/** The house's default. */
export const REJECTED_MAX_BP = 100;

export interface ListWorld {
  readonly base: string;
  readonly store: string;
  /** Writes a file and returns its path. */
  file(name: string, content: string | Uint8Array): string;
  setting(name: string, content: string, more?: Partial<Record<keyof ListSetting, unknown>>): ListSetting;
  import(
    files: readonly string[],
    more?: Partial<ImportRequest>,
    listener?: ImportListener,
  ): Promise<ImportOutcome>;
  /** As `import`, and it must be done. */
  mustImport(files: readonly string[], more?: Partial<ImportRequest>): Promise<ListManifest>;
  open(required?: readonly ListReach[]): Promise<LiveLists>;
}

export function listWorld(): ListWorld {
  const base = mkdtempSync(join(tmpdir(), 'breakwater-lists-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const store = join(base, 'lists');
  mkdirSync(store);
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(base, name);
    writeFileSync(path, content);
    return path;
  };
  const run = (
    files: readonly string[],
    more: Partial<ImportRequest> = {},
    listener: ImportListener = {},
  ): Promise<ImportOutcome> =>
    importList(
      {
        ...{ name: 'national', kind: 'national', jurisdiction: null, campaignId: null },
        ...{ folder: store, files, mode: 'full', obtainedOn: date('2026-11-20') },
        // A registry or state copy by default of all area codes; other lists know none, and changes keep what was there.
        areaCodes: hasCoverage(more.kind ?? 'national') && more.mode !== 'delta' ? 'all' : null,
        importedAt: instant(Date.parse('2026-11-21T17:00:00Z')),
        ...{ rejectedMaxBp: REJECTED_MAX_BP, keepVersions: 3, olderAllowed: false },
        ...more,
      },
      listener,
    );
  return {
    base,
    store,
    file,
    setting: (name, content, more = {}) => {
      const path = file(name, content);
      const plain = { name, kind: 'national', jurisdiction: null, campaignId: null, path };
      return {
        ...plain,
        obtainedOn: '2026-11-20',
        version: 'v1',
        areaCodes: 'all',
        ...more,
      } as unknown as ListSetting;
    },
    import: run,
    async mustImport(files, more) {
      const outcome = await run(files, more);
      if (outcome.kind !== 'imported') throw new Error(JSON.stringify(outcome));
      return outcome.manifest;
    },
    open: (required = []) =>
      openDoNotCallLists({ files: [], folder: store, required, listStates: new Set(['TX', 'FL']) }),
  };
}

/** Names of lists that hold the number, for a campaign. */
export const hitsOf = async (lists: LiveLists, number: string, id = 'solar'): Promise<readonly string[]> =>
  (await lists.lookUp(phone(number), campaign(id))).hits;

/** Ten-digit numbers, one a line. */
export const linesOf = (...numbers: readonly string[]): string => `${numbers.join('\n')}\n`;

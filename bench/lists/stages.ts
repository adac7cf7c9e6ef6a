/** The measured work, each stage in a process of its own so that its memory and processor time are its own. Answers in JSON. */
import { readSync, openSync, closeSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { openDoNotCallLists } from '../../src/adapters/files/do-not-call-lists.ts';
import { loadFileLists } from '../../src/adapters/files/file-lists.ts';
import { importList } from '../../src/adapters/files/import-list.ts';
import { placeOf } from '../../src/adapters/files/number-pages.ts';
import { numberSet } from '../../src/adapters/files/number-set.ts';
import { loadPages } from '../../src/adapters/files/page-files.ts';
import { readList } from '../../src/adapters/files/read-list.ts';
import { readManifest, readPointer, versionFolder } from '../../src/adapters/files/list-store.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { instant, type LocalDate } from '../../src/domain/time.ts';
import { pausesWhile } from './pauses.ts';
import { diceFrom, isListed, somePlace } from './synthetic.ts';

const ASKED = 200_000;
const MEGABYTE = 1e6;

export type Figures = Readonly<Record<string, number>>;

async function timed(work: () => Promise<unknown> | number): Promise<{ wallS: number; cpuS: number }> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallS: (performance.now() - started) / 1e3, cpuS: (user + system) / 1e6 };
}

export const importRequest = (store: string, path: string, day: string) => ({
  ...({ folder: store, name: 'national', kind: 'national', jurisdiction: null, campaignId: null } as const),
  ...({
    files: [path],
    mode: 'full',
    obtainedOn: day as LocalDate,
    areaCodes: 'all',
    importedAt: instant(Date.now()),
  } as const),
  ...{ rejectedMaxBp: 0, keepVersions: 2, olderAllowed: false },
});

/** The whole import, from the first byte to the version in force. */
export async function stageImport(store: string, path: string, day: string): Promise<Figures> {
  let numbers = 0;
  const { wallS, cpuS } = await timed(async () => {
    const outcome = await importList(importRequest(store, path, day));
    if (outcome.kind !== 'imported') throw new Error(JSON.stringify(outcome));
    numbers = outcome.manifest.numbers;
  });
  return { wallS, cpuS, numbers, peakMB: process.resourceUsage().maxRSS / 1_000 };
}

/** Reading alone: every line validated, every number in its bitmap, the file hashed. */
export async function stageRead(path: string): Promise<Figures> {
  const { wallS, cpuS } = await timed(async () => readList(path, numberSet()));
  return { wallS, cpuS };
}

/** What any reader must do: get the bytes, turn digits into a place, set a bit. No check, no hash, no other format. */
export async function stageFloor(path: string, comma: number): Promise<Figures> {
  const bitmaps = Array.from({ length: 1_000 }, () => new Uint8Array(0));
  const stride = 11 + comma;
  const { wallS, cpuS } = await timed(() => {
    const file = openSync(path, 'r');
    const bytes = Buffer.alloc(stride * 90_000);
    for (let size = readSync(file, bytes); size > 0; size = readSync(file, bytes)) {
      for (let at = 0; at < size; at += stride) {
        let place = 0;
        for (let digit = 3 + comma; digit < 10 + comma; digit += 1)
          place = place * 10 + (bytes[at + digit] ?? 0) - 48;
        const area = (bytes[at] ?? 0) * 100 + (bytes[at + 1] ?? 0) * 10 + (bytes[at + 2] ?? 0) - 5_328;
        let bits = bitmaps[area];
        if (bits?.length === 0) bits = bitmaps[area] = new Uint8Array(1_000_000);
        const index = place - 2_000_000;
        if (bits !== undefined) bits[index >>> 3] = (bits[index >>> 3] ?? 0) | (1 << (index & 7));
      }
    }
    closeSync(file);
    return statSync(path).size;
  });
  return { wallS, cpuS };
}

/** A sidecar's lists: loading, memory, look-ups one by one. Every answer is compared with the arithmetic. */
export async function stageLookUp(store: string, areaCodes: number): Promise<Figures> {
  const folder = `${store}/national`;
  const pointer = await readPointer(folder);
  if (pointer === null) throw new Error('nothing was imported');
  const manifest = await readManifest(folder, pointer);
  const startMB = process.memoryUsage().rss / MEGABYTE;
  const loading = performance.now();
  const pages = await loadPages(versionFolder(folder, pointer.version), manifest);
  const loadS = (performance.now() - loading) / 1e3;
  const residentMB = process.memoryUsage().rss / MEGABYTE;
  const dice = diceFrom(2_026);
  const asked = Array.from({ length: ASKED }, (_, at) => somePlace(areaCodes, dice, at % 2 === 0));
  // As they come out of a parser: one flat string each.
  const texts = asked.map(
    ([areaCode, index]) => Buffer.from(`+1${areaCode}${index + 2_000_000}`).toString('latin1') as PhoneNumber,
  );
  const codes = Uint16Array.from(asked, ([areaCode]) => areaCode);
  const indices = Uint32Array.from(asked, ([, index]) => index);
  let wrong = 0;
  let hits = 0;
  for (const [areaCode, index] of asked) {
    const answer = pages.has(areaCode, index);
    if (answer !== isListed(areaCode, index, areaCodes)) wrong += 1;
    if (answer) hits += 1;
  }
  const mean = (ask: (at: number) => boolean): number => {
    let best = Infinity;
    for (let round = 0; round < 5; round += 1) {
      let found = 0;
      const started = performance.now();
      for (let at = 0; at < ASKED; at += 1) if (ask(at)) found += 1;
      best = Math.min(best, ((performance.now() - started) * 1e6) / ASKED);
      if (found !== hits) wrong += 1;
    }
    return best;
  };
  const bitNs = mean((at) => pages.has(codes[at] ?? 0, indices[at] ?? 0));
  const lookUpNs = mean((at) => {
    const place = placeOf(texts[at] ?? ('' as PhoneNumber));
    return place !== undefined && pages.has(place.areaCode, place.index);
  });
  const few = new Set(texts.filter((_, at) => at % 2 === 0));
  const setStarted = performance.now();
  let inSet = 0;
  for (const text of texts) if (few.has(text)) inSet += 1;
  const setNs = ((performance.now() - setStarted) * 1e6) / ASKED;
  if (inSet < few.size) wrong += 1;
  return { startMB, loadS, residentMB, bitNs, lookUpNs, setNs, wrong, asked: ASKED };
}

/** A running sidecar takes a version of which every page is new. */
export async function stageSwap(store: string, second: () => void): Promise<Figures> {
  const lists = await openDoNotCallLists({ files: [], folder: store, required: [], listStates: new Set() });
  second();
  let [swapS, swapMs, taken] = [0, 0, 0];
  const pauses = await pausesWhile(lists, async () => {
    const started = performance.now();
    const { ready } = await lists.findNewer();
    const swapping = performance.now();
    for (const version of ready) version.putInForce();
    swapMs = performance.now() - swapping;
    swapS = (performance.now() - started) / 1e3;
    taken = ready.length;
  });
  if (taken !== 1) throw new Error(`nothing new in ${basename(store)}`);
  return { swapS, swapMs, peakMB: process.resourceUsage().maxRSS / 1_000, ...pauses };
}

/** A reload reads a list that the configuration names with a path, while calls are decided with another. */
export async function stageReload(path: string): Promise<Figures> {
  const nowhere = { files: [], folder: `${path}.none`, required: [], listStates: new Set<string>() };
  const lists = await openDoNotCallLists(nowhere);
  let reloadS = 0;
  const pauses = await pausesWhile(lists, async () => {
    const started = performance.now();
    const loaded = await loadFileLists(
      [
        {
          ...({ name: 'national', kind: 'national', jurisdiction: null, campaignId: null, path } as const),
          ...{ obtainedOn: '2026-11-20' as LocalDate, version: '1', areaCodes: 'all' },
        },
      ],
      100,
    );
    reloadS = (performance.now() - started) / 1e3;
    if (!loaded.ok) throw new Error(loaded.problems.join());
  });
  return { reloadS, ...pauses };
}

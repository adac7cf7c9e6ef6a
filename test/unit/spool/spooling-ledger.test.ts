/** The ledger with a disk beside it: what goes on while its store is away, what does not, and what the ledger says afterwards. */
import { describe, expect, test } from 'vitest';
import { openSpoolFile, spoolPath } from '../../../src/adapters/files/spool-file.ts';
import { openMemoryLedger } from '../../../src/adapters/memory/ledger.ts';
import { memoryRecords } from '../../../src/adapters/memory/records.ts';
import { freshIds } from '../../../src/control/spool/fresh-ids.ts';
import { createRecordsCopy, type RecordsCopy } from '../../../src/control/spool/records-copy.ts';
import { spoolingLedger } from '../../../src/control/spool/spooling-ledger.ts';
import { lookForNewer } from '../../../src/control/watch-lists.ts';
import type { CampaignId, SellerId, WriterId } from '../../../src/domain/ids.ts';
import { type LedgerDraft, type LedgerEntry, textOf } from '../../../src/domain/ledger-entry.ts';
import type { PhoneNumber } from '../../../src/domain/phone-number.ts';
import { readSpool } from '../../../src/domain/spool-record.ts';
import type { LoadedList } from '../../../src/ports/fact-sources.ts';
import { LedgerUnavailable } from '../../../src/ports/ledger.ts';
import * as draft from '../../support/entries.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';

const WRITER = 'w1' as WriterId;
const PATH = spoolPath('/spool', WRITER);
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

const NUMBER = draft.NUMBER as PhoneNumber;
const SELLER = 's1' as SellerId;
const wishes = (ledger: ReturnType<typeof openMemoryLedger>) =>
  ledger.records.standing({ number: NUMBER, sellerId: SELLER, callerId: null });

async function world(given: { disk?: ReturnType<typeof faultyDisk>; maxBytes?: number } = {}) {
  const clock = fakeClock('2026-11-20T12:00:00Z');
  const disk = given.disk ?? faultyDisk();
  const ledger = openMemoryLedger({ writer: WRITER, clock });
  let made = 0;
  const ids = freshIds(() => `call-${(made += 1)}`);
  let going = true;
  let over = false;
  const told: [LedgerEntry, string][] = [];
  const errors: string[] = [];
  let spoolIds = 0;
  const open = async (heard: (entry: LedgerEntry, replayed: boolean) => void = () => undefined) =>
    spoolingLedger({
      ledger,
      spool: await openSpoolFile({
        directory: '/spool',
        writer: WRITER,
        maxBytes: given.maxBytes ?? 1e6,
        disk,
      }),
      clock,
      log: { ...QUIET, error: (_, message) => errors.push(message) },
      goesOn: (id) => going && id === ('c1' as CampaignId),
      takeFresh: (id) => ids.take(id),
      newId: () => `s${(spoolIds += 1)}`,
      isOver: () => over,
      onSpooled: (entry) => told.push([entry, 'spooled']),
      onWritten: (entry, replayed) => {
        told.push([entry, replayed ? 'replayed' : 'written']);
        heard(entry, replayed);
      },
    });
  return {
    clock,
    disk,
    ledger,
    ids,
    told,
    errors,
    open,
    spooling: await open(),
    down: (isDown: boolean) => {
      ledger.store.down = isDown;
    },
    veto: () => {
      going = false;
    },
    takenOver: () => {
      over = true;
    },
    inLedger: () => ledger.store.entries.map(({ kind, body }) => [kind, body['callId']]),
  };
}

const kinds = (entries: readonly LedgerEntry[]) => entries.map(({ kind }) => kind);

test('while the store is there the disk is not touched', async () => {
  const { spooling, disk, told } = await world();
  await spooling.append(draft.progress('x'));
  expect(disk.files.size).toBe(0);
  expect(told.map(([, how]) => how)).toEqual(['written']);
  expect(spooling.awaySince()).toBeNull();
});

test('what waited is in the ledger before anything else, in order, with its own stamps, once', async () => {
  const { spooling, ids, clock, down, inLedger, ledger, disk } = await world();
  down(true);
  const call = ids.make();
  await spooling.append(draft.permit(call));
  const stamped = clock.now();
  await clock.go(10);
  await spooling.append(draft.progress(call));
  await spooling.append(draft.result(call));
  expect(spooling.figures()).toMatchObject({ mode: 'away', entries: 3, oldestAt: stamped });
  down(false);
  await clock.go(300);
  await spooling.append(draft.progress('after'));
  expect(inLedger()).toEqual([
    ['decision', call],
    ['call_progress', call],
    ['call_result', call],
    ['spool_drained', undefined],
    ['call_progress', 'after'],
  ]);
  expect(ledger.store.entries[0]?.at).toBe(stamped);
  expect(ledger.store.entries[3]?.body).toMatchObject({ entries: 3, damaged: [] });
  expect(spooling.figures()).toEqual({ mode: 'direct', entries: 0, bytes: 0, oldestAt: null });
  expect(disk.files.size).toBe(0);
});

describe('while the store is away', () => {
  test('a decision of a campaign that wants a veto is not recorded', async () => {
    const { spooling, ids, down, veto, disk } = await world();
    veto();
    down(true);
    await expect(spooling.append(draft.permit(ids.make()))).rejects.toThrow('the campaign wants a veto');
    expect(disk.files.size).toBe(0);
  });

  test('a call id that may have been decided before is not decided again', async () => {
    const { spooling, ids, down } = await world();
    const before = ids.make();
    await spooling.append(draft.permit(before));
    down(true);
    for (const id of ['from-outside', before]) {
      await expect(spooling.append(draft.permit(id))).rejects.toThrow('decided before cannot be looked up');
    }
  });

  test('asked again under an id of now the first decision stands', async () => {
    const { spooling, ids, down } = await world();
    down(true);
    const call = ids.make();
    await spooling.append(draft.permit(call));
    expect(await spooling.append(draft.permit(call))).toMatchObject({ kind: 'duplicate', entry: { id: 0 } });
  });

  test.each<[string, LedgerDraft]>([
    ['a request not to be called', draft.optOut(0)],
    ['a result', draft.result('of-before')],
  ])('%s waits on the disk, whatever the campaign says', async (_, given) => {
    const { spooling, down, veto, clock, ledger } = await world();
    veto();
    down(true);
    await spooling.append(given);
    down(false);
    await clock.go(300);
    expect(kinds(ledger.store.entries)).toEqual([given.kind, 'spool_drained']);
  });

  test('a new version of a do-not-call list is in force, and recorded before any decision that names it', async () => {
    const { spooling, down, ids, clock, ledger } = await world();
    down(true);
    const version = { name: 'national', version: '2026-11-20-0', obtainedOn: '2026-11-20' };
    const list = { version, areaCodes: null, count: 1, rejectedCount: 0, sha256: 'f'.repeat(64) };
    let inForce = false;
    const putInForce = (): void => {
      inForce = true;
    };
    const ready = [{ list: { ...list, origin: 'import', sources: [] } as unknown as LoadedList, putInForce }];
    await lookForNewer({
      lists: { findNewer: () => Promise.resolve({ ready, problems: [] }) },
      ledger: spooling,
      log: QUIET,
    });
    expect(inForce).toBe(true);
    await spooling.append(draft.permit(ids.make()));
    down(false);
    await clock.go(300);
    expect(kinds(ledger.store.entries)).toEqual(['list_loaded', 'decision', 'spool_drained']);
  });

  test('a consent, which would let calls through, is refused', async () => {
    const { spooling, down } = await world();
    down(true);
    await expect(spooling.append(draft.consent(0))).rejects.toThrow(
      '`consent_recorded` is not recorded on the disk',
    );
  });

  test.each<[string, LedgerDraft]>([
    ['a number that has changed hands', draft.reassigned(1, 'yes')],
    ['a call that left unsigned', draft.attestation(1, 'none', { way: 'signed_here', before: 'A' })],
    ['a call that left with less', draft.attestation(1, 'B', { way: 'signed_here', before: 'A' })],
    ['a call seen with less than full', draft.attestation(1, 'B', { way: 'seen_there' })],
    ['a statement that nothing is signed', draft.attestation(1, 'none')],
  ])('%s waits on the disk, and the next call hears of it', async (_, given) => {
    const { spooling, down, told } = await world();
    down(true);
    await spooling.append(given);
    expect(told).toMatchObject([[{ kind: given.kind }, 'spooled']]);
  });

  test.each<[string, LedgerDraft]>([
    ['a number that has not changed hands', draft.reassigned(1, 'no')],
    ['a number of which nothing is known', draft.reassigned(1, 'no_data')],
    ['full attestation', draft.attestation(1, 'A', { way: 'signed_here', before: 'B' })],
    ['more attestation than before', draft.attestation(1, 'B', { way: 'signed_here', before: 'C' })],
    ['a statement of some attestation', draft.attestation(1, 'B')],
  ])('%s, which may let calls through, is refused', async (_, given) => {
    const { spooling, down, disk } = await world();
    down(true);
    await expect(spooling.append(given)).rejects.toThrow(`\`${given.kind}\` is not recorded on the disk`);
    expect(disk.files.size).toBe(0);
  });

  test('a disk that is full is a ledger that is away', async () => {
    const { spooling, ids, down, disk } = await world();
    down(true);
    disk.faults.push('full');
    const call = ids.make();
    await expect(spooling.append(draft.permit(call))).rejects.toBeInstanceOf(LedgerUnavailable);
    expect(spooling.figures().entries).toBe(0);
    await expect(spooling.read({ callId: call, limit: 1 })).rejects.toThrow('cannot be read');
  });

  test('only what is known whole is read', async () => {
    const { spooling, ids, down } = await world();
    const before = ids.make();
    await spooling.append(draft.permit(before));
    down(true);
    const call = ids.make();
    await spooling.append(draft.permit(call));
    await spooling.append(draft.result(before));
    expect(kinds(await spooling.read({ callId: call, limit: 9 }))).toEqual(['decision']);
    expect(kinds(await spooling.read({ callId: before, kinds: ['decision'], limit: 9 }))).toEqual([
      'decision',
    ]);
    expect(kinds(await spooling.read({ callId: before, kinds: ['call_result'], limit: 9 }))).toEqual([
      'call_result',
    ]);
    for (const query of [{ callId: before }, { callId: 'unknown' }, { number: draft.NUMBER }, {}]) {
      await expect(spooling.read({ ...query, limit: 9 })).rejects.toBeInstanceOf(LedgerUnavailable);
    }
    await expect(spooling.ping()).rejects.toThrow("2 entries wait on this sidecar's disk");
  });

  test('whoever has lost its place writes nothing, on the disk neither', async () => {
    const { spooling, down, takenOver, disk } = await world();
    takenOver();
    down(true);
    await expect(spooling.append(draft.optOut(0))).rejects.toBeInstanceOf(LedgerUnavailable);
    expect(disk.files.size).toBe(0);
  });
});

test('what an earlier life left behind is drained, also when it had drained a part of it', async () => {
  const { spooling, down, disk, open, ledger } = await world();
  down(true);
  await spooling.append(draft.optOut(0));
  await spooling.append(draft.progress('x'));
  const left = disk.files.get(PATH) ?? new Uint8Array();
  down(false);
  // The first life wrote everything and died before it removed the file.
  await (await open()).drainFound();
  expect(disk.files.size).toBe(0);
  disk.files.set(PATH, Buffer.concat([left, Buffer.from('torn')]));
  await (await open()).drainFound();
  expect(kinds(ledger.store.entries)).toEqual(['opt_out', 'call_progress', 'spool_drained', 'spool_drained']);
  expect(ledger.store.entries[3]?.body['damaged']).toMatchObject([
    { offset: left.length, length: 4, base64: null },
  ]);
});

describe('bytes that the disk has changed after they were acknowledged', () => {
  async function rotted(byte: number) {
    const made = await world();
    made.down(true);
    for (let n = 0; n < 3; n += 1) await made.spooling.append(draft.optOut(n));
    const bytes = Buffer.from(made.disk.files.get(PATH) ?? new Uint8Array());
    await made.spooling.close();
    made.down(false);
    const second = bytes.indexOf('\n') + 1;
    bytes.set([byte], second + 100);
    return { ...made, bytes, line: bytes.subarray(second, bytes.indexOf('\n', second) + 1) };
  }

  test('are kept in the ledger, and somebody is told', async () => {
    const { disk, bytes, line, open, ledger, errors } = await rotted(0);
    disk.files.set(PATH, bytes);
    await (await open()).drainFound();
    expect(kinds(ledger.store.entries)).toEqual(['opt_out', 'opt_out', 'spool_drained']);
    expect(ledger.store.entries[2]?.body['damaged']).toMatchObject([
      { length: line.length, base64: line.toString('base64') },
    ]);
    expect(errors).toContainEqual(expect.stringContaining('cannot be read'));
    expect(disk.files.size).toBe(0);
  });

  test('are more than the ledger takes: nothing starts until somebody has moved the file away', async () => {
    const { disk, bytes, open, ledger } = await rotted(0);
    const file = Buffer.concat([Buffer.alloc(1_100_000), bytes]);
    disk.files.set(PATH, file);
    await expect((await open()).drainFound()).rejects.toThrow('move its file away');
    expect(disk.files.get(PATH)).toEqual(file);
    expect(kinds(ledger.store.entries)).toEqual(['opt_out']);
  });
});

test('what an earlier life left behind is in the copy of the records', async () => {
  const { spooling, down, disk, open, ledger, clock } = await world();
  down(true);
  await spooling.append(draft.optOut(0));
  const left = disk.files.get(PATH) ?? new Uint8Array();
  await spooling.close();
  disk.files.set(PATH, left);
  down(false);
  let copy: RecordsCopy | null = null;
  const next = await open((entry, replayed) => copy?.wrote(entry, replayed));
  copy = createRecordsCopy({
    source: {
      load(_max, take) {
        for (const entry of ledger.store.entries) take(entry);
        return Promise.resolve(ledger.store.entries.at(-1)?.id ?? 0);
      },
      others: () => Promise.resolve(0),
    },
    // The feed comes later than the receipt, as that of PostgreSQL does.
    ledger: { subscribe: (hear) => ledger.subscribe((entry) => void clock.after(50, () => hear(entry))) },
    ...{ clock, log: QUIET, recordsMax: 100, permitsForMs: 60_000 },
    empty: () => memoryRecords(() => false),
    awaySince: () => next.awaySince(),
    isWanted: () => true,
  });
  // Time to read the records before they are whole.
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  expect(next.awaySince()).not.toBeNull();
  await next.drainFound();
  expect(next.awaySince()).toBeNull();
  await clock.go(1_100);
  const answer = copy.asOf(clock.monotonic());
  copy.stop();
  if (!answer.usable) throw new Error(answer.problem);
  const { internalRequest } = await answer.records.standing({
    number: NUMBER,
    sellerId: SELLER,
    callerId: null,
  });
  expect(internalRequest).toMatchObject({ channel: 'key' });
});

test('the store that goes again in the middle of the drain gets the rest when it is back, nothing twice', async () => {
  const { spooling, down, clock, ledger } = await world();
  down(true);
  for (let n = 0; n < 450; n += 1) await spooling.append(draft.progress(`x${n}`));
  down(false);
  const append = ledger.append.bind(ledger);
  let left = 250;
  ledger.append = (each) => {
    left -= 1;
    if (left === 0) down(true);
    return append(each);
  };
  await clock.go(300);
  expect(spooling.figures()).toMatchObject({ mode: 'away', entries: 250 });
  await spooling.append(draft.progress('last'));
  down(false);
  await clock.go(300);
  const told = ledger.store.entries.map(({ body }) => body['callId']);
  expect(told).toEqual([...Array.from({ length: 450 }, (_, n) => `x${n}`), 'last', undefined]);
});

test('under load draining ends, and the order holds', async () => {
  const { spooling, down, clock, ledger } = await world();
  down(true);
  const asked: string[] = [];
  const ask = (): void => {
    asked.push(`n${asked.length}`);
    void spooling.append(draft.progress(asked.at(-1) ?? ''));
    clock.after(1, ask);
  };
  ask();
  await clock.go(500);
  down(false);
  await clock.go(1_000);
  expect(spooling.figures().mode).toBe('direct');
  const told = ledger.store.entries
    .filter(({ kind }) => kind === 'call_progress')
    .map(({ body }) => body['callId']);
  expect(told.length).toBeGreaterThan(1_400);
  expect(told).toEqual(asked.slice(0, told.length));
});

test('what comes while the drained file is being removed waits for the ledger, and is not removed with it', async () => {
  const { spooling, down, disk, clock, inLedger } = await world();
  down(true);
  await spooling.append(draft.progress('first'));
  const remove = disk.remove.bind(disk);
  let late: Promise<unknown> = Promise.resolve();
  disk.remove = async (path) => {
    late = spooling.append(draft.progress('late'));
    await clock.go(1);
    await remove(path);
  };
  down(false);
  await clock.go(300);
  await late;
  expect(inLedger().map(([, callId]) => callId)).toEqual(['first', undefined, 'late']);
  expect(disk.files.size).toBe(0);
});

test('an entry keeps the instant at which it was appended, however long the ledger was waited for', async () => {
  const { spooling, down, clock, ledger } = await world();
  const append = ledger.append.bind(ledger);
  ledger.append = (each) =>
    new Promise((_resolve, reject) => {
      clock.after(900, () => reject(new LedgerUnavailable('not durable within 900 ms')));
      ledger.append = append;
    }).then(() => append(each));
  const appended = clock.now();
  down(true);
  const waiting = spooling.append(draft.progress('x'));
  await clock.go(1_000);
  await waiting;
  down(false);
  await clock.go(300);
  expect(ledger.store.entries[0]?.at).toBe(appended);
});

test('an entry whose key another one has is kept beside it, and somebody is told', async () => {
  const { spooling, down, clock, ledger, errors } = await world();
  await ledger.append(draft.result('x', 'expired'));
  down(true);
  await spooling.append(draft.result('x', 'connected'));
  down(false);
  await clock.go(300);
  const [, conflict] = ledger.store.entries;
  expect(conflict).toMatchObject({
    kind: 'spool_conflict',
    body: { why: 'another_stands', spooledKey: 'x' },
  });
  const kept = Buffer.from(
    conflict === undefined ? '' : textOf(conflict, 'spooledBodyBase64'),
    'base64',
  ).toString();
  expect(JSON.parse(kept)).toMatchObject({ outcome: 'connected' });
  expect(errors).toContainEqual(expect.stringContaining('kept as spool_conflict'));
});

describe('a wish whose key an older one has, after the person had consented again, binds', () => {
  const keyed = (given: LedgerDraft): LedgerDraft => ({ ...given, dedupeKey: 'K' });

  test.each<[string, LedgerDraft, LedgerDraft]>([
    ['a request not to be called', draft.optOut(1), draft.optOut(3)],
    ['a revoked consent', draft.revocation(1), draft.revocation(3)],
  ])('%s', async (_, before, again) => {
    const { spooling, down, clock, ledger, told, open, disk } = await world();
    await ledger.append(keyed(before));
    await ledger.append(draft.consent(2));
    down(true);
    await spooling.append(keyed(again));
    const left = disk.files.get(PATH) ?? new Uint8Array();
    down(false);
    await clock.go(300);
    expect((await wishes(ledger)).consent.revokedAt).toBe(Date.parse(draft.at(3)));
    expect(told.at(-1)).toMatchObject([{ kind: again.kind, id: 3 }, 'written']);
    // Drained once more after a crash it stands once.
    disk.files.set(PATH, left);
    await (await open()).drainFound();
    expect(kinds(ledger.store.entries).filter((kind) => kind === again.kind)).toHaveLength(2);
    expect(kinds(ledger.store.entries)).not.toContain('spool_conflict');
  });

  test('a number that has changed hands, though the query of that id had answered no', async () => {
    const { spooling, down, clock, ledger } = await world();
    const [no, yes] = [keyed(draft.reassigned(1, 'no')), keyed(draft.reassigned(1, 'yes'))];
    await ledger.append(no);
    down(true);
    await spooling.append(yes);
    down(false);
    await clock.go(300);
    expect((await wishes(ledger)).reassigned).toMatchObject({ answer: 'yes' });
  });

  test('a text that nobody has read yet, though the one before was settled', async () => {
    const { spooling, down, clock, ledger } = await world();
    const text = (receivedAt: string): LedgerDraft => ({
      kind: 'unclear_request',
      dedupeKey: 'u1',
      body: {
        ...{ requestId: 'u1', number: NUMBER, sellerId: SELLER, channel: 'text', text: 'who is this' },
        receivedAt,
      },
    });
    await ledger.append(text(draft.at(1)));
    await ledger.append({
      kind: 'unclear_request_settled',
      body: {
        ...{ requestId: 'u1', number: NUMBER, sellerId: SELLER, who: 'Jo', why: 'read it' },
        ...{ as: 'no_request', settledAt: draft.at(2) },
      },
    });
    down(true);
    await spooling.append(text(draft.at(3)));
    down(false);
    await clock.go(300);
    expect((await wishes(ledger)).unclearRequest).toMatchObject({ requestId: 'spool-s1' });
  });
});

test('an append whose outcome nobody knew stands once', async () => {
  const { spooling, clock, ledger } = await world();
  const append = ledger.append.bind(ledger);
  ledger.append = async (each) => {
    ledger.append = append;
    await append(each);
    throw new LedgerUnavailable('the answer to COMMIT was lost', { outcome: 'unknown' });
  };
  await spooling.append(draft.progress('x'));
  await clock.go(300);
  expect(kinds(ledger.store.entries)).toEqual(['call_progress', 'spool_drained']);
});

test('the file holds what the ledger will say', async () => {
  const { spooling, down, disk } = await world();
  down(true);
  await spooling.append(draft.optOut(0));
  const { entries } = readSpool(disk.files.get(PATH) ?? new Uint8Array());
  expect(entries).toMatchObject([{ kind: 'opt_out', id: 's1', dedupeKey: null, doubtful: false }]);
});

/**
 * A sidecar as a process of its own, real calls, and PostgreSQL killed under load: the campaign that wants to go on goes on, the other one
 * is vetoed with its reason, nothing that happened is lost, and what a person asked meanwhile binds at once. Then the sidecar is killed too.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Floor } from '../../scripts/callers/floor.ts';
import type { LedgerEntry } from '../../src/domain/ledger-entry.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { test } from '../support/real-asterisk.ts';
import { agentIds, type Answer, CAMPAIGN, codes, SELLER } from '../support/serve-client.ts';
import {
  campaignYaml,
  exchangeEnv,
  openServeFloor,
  openServeWorld,
  type ServeWorld,
} from '../support/serve-world.ts';
import {
  announceMissing,
  type PostgresServer,
  postgresSources,
  temporaryDirectory,
} from '../support/stores.ts';
import { verifiedLedger } from '../support/verified-ledger.ts';
import { until } from '../support/wait.ts';

const [source] = (await postgresSources()).filter(({ missing }) => missing === undefined);
const isHere = source !== undefined && process.env['TEST_BACKEND'] !== 'containers';
announceMissing('the disk beside the ledger', isHere ? undefined : 'no PostgreSQL of our own');

const VETOED = 'windows';
const WITHIN_MS = 90_000;
const NUMBERS = Array.from({ length: 70 }, (_, n) => `+1303555${String(120 + n).padStart(4, '0')}`);
const [ASKED = '', BEFORE = '', AFTER_KILL = ''] = NUMBERS;
const LOAD = NUMBERS.slice(3, 60);

/** Each campaign has agents of its own. */
const membersOf = (ids: readonly string[]): string =>
  `{ kind: dialplan, context: house, extension: desk, connectedBy: handover }\n  members: [${ids
    .map((id) => `'${id}'`)
    .join(', ')}]`;
const AGENTS = agentIds(30);

describe.skipIf(!isHere)('PostgreSQL killed under load', () => {
  let postgres: PostgresServer;
  let database: string;
  let line: Proxy;
  let world: ServeWorld;
  let floor: Floor;
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;

  beforeAll(async () => {
    if (source === undefined) throw new Error('no PostgreSQL');
    postgres = await source.start();
    folder = await temporaryDirectory();
    database = await postgres.freshDatabase();
    line = await startProxy({ host: '127.0.0.1', port: Number(new URL(database).port) });
    const through = new URL(database);
    through.port = String(line.port);
    world = await openServeWorld(
      { DATABASE_URL: through.href, BREAKWATER_SPOOL_DIRECTORY: folder.path },
      {
        [CAMPAIGN]: campaignYaml(CAMPAIGN, 1, membersOf(AGENTS.slice(0, 15)), 'whenLedgerAway: spool\n'),
        [VETOED]: campaignYaml(VETOED, 2, membersOf(AGENTS.slice(15))),
      },
    );
    floor = await openServeFloor(world, 'spool', [
      { numbers: NUMBERS.map((number) => number.slice(1)), behaviour: { kind: 'busy' } },
      // Nobody calls it; the scenario of the people wants one who answers.
      { numbers: ['13035550199'], behaviour: { kind: 'answers' } },
    ]);
    Object.assign(world.env, exchangeEnv(floor.asterisk));
    await world.start().ready();
    for (const number of NUMBERS) await world.client.consent(number);
    await world.client.agents(AGENTS, 'ready');
    await until('agents', async () => (await world.client.campaign()).agents.ready === 15, WITHIN_MS);
    await until('copy', () => world.sidecar().output().includes('the records are copied'), WITHIN_MS);
  });

  afterAll(async () => {
    await floor.asterisk.cli('channel request hangup all');
    await world.close();
    await floor.close();
    await line.close();
    await postgres.stop();
    await folder.remove();
  });

  const figure = async (name: string): Promise<number> => {
    const text = await (await fetch(`${world.sidecar().url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
  };

  const goAway = async (): Promise<void> => {
    line.mode = 'refuse';
    line.cutAll();
    await postgres.crash?.();
  };

  /** Until the first decision has waited out its bound nobody knows that the store is away. */
  const patiently = async (number: string): Promise<Answer> => {
    for (let again = 0; ; again += 1) {
      const answer = await world.client.originate(number);
      if (answer.verdict === 'permit' || again === 20) return answer;
      await sleep(250);
    }
  };

  const bodies = (entries: readonly LedgerEntry[], kind: string) =>
    entries.filter((entry) => entry.kind === kind).map(({ body }) => body);

  test(
    'one campaign goes on, the other is vetoed; afterwards the ledger is whole and the counts match',
    async () => {
      const permitted: string[] = [];
      const answers: { readonly going: Answer; readonly vetoed: Answer }[] = [];
      permitted.push((await patiently(BEFORE)).call_id);
      const killing = goAway();
      expect((await patiently(LOAD[0] ?? '')).verdict).toBe('permit');
      await killing;
      // A request not to be called is taken, and binds the next call.
      await world.client.request('POST', '/v1/opt-outs', { number: ASKED, seller: SELLER, channel: 'phone' });
      expect(codes(await world.client.originate(ASKED))).toContain('on_internal_list');
      // A consent would let more calls through: it is refused.
      await expect(world.client.consent(ASKED)).rejects.toThrow('503');
      for (let at = 1; at < LOAD.length; at += 4) {
        const number = LOAD[at] ?? '';
        const other = LOAD[at + 1] ?? '';
        const [going, vetoed] = await Promise.all([
          world.client.originate(number),
          world.client.originate(other, { campaign: VETOED }),
        ]);
        answers.push({ going, vetoed });
      }
      expect(answers.flatMap(({ going }) => codes(going))).toEqual([]);
      for (const { vetoed } of answers) {
        expect(vetoed.verdict).toBe('veto');
        expect(codes(vetoed)).toEqual(['ledger_unavailable']);
        expect(JSON.stringify(vetoed)).toContain('the campaign wants a veto');
      }
      permitted.push(...answers.map(({ going }) => going.call_id));
      // A call id of the dialer's own may have been used before.
      const foreign = await world.client.originate(LOAD[2] ?? '', { call_id: 'dialer-1' });
      expect(codes(foreign)).toEqual(['ledger_unavailable']);
      const waiting = await world.client.readiness();
      expect(waiting.ready).toBe(false);
      expect(waiting.problems.join()).toMatch(/\d+ entries wait on this sidecar's disk/);
      // Decisions, results, progress: more than one for each call.
      await until(
        'results on the disk',
        async () => (await figure('breakwater_spool_entries')) > 2 * answers.length,
        WITHIN_MS,
      );
      expect(await figure('breakwater_spool_oldest_seconds')).toBeGreaterThan(0);
      expect((await stat(join(folder.path, 'tested.spool'))).mode & 0o777).toBe(0o600);

      line.mode = 'pass';
      await until('ready', async () => (await world.client.readiness()).ready, WITHIN_MS);
      await until(
        'nothing in flight',
        async () => (await world.client.campaign()).in_flight === 0,
        WITHIN_MS,
      );
      expect(await figure('breakwater_spool_entries')).toBe(0);
      expect(await readdir(folder.path)).toEqual([]);
      const found = await verifiedLedger(database);
      const results = bodies(found, 'call_result').map(({ callId, outcome }) => [callId, outcome]);
      for (const callId of permitted) {
        expect(bodies(found, 'decision').filter((body) => body['callId'] === callId)).toHaveLength(1);
        expect(results.filter(([id]) => id === callId)).toEqual([[callId, 'busy']]);
      }
      expect(bodies(found, 'opt_out')).toMatchObject([{ number: ASKED }]);
      expect(bodies(found, 'decision').filter(({ callId }) => callId === 'dialer-1')).toEqual([]);
      expect(bodies(found, 'spool_conflict')).toEqual([]);
      expect(Number(bodies(found, 'spool_drained')[0]?.['entries'])).toBeGreaterThan(2 * answers.length);
      // Back to the usual: what was asked meanwhile stands, and the other campaign calls again.
      expect(codes(await world.client.originate(ASKED))).toContain('on_internal_list');
      expect((await world.client.originate(LOAD[3] ?? '', { campaign: VETOED })).verdict).toBe('permit');
    },
    3 * WITHIN_MS,
  );

  test(
    'killed with entries on its disk, the next life writes them before it is ready',
    async () => {
      // Who else writes is looked at once a second: a store that was not seen long enough since the last time is a veto, and shows it nowhere.
      await sleep(5_000);
      await goAway();
      const call = await patiently(AFTER_KILL);
      expect(call.verdict).toBe('permit');
      await until('busy', async () => (await figure('breakwater_spool_entries')) >= 2, WITHIN_MS);
      await world.sidecar().kill();
      line.mode = 'pass';
      const next = world.start();
      await next.ready();
      expect(await readdir(folder.path)).toEqual([]);
      const found = await verifiedLedger(database);
      const of = found.filter(({ body }) => body['callId'] === call.call_id).map(({ kind }) => kind);
      expect(of.filter((kind) => kind === 'decision')).toHaveLength(1);
      const started = found.findLastIndex(({ kind }) => kind === 'writer_started');
      const drained = found.findLastIndex(({ kind }) => kind === 'spool_drained');
      expect(drained).toBeLessThan(started);
      expect(found.findIndex(({ body }) => body['callId'] === call.call_id)).toBeLessThan(drained);
      expect(await world.client.outcomes(call.call_id, WITHIN_MS)).toEqual(['busy']);
    },
    3 * WITHIN_MS,
  );
});

/**
 * A real Prometheus scrapes a real sidecar with the shipped configuration: every metric that rules and dashboard name is there, promtool
 * fires every rule, and each part that goes away is named by readiness and seen by the rules' own figures.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { parse } from 'yaml';
import { findOnPath } from '../../scripts/install-packages.ts';
import type { Floor } from '../../scripts/callers/floor.ts';
import {
  dashboardExpressions,
  DEPLOY,
  metricOf,
  metricsIn,
  type Prometheus,
  startPrometheus,
} from '../support/prometheus.ts';
import { type Proxy, startProxy } from '../support/proxy.ts';
import { missingAsterisk, test } from '../support/real-asterisk.ts';
import { exchangeEnv, openServeFloor, openServeWorld, type ServeWorld } from '../support/serve-world.ts';
import {
  announceMissing,
  postgresSources,
  redisMissing,
  type RedisServer,
  startRedis,
} from '../support/stores.ts';
import { until } from '../support/wait.ts';

const missing =
  missingAsterisk ??
  (await redisMissing()) ??
  (findOnPath('prometheus') === undefined ? 'no prometheus on the PATH' : undefined);
announceMissing('Prometheus', missing);
const PATIENCE_MS = 60_000;

const alertRules = (): readonly { readonly alert: string; readonly expr: string }[] =>
  (
    parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')) as {
      groups: readonly { rules: readonly { alert: string; expr: string }[] }[];
    }
  ).groups.flatMap(({ rules }) => rules);

function promtool(...args: readonly string[]): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    cwd: join(DEPLOY, 'prometheus'),
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
}

describe.skipIf(missing !== undefined)('promtool', () => {
  test('takes rules and configuration, and fires every alert', () => {
    for (const args of [
      ['check', 'config', 'prometheus.yml'],
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      expect(promtool(...args)).toMatchObject({ status: 0 });
    }
  });

  test('a threshold that is turned round is seen', () => {
    const directory = mkdtempSync(join(tmpdir(), 'breakwater-promtool-'));
    try {
      const rules = readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8');
      const turned = rules.replace('breakwater_ready == 0', 'breakwater_ready == 1');
      expect(turned).not.toBe(rules);
      writeFileSync(join(directory, 'alerts.yml'), turned);
      writeFileSync(
        join(directory, 'alerts.test.yml'),
        readFileSync(join(DEPLOY, 'prometheus/alerts.test.yml')),
      );
      expect(promtool('test', 'rules', join(directory, 'alerts.test.yml')).status).not.toBe(0);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('every expression of the dashboard is one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'breakwater-promtool-'));
    try {
      const rules = (await dashboardExpressions()).map((expr, index) => ({ record: `panel:${index}`, expr }));
      expect(rules.length).toBeGreaterThan(20);
      const file = join(directory, 'panels.yml');
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
      expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe.skipIf(missing !== undefined)('a sidecar, its stores, its exchange, and Prometheus', () => {
  let world: ServeWorld;
  let floor: Floor;
  let redis: RedisServer;
  const closing: (() => Promise<void>)[] = [];
  /** Between the sidecar and PostgreSQL. */
  let line: Proxy;
  let prometheus: Prometheus;

  beforeAll(async () => {
    const source = (await postgresSources()).find((each) => each.missing === undefined);
    if (source === undefined) throw new Error('no PostgreSQL');
    const postgres = await source.start();
    closing.push(() => postgres.stop());
    redis = await startRedis();
    closing.push(() => redis.stop());
    const database = new URL(await postgres.freshDatabase());
    line = await startProxy({ host: database.hostname, port: Number(database.port) });
    closing.push(() => line.close());
    database.port = String(line.port);
    world = await openServeWorld({ DATABASE_URL: database.href, REDIS_URL: redis.url });
    closing.push(() => world.close());
    floor = await openServeFloor(world, 'prometheus', [
      { numbers: ['13035550110'], behaviour: { kind: 'answers' } },
    ]);
    closing.push(() => floor.close());
    Object.assign(world.env, exchangeEnv(floor.asterisk));
    await world.start().ready();
    prometheus = await startPrometheus(new URL(world.sidecar().url).host);
    closing.push(() => prometheus.stop());
    await until(
      'a scrape',
      async () => (await prometheus.query('breakwater_ready')).length === 1,
      PATIENCE_MS,
    );
  });
  afterAll(async () => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  });

  /** Metrics that the scrape described, with or without a sample. */
  const known = async (): Promise<ReadonlySet<string>> => {
    const told = await prometheus.ask<Readonly<Record<string, unknown>>>('metadata?limit=100000');
    return new Set([...Object.keys(told), 'up']);
  };
  const unknownIn = async (expressions: readonly string[]): Promise<readonly string[]> => {
    const names = await known();
    return expressions.flatMap(metricsIn).filter((name) => !names.has(name) && !names.has(metricOf(name)));
  };

  test('every metric that a rule or a panel names is scraped; a misspelt one would be seen', async () => {
    const expressions = [...alertRules().map(({ expr }) => expr), ...(await dashboardExpressions())];
    expect(new Set(expressions.flatMap(metricsIn)).size).toBeGreaterThan(30);
    expect(await unknownIn(expressions)).toEqual([]);
    expect(await unknownIn(['sum by (x) (rate(breakwater_decision_total[5m])) > 0'])).toEqual([
      'breakwater_decision_total',
    ]);
  });

  test('the rules are loaded, evaluate without an error, and are quiet on a right installation', async () => {
    interface Groups {
      readonly groups: readonly {
        readonly rules: readonly { readonly name: string; readonly health: string; readonly state: string }[];
      }[];
    }
    const rules = async () => (await prometheus.ask<Groups>('rules')).groups.flatMap((group) => group.rules);
    await until(
      'evaluation',
      async () => (await rules()).every(({ health }) => health === 'ok'),
      PATIENCE_MS,
    );
    expect((await rules()).map(({ name }) => name)).toEqual(alertRules().map(({ alert }) => alert));
    // Before the first scrape nobody is there; and how busy this machine is says nothing of the installation.
    const loud = async () =>
      (await rules())
        .filter(({ name, state }) => state !== 'inactive' && !/Slow$/.test(name))
        .map(({ name }) => name);
    await until('quiet', async () => (await loud()).length === 0, PATIENCE_MS).catch(
      async (cause: unknown) => {
        throw new Error(`loud: ${(await loud()).join(', ')}`, { cause });
      },
    );
  });

  test('a veto, an opt-out and a call past us are in the figures', async () => {
    await world.client.originate('+13035550119', { place: false });
    await world.client.request('POST', '/v1/opt-outs', {
      ...{ number: '+13035550118', seller: 'sunrise', channel: 'told by telephone' },
    });
    const report = { outcome: 'connected', campaign: 'faults' };
    await world.client.request('POST', '/v1/calls/foreign-1/result', report);
    const one = async (expression: string): Promise<void> =>
      until(
        expression,
        async () => (await prometheus.query(expression)).some(({ value }) => value >= 1),
        PATIENCE_MS,
      );
    await one('breakwater_vetoes_total{reason="consent_missing"}');
    await one('breakwater_opt_out_seconds_count{by="record"}');
    await one('breakwater_decision_seconds_count{verdict="veto"}');
    await one('breakwater_unscreened_results_total{campaign="faults"}');
  });

  /** Readiness names it in words, and the figure of the part falls; the others stay. */
  async function isMissed(component: string, words: RegExp): Promise<void> {
    await until(
      `${component} missed`,
      async () => {
        const { status, problems } = await world.client.readiness();
        return status === 503 && problems.some((problem) => words.test(problem));
      },
      PATIENCE_MS,
    );
    const part = `breakwater_component_up{component="${component}"}`;
    await until(part, async () => (await prometheus.query(`${part} == 0`)).length === 1, PATIENCE_MS);
    expect(await prometheus.query('breakwater_ready == 1')).toEqual([]);
    expect((await fetch(`${world.sidecar().url}/healthz`)).status).toBe(200);
  }
  async function isBack(): Promise<void> {
    await world.sidecar().ready();
    await until(
      'ready',
      async () => (await prometheus.query('breakwater_ready == 1')).length === 1,
      PATIENCE_MS,
    );
    expect(await prometheus.query('breakwater_component_up == 0')).toEqual([]);
  }

  test('Redis away: killed, and frozen', async () => {
    await redis.kill();
    await isMissed('counters', /^counters: /);
    await redis.start();
    await isBack();
    redis.pause();
    await isMissed('counters', /^counters: /);
    redis.resume();
    await isBack();
  });

  test('PostgreSQL away: cut off, and silent', async () => {
    line.mode = 'refuse';
    line.cutAll();
    await isMissed('ledger', /^ledger: /);
    line.mode = 'pass';
    await isBack();
    line.mode = 'hang';
    await isMissed('ledger', /^ledger: /);
    line.mode = 'pass';
    line.cutAll();
    await isBack();
  });

  test('Asterisk away', async () => {
    await floor.asterisk.kill();
    await isMissed('exchange', /^telephone exchange: /);
    expect(await prometheus.query('breakwater_component_up{component="ledger"} == 0')).toEqual([]);
  });
});

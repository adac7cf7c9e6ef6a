/** A real Prometheus on loopback with the shipped configuration, and what it has scraped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from './stores.ts';
import { until } from './wait.ts';

export const DEPLOY = resolve(import.meta.dirname, '../../deploy');

export interface Prometheus {
  /** Data of an answer of its HTTP interface. */
  ask<T>(path: string): Promise<T>;
  /** Values of an instant query, with their labels. */
  query(
    expression: string,
  ): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]>;
  stop(): Promise<void>;
}

/** The configuration of `deploy/` with another target, and every two seconds instead of every fifteen. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'breakwater-prometheus-'));
  const shipped = await readFile(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8');
  const config = shipped.replace('127.0.0.1:4580', target).replaceAll(/_interval: 15s/g, '_interval: 2s');
  if (!config.includes(target)) throw new Error('prometheus.yml does not name the port of a sidecar');
  await writeFile(join(directory, 'prometheus.yml'), config);
  await cp(join(DEPLOY, 'prometheus/alerts.yml'), join(directory, 'alerts.yml'));
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const atExit = (): void => void child.kill('SIGKILL');
  process.on('exit', atExit);
  const ended = once(child, 'close');
  const url = `http://127.0.0.1:${port}`;
  const prometheus: Prometheus = {
    async ask<T>(path: string): Promise<T> {
      const answer = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(20_000) });
      const body = (await answer.json()) as { readonly status: string; readonly data: T };
      if (body.status !== 'success') throw new Error(`${path}: ${JSON.stringify(body)}`);
      return body.data;
    },
    async query(expression) {
      interface Vector {
        readonly result: readonly {
          readonly metric: Record<string, string>;
          readonly value: [number, string];
        }[];
      }
      const { result } = await prometheus.ask<Vector>(`query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      process.removeListener('exit', atExit);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await until(
      'Prometheus',
      () => {
        if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${said}`);
        return fetch(`${url}/-/ready`).then(
          (answer) => answer.ok,
          () => false,
        );
      },
      60_000,
    );
  } catch (error) {
    await prometheus.stop();
    throw error;
  }
  return prometheus;
}

/** Names of metrics in an expression: every word that is no function, keyword, label or label value. */
export function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...new Set(bare.match(/\b[a-z_][a-z0-9_]*\b(?!\s*\()/g) ?? [])].filter(
    (word) => !KEYWORDS.has(word),
  );
}

const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'by',
  'on',
  'offset',
  'bool',
  'max',
  'min',
  'sum',
  'm',
  'h',
  'e6',
]);

/** The metric that a series belongs to: parts of a histogram are told as one. */
export const metricOf = (series: string): string => series.replace(/_(?:bucket|count|sum)$/, '');

/** Every expression of the dashboard, with Grafana's variables filled in. */
export async function dashboardExpressions(): Promise<readonly string[]> {
  interface Board {
    readonly panels: readonly {
      readonly title: string;
      readonly targets?: readonly { readonly expr: string }[];
    }[];
    readonly templating: { readonly list: readonly { readonly query: unknown }[] };
  }
  const board = JSON.parse(await readFile(join(DEPLOY, 'grafana/breakwater.json'), 'utf8')) as Board;
  return board.panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$campaign', '.*')),
  );
}

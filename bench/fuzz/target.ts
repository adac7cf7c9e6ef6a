/**
 * A running sidecar whose doors are all open, and what must hold of it whatever comes: it lives, answers, stays in its memory, and every
 * permit in its ledger was due. Numbers from 0110 on have consent; those from 0150 on have asked not to be called, after which no consent
 * that the fuzz may happen to write makes a call to them lawful.
 */
import { createHash } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fakeManager, type FakeManager } from '../../test/support/fake-manager.ts';
import { agentIds, CAMPAIGN, type Entry, SELLER } from '../../test/support/serve-client.ts';
import type { Environment } from '../../test/support/serve-process.ts';
import { openServeWorld, type ServeWorld } from '../../test/support/serve-world.ts';
import { freePort } from '../../test/support/stores.ts';
import type { Keeper } from './keep.ts';

const numbers = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `+13035550${String(from + at)}`);
export const DUE = numbers(110, 30);
export const NEVER = numbers(150, 30);

export const TOKENS = {
  dialer: 'token-of-the-fuzzed-dialer-0001',
  supervisor: 'token-of-the-fuzzed-supervisor-0001',
  compliance: 'token-of-the-fuzzed-compliance-0001',
} as const;
export const AMI_ACCOUNT = { user: 'fuzzed', secret: 'secret-of-the-fuzzed' };

export interface Target {
  readonly world: ServeWorld;
  readonly url: string;
  readonly ports: { readonly http: number; readonly agi: number; readonly ami: number; readonly hep: number };
  /** Behind the AMI proxy. */
  readonly manager: FakeManager;
  ask(
    method: string,
    path: string,
    body?: object,
    token?: string,
  ): Promise<{ status: number; json: unknown }>;
  /** Fails through the keeper where something does not hold. */
  check(keep: Keeper): Promise<void>;
  /** Megabytes: at its fullest in the first fifth of the run, and over it since. */
  memory(): { readonly settledMb: number; readonly growthMb: number };
  /** From now on what grows is growth. */
  readonly settled: () => void;
  close(): Promise<void>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const RSS_GROWTH_MB_MAX = 400;

export async function openTarget(env: Environment = {}): Promise<Target> {
  const manager = await fakeManager({ user: 'breakwater', secret: 'of-the-exchange' });
  const ports = { ami: await freePort(), hep: await freePort() };
  const own: Environment = {
    BREAKWATER_AMI_SECRET_FUZZED: AMI_ACCOUNT.secret,
    BREAKWATER_LOG_LEVEL: 'warn',
    AMI_HOST: '127.0.0.1',
    AMI_PORT: String(manager.port),
    AMI_USER: 'breakwater',
    AMI_SECRET: 'of-the-exchange',
  };
  const world = await openServeWorld({ ...own, ...env });
  const close = async (): Promise<void> => {
    await world.close();
    await manager.close();
  };
  await openDoors(world, ports);
  const sidecar = world.start();
  const { url } = sidecar;

  const ask: Target['ask'] = async (method, path, body, token = TOKENS.compliance) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    return { status: answer.status, json: text === '' ? null : (JSON.parse(text) as unknown) };
  };
  try {
    await sidecar.listening(120_000);
    await makeKnown(ask);
  } catch (error) {
    await close();
    throw error;
  }

  let seenId = 0;
  const consented = new Set(DUE);
  const refused = new Set<string>(NEVER);
  let settledMb = 0;
  let mostMb = 0;
  let isSettled = false;

  async function newEntries(): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for (;;) {
      const { json } = await ask('GET', `/v1/entries?after=${seenId}&limit=1000`);
      const { entries } = json as { readonly entries: readonly Entry[] };
      found.push(...entries);
      seenId = entries.at(-1)?.id ?? seenId;
      if (entries.length < 1_000) return found;
    }
  }

  async function check(keep: Keeper): Promise<void> {
    if (!sidecar.isRunning()) {
      keep.failed(`the sidecar ended:\n${sidecar.output().slice(-3_000)}`);
      throw new Error('the sidecar ended');
    }
    const rss = rssMb(await readFile(`/proc/${sidecar.pid}/status`, 'utf8'));
    if (isSettled) mostMb = Math.max(mostMb, rss);
    else settledMb = Math.max(settledMb, rss);
    if (isSettled && mostMb - settledMb > RSS_GROWTH_MB_MAX) keep.failed(`memory grew to ${mostMb} MB`);
    const healthy = await ask('GET', '/healthz').catch((error: unknown) => ({
      status: 0,
      json: String(error),
    }));
    if (healthy.status !== 200) keep.failed(`/healthz: ${healthy.status} ${JSON.stringify(healthy.json)}`);
    for (const { kind, body } of await newEntries()) {
      const said = body['number'];
      const number = typeof said === 'string' ? said : '';
      if (kind === 'consent_recorded') consented.add(number);
      if (kind !== 'decision' || body['verdict'] !== 'permit') continue;
      const due = consented.has(number) && !refused.has(number);
      if (!due) keep.failed(`a permit that was not due: ${JSON.stringify(body).slice(0, 2_000)}`);
    }
  }

  return {
    world,
    url,
    ports: { ...ports, http: Number(new URL(url).port), agi: Number(world.env['BREAKWATER_AGI_PORT']) },
    manager,
    ask,
    check,
    memory: () => ({ settledMb, growthMb: Math.max(0, mostMb - settledMb) }),
    settled: () => void (isSettled = true),
    close,
  };
}

const rssMb = (status: string): number =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024);

async function openDoors(world: ServeWorld, ports: { ami: number; hep: number }): Promise<void> {
  const main = join(world.configDirectory, 'breakwater.yaml');
  const tokens = Object.entries(TOKENS)
    .map(([name, text]) => `    - { name: ${name}, sha256: ${sha256(text)}, scopes: [${name}] }`)
    .join('\n');
  const text = await readFile(main, 'utf8');
  await writeFile(main, text.replace(/^ {2}tokens: \[\]$/m, `  tokens:\n${tokens}`));
  await appendFile(
    main,
    `
hep: { port: ${ports.hep} }
amiProxy:
  port: ${ports.ami}
  # An address that fails so often is turned away for a minute, and nothing more would be fuzzed.
  loginFailuresPerMinute: 1000
  accounts:
    - name: ${AMI_ACCOUNT.user}
      doors:
        campaigns: [{ theirs: TESTCAMP, campaign: ${CAMPAIGN} }]
        called: ["Local/9{number}@default"]
        destinations: ["8368@default"]
`,
  );
}

/** Consents, people who want no calls, and agents who wait, so that permits are possible at all. */
async function makeKnown(ask: Target['ask']): Promise<void> {
  /** A busy machine may not write in time: what is asked twice is recorded once. */
  const must = async (...asked: Parameters<Target['ask']>): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const { status, json } = await ask(...asked);
      if (status < 300) return;
      if (status !== 503 || attempt === 40) {
        throw new Error(`the target cannot be set up: ${status} ${JSON.stringify(json)}`);
      }
      await sleep(500);
    }
  };
  for (const number of [...DUE, ...NEVER]) {
    await must('POST', '/v1/consents', {
      consent_id: `fuzz-${number.slice(1)}`,
      ...{ number, seller: SELLER, kind: 'written', given_at: '2026-11-20T16:30:00Z' },
      disclosure_text: 'I agree that the seller named above may call me with an autodialer.',
      ...{ act: 'checked the box', signature: 'typed name', source: 'https://example.com/form' },
      not_condition_of_purchase: true,
    });
  }
  for (const number of NEVER) {
    await must('POST', '/v1/opt-outs', { number, seller: SELLER, channel: 'voice' });
  }
  for (const id of agentIds(30)) {
    await must('PUT', `/v1/agents/${id}/state`, { state: 'ready' }, TOKENS.dialer);
  }
  for (let waited = 0; waited < 300; waited += 1) {
    const { json } = await ask('GET', `/v1/campaigns/${CAMPAIGN}`, undefined, TOKENS.dialer);
    if ((json as { agents?: { ready?: number } }).agents?.ready === 30) return;
    await sleep(100);
  }
}

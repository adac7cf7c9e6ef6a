/**
 * Two sidecars as processes of their own on one real Asterisk, one PostgreSQL and one Redis, both with the members of one queue as agents:
 * the member counts once, and the lines of both stay within one budget, whoever asks first.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Floor, openFloor } from '../../scripts/callers/floor.ts';
import { missingAsterisk } from '../support/real-asterisk.ts';
import { type Answer, type Client, clientOf, codes } from '../support/serve-client.ts';
import { campaignYaml, exchangeEnv, openServeWorld } from '../support/serve-world.ts';
import { announceMissing, freePort, postgresSources, redisMissing, startRedis } from '../support/stores.ts';
import { until } from '../support/wait.ts';

const [source] = (await postgresSources()).filter(({ missing: why }) => why === undefined);
const missing =
  missingAsterisk ?? (await redisMissing()) ?? (source === undefined ? 'no PostgreSQL' : undefined);
announceMissing('two sidecars on one queue', missing);

const QUEUED = 'queued';
const MEMBER = 'Local/1001@agents/n';
const QUEUES = `[general]
[sales]
strategy = rrmemory
member => ${MEMBER}
`;
/** The budget alone refuses: how many lines pay is another question. */
const CAMPAIGN = campaignYaml(
  QUEUED,
  1,
  '{ kind: dialplan, context: queues, extension: sales }\n  queues: [sales]',
  'pacing:\n  by: dialer\n',
);
const TALKED = Array.from({ length: 40 }, (_, index) => `+130355501${index + 10}`);
const LINES = Array.from({ length: 40 }, (_, index) => `+130355501${index + 50}`);
const PATIENCE_MS = 60_000;

describe.skipIf(missing !== undefined || process.env['TEST_BACKEND'] === 'containers')('two sidecars', () => {
  let floor: Floor;
  const closing: (() => Promise<unknown>)[] = [];
  let sides: readonly [Client, Client];

  beforeAll(async () => {
    if (source === undefined) throw new Error('no PostgreSQL');
    const [postgres, redis] = await Promise.all([source.start(), startRedis()]);
    closing.push(() => Promise.all([redis.stop(), postgres.stop()]));
    floor = await openFloor({
      name: 'one-queue',
      asterisk: {
        dialplan: [join(import.meta.dirname, '../../dialplan/breakwater.conf')],
        inboundContext: 'breakwater-agent',
        dialplanText: '[agents]\nexten => _X.,1,Answer()\n same => n,Wait(60)\n',
        extraFiles: { 'queues.conf': QUEUES, 'musiconhold.conf': '' },
      },
      // Nobody is called.
      people: [{ numbers: ['13035550199'], behaviour: { kind: 'answers' } }],
      witness: false,
    });
    closing.push(() => floor.close());
    const world = await openServeWorld(
      {
        DATABASE_URL: await postgres.freshDatabase(),
        REDIS_URL: redis.url,
        ...exchangeEnv(floor.asterisk),
      },
      { [QUEUED]: CAMPAIGN },
    );
    closing.push(() => world.close());
    const otherConfig = join(world.directory, 'other-config');
    await cp(world.configDirectory, otherConfig, { recursive: true });
    const main = join(otherConfig, 'breakwater.yaml');
    const text = await readFile(main, 'utf8');
    await writeFile(main, text.replace('application: breakwater', 'application: other'));
    const one = world.start();
    await one.ready();
    const other = world.start({
      BREAKWATER_CONFIG: otherConfig,
      BREAKWATER_WRITER: 'other',
      BREAKWATER_HTTP_PORT: String(await freePort()),
      BREAKWATER_AGI_PORT: String(await freePort()),
    });
    await other.ready();
    sides = [clientOf(() => one.url), clientOf(() => other.url)];
    for (const number of [...TALKED, ...LINES]) await sides[0].consent(number);
  });
  afterAll(async () => {
    for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  });

  const agentsAre = (what: string, wanted: object): Promise<void> =>
    until(
      what,
      async () => {
        const seen = await Promise.all(sides.map((side) => side.campaign(QUEUED)));
        const expected = { ready: 0, promised: 0, busy: 0, paused: 0, ...wanted };
        return seen.every(({ agents }) =>
          Object.entries(expected).every(([state, count]) => agents[state as keyof typeof agents] === count),
        );
      },
      PATIENCE_MS,
    );
  /** As a dialer that places its calls itself. */
  const reserve = (side: Client, number: string): Promise<Answer> =>
    side.originatePatiently(number, { campaign: QUEUED, place: false });
  const report = (side: Client, { call_id: id }: Answer, outcome: string): Promise<unknown> =>
    side.request('POST', `/v1/calls/${id}/result`, { outcome });
  const next = LINES.values();
  const fresh = (): string => next.next().value ?? '';

  /** Both ask for more lines than there are, all at once. Answers the permits. */
  async function race(): Promise<readonly Answer[]> {
    const answers = await Promise.all(
      sides.flatMap((side) => [reserve(side, fresh()), reserve(side, fresh()), reserve(side, fresh())]),
    );
    const vetoed = answers.filter(({ verdict }) => verdict === 'veto').flatMap(codes);
    expect([...new Set(vetoed)]).toEqual(['drop_budget_spent']);
    return answers.filter(({ verdict }) => verdict === 'permit');
  }
  const today = (side: Client) =>
    side
      .request<{ readonly today: { readonly live_answers: number; readonly drops: number } }>(
        'GET',
        `/v1/campaigns/${QUEUED}/drop-rate`,
      )
      .then((rate) => ({ liveAnswers: rate.today.live_answers, drops: rate.today.drops }));

  test('the member of the queue whom both see is one agent, and has one line', async () => {
    await agentsAre('one ready', { ready: 1 });
    for (let round = 0; round < 3; round += 1) {
      const permits = await race();
      expect(permits).toHaveLength(1);
      for (const permit of permits) await report(sides[1], permit, 'no_answer');
    }
    await agentsAre('one ready', { ready: 1 });
  });

  test('what both over-dial is one budget: were every line answered, the ceiling would hold', async () => {
    for (const [index, number] of TALKED.entries()) {
      const side = sides[index % 2 === 0 ? 0 : 1];
      const permit = await reserve(side, number);
      expect(permit).toMatchObject({ verdict: 'permit' });
      await report(side, permit, 'connected');
    }
    const permits = await race();
    // One for the agent, one that may be a drop: 1 of 41.
    expect(permits).toHaveLength(2);
    for (const [index, permit] of permits.entries())
      await report(sides[0], permit, index === 0 ? 'connected' : 'dropped');
    for (const side of sides) {
      const { liveAnswers, drops } = await today(side);
      expect({ liveAnswers, drops }).toEqual({ liveAnswers: 42, drops: 1 });
      expect(drops * 100).toBeLessThanOrEqual(3 * liveAnswers);
    }
    const afterwards = await race();
    expect(afterwards).toHaveLength(1);
    for (const permit of afterwards) await report(sides[1], permit, 'busy');
  });

  test('a pause on the exchange takes the agent from both', async () => {
    await floor.asterisk.cli(`queue pause member ${MEMBER} queue sales`);
    await agentsAre('paused', { paused: 1 });
    const answers = await Promise.all(sides.map((side) => reserve(side, fresh())));
    expect(answers.map(({ verdict }) => verdict)).toEqual(['veto', 'veto']);
    await floor.asterisk.cli(`queue unpause member ${MEMBER} queue sales`);
    await agentsAre('ready again', { ready: 1 });
    expect(await race()).toHaveLength(1);
  });
});

/**
 * The supervisors' page in a real Chromium, on operations in memory: the figures on the page are the server's, streamed results
 * show within a second, a lost connection loses no row, and a phone needs no sideways scrolling.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallerIdStatus } from '../../src/control/caller-ids.ts';
import type { Campaign } from '../../src/domain/campaign.ts';
import { REASONS, type ReasonCode } from '../../src/domain/decision.ts';
import type { EntryKind, JsonObject } from '../../src/domain/ledger-entry.ts';
import type { Outcome } from '../../src/domain/call-result.ts';
import { type CampaignId, parseSupervisorId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import { SUPERVISION_REFUSALS } from '../../src/domain/supervision.ts';
import { addMs, formatInstant, instant } from '../../src/domain/time.ts';
import { buildServer, listen } from '../../src/http/server.ts';
import { fakeCampaign, FakeOperations, must } from '../support/fake-operations.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (CHROMIUM === undefined) {
  console.warn(
    'SKIPPED: no Chromium on this machine (apt-get install chromium); the live page is not tested',
  );
}

const recorded = (campaign: Campaign): Campaign => ({
  ...campaign,
  recording: { ...campaign.recording, enabled: true },
});

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(CHROMIUM === undefined)('live page in Chromium', () => {
  const operations = new FakeOperations([
    recorded(fakeCampaign('solar', 'home solar survey', 'Acme Solar')),
    fakeCampaign('windows', 'replacement windows', 'Clearview Windows'),
  ]);
  const feeds = new Set<ServerResponse>();
  const complaints: string[] = [];
  let server: FastifyInstance;
  let context: BrowserContext;
  let page: Page;
  let address: string;
  let profile: string;
  let shots: string;

  beforeAll(async () => {
    for (let n = 0; n < 12; n += 1) operations.decided(`old-${n}`, number(n), VETOES[n % VETOES.length]!);
    server = buildServer(operations, {
      host: '127.0.0.1',
      tokens: [],
      version: '0',
      feed: { heartbeatMs: 500 },
    });
    server.addHook('onRequest', (request, reply, done) => {
      if (request.url.startsWith('/v1/feed')) {
        feeds.add(reply.raw);
        reply.raw.on('close', () => feeds.delete(reply.raw));
      }
      done();
    });
    address = await listen(server, '127.0.0.1', 0);
    profile = await mkdtemp(path.join(tmpdir(), 'breakwater-chromium-'));
    shots = process.env.BREAKWATER_SHOTS ?? (await mkdtemp(path.join(tmpdir(), 'breakwater-page-')));
    context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM!,
      args: FLAGS,
      viewport: { width: 1440, height: 900 },
    });
    page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(address);
    await page.locator('#connection[data-state="live"]').waitFor();
  });

  afterAll(async () => {
    await context.close();
    await server.close();
    await rm(profile, { recursive: true, force: true });
    console.warn(`screenshots of the page: ${shots}`);
  });

  const shot = (name: string) => page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
  /** The upper part only: a phone's page is long. */
  const shotTop = (name: string, width: number) =>
    page.screenshot({
      path: path.join(shots, `${name}.png`),
      fullPage: true,
      clip: { x: 0, y: 0, width, height: 1_900 },
    });
  const figure = (campaign: string, name: string) =>
    page.locator(`[data-campaign="${campaign}"] [data-figure="${name}"]`);
  const decisionIds = () =>
    page.evaluate<number[]>(
      "[...document.querySelectorAll('#decisions tr')].map((row) => Number(row.dataset.id))",
    );

  /** The page says what the fake's own figures say. */
  async function expectFigures(campaign: string): Promise<void> {
    const { today, block, rolling } = operations.statuses.get(campaign)!;
    for (const [name, tally] of Object.entries({ today, block, rolling })) {
      const percent =
        tally.liveAnswers === 0 ? '–' : `${((100 * tally.drops) / tally.liveAnswers).toFixed(2)}\u202f%`;
      const node = figure(campaign, name);
      await node.locator('.value', { hasText: exactly(percent) }).waitFor({ timeout: 5_000 });
      await node
        .locator('.note', { hasText: new RegExp(`^${tally.drops} of ${tally.liveAnswers}(,|$)`) })
        .waitFor({ timeout: 5_000 });
    }
  }

  test('starts with what the ledger and the campaigns say', async () => {
    await expectFigures('solar');
    await expectFigures('windows');
    expect(await decisionIds()).toEqual(operations.ledger.map(({ id }) => id).reverse());
    expect(await page.locator('#decisions tr').first().textContent()).toContain(
      REASONS[VETOES[11 % VETOES.length]!].meaning,
    );
  });

  test('streamed results show within a second', async () => {
    for (let n = 0; n < 33; n += 1) await call(operations, n, 'connected');
    await call(operations, 33, 'dropped');
    const before = performance.now();
    await page.locator('#calls tr[data-call="call-33"] .badge[data-tone="bad"]').waitFor();
    await expectFigures('solar');
    await page.locator('#calls tr[data-call="call-33"] td', { hasText: exactly('0.12\u202fs') }).waitFor();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(await figure('solar', 'today').textContent()).toContain('1 of 34');
    expect(await figure('solar', 'today').textContent()).toContain('2.94');
    await expectFigures('windows');
  });

  test('a call’s every instant is shown with its source', async () => {
    const row = page.locator('#calls tr[data-call="call-33"]');
    await row.getByTitle('every instant of the call').click();
    await page.locator('#course tr', { hasText: /^\+0greeting endworked out$/ }).waitFor();
    await page.locator('#course tr', { hasText: /^\+121message started$/ }).waitFor();
    await page.locator('#course tr', { hasText: /result: droppedledger$/ }).waitFor();
    await page.locator('#course-close').click();
    await page.locator('#course').waitFor({ state: 'hidden' });
  });

  /** Instants that come with each of the calls below; what else is shown is the verdict's, and the result. */
  const looked = (verdict: string | null): readonly string[] => [
    '+0answeredexchange',
    '+300first soundexchange',
    ...(verdict === null ? [] : [verdict]),
    '+5000leftexchange',
  ];

  test.each([
    [
      'a machine',
      { by: 'own', verdict: 'machine', rule: 'long_talk', afterMs: 3_450 },
      '+3450verdict machineown, long talk',
    ],
    [
      'a person',
      { by: 'asterisk', verdict: 'human', rule: 'amd_human', afterMs: 900 },
      '+900verdict humanasterisk, amd human',
    ],
    ['nobody it could tell', { by: 'own', verdict: 'undecided', rule: 'left', afterMs: null }, null],
  ] as const)(
    'what a detector took for %s has its verdict among the instants of the call',
    async (_, found, row) => {
      const { afterMs, ...machine } = found;
      const callId = `looked-${machine.verdict}`;
      const answered = operations.now();
      const after = (ms: number): string => formatInstant(addMs(answered, ms));
      operations.decided(callId, number(60), null);
      operations.advance(6_000);
      operations.append('call_progress', {
        callId,
        campaignId: 'solar',
        number: number(60),
        timeline: { answered: after(0), first_sound: after(300), left: after(5_000) },
        sources: { answered: 'exchange', first_sound: 'exchange', left: 'exchange' },
        machine: { ...machine, at: afterMs === null ? null : after(afterMs) },
      });
      operations.settled(callId, number(60), 'machine');
      await page.locator(`#calls tr[data-call="${callId}"]`).getByTitle('every instant of the call').click();
      const rows = page.locator('#course-moments tr');
      await rows.filter({ hasText: /result: machineledger$/ }).waitFor();
      expect((await rows.allTextContents()).slice(0, -1)).toEqual(looked(row));
      await shot(`verdict-${machine.verdict}`);
      await page.locator('#course-close').click();
      await page.locator('#course').waitFor({ state: 'hidden' });
    },
  );

  test('a supervisor is let into a live talk by keyboard alone, and a refusal stays in the dialog', async () => {
    operations.decided('talk-1', number(7), null, 'solar');
    operations.settled('talk-1', number(7), 'connected', 'solar');
    operations.present = [
      { supervisorId: must(parseSupervisorId('kim')), at: null },
      { supervisorId: must(parseSupervisorId('lee')), at: null },
    ];
    const button = page.locator('#calls tr[data-call="talk-1"] button', { hasText: 'supervise' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('#supervise option', { hasText: 'lee' }).waitFor({ state: 'attached' });
    await page.locator('#supervise select').selectOption('lee');
    await page.getByLabel('Whisper: the agent hears the supervisor').check();
    await page.locator('#supervise-submit').focus();
    await page.keyboard.press('Enter');
    await page.locator('#supervise-fault', { hasText: SUPERVISION_REFUSALS.supervisor_absent }).waitFor();
    await shot('supervise');
    operations.supervised = { kind: 'on', since: instant(Date.parse('2026-11-21T17:00:00Z')) };
    await page.keyboard.press('Enter');
    await page.locator('#supervise').waitFor({ state: 'hidden' });
    expect(operations.calls.slice(-2)).toEqual([
      'loopback: lee whisper talk-1',
      'loopback: lee whisper talk-1',
    ]);
    // A call that has ended has no talk any more.
    await call(operations, 33, 'dropped');
    expect(
      await page.locator('#calls tr[data-call="call-33"] button', { hasText: 'supervise' }).isVisible(),
    ).toBe(false);
  });

  test('a person in a talk does not want to be recorded: noted by keyboard alone, and only where there is something to refuse', async () => {
    const ASKED = 'refuse taped-1 for agent ann';
    const button = (callId: string) =>
      page.locator(`#calls tr[data-call="${callId}"] button`, { hasText: 'do not record' });
    operations.decided('taped-1', number(8), null, 'solar');
    operations.settled('taped-1', number(8), 'connected', 'solar');
    operations.decided('plain-1', number(9), null, 'windows');
    operations.settled('plain-1', number(9), 'connected', 'windows');
    await button('taped-1').waitFor();
    await page.locator('#calls tr[data-call="plain-1"]').waitFor();
    expect(await button('plain-1').isVisible()).toBe(false);
    expect(await button('call-33').isVisible()).toBe(false);

    await button('taped-1').focus();
    await page.keyboard.press('Enter');
    await page.locator('#refusal-title', { hasText: 'does not want to be recorded' }).waitFor();
    await page.keyboard.type('agent ann');
    await page.keyboard.press('Enter');
    // The server knows no such call: its words stay in the dialog.
    await page.locator('#refusal-fault', { hasText: 'taped-1' }).waitFor();
    await shot('refusal');
    operations.refusal = 'stopped';
    await page.keyboard.press('Enter');
    await page.locator('#refusal').waitFor({ state: 'hidden' });
    expect(operations.calls.slice(-2)).toEqual([ASKED, ASKED]);
    expect(await page.locator('#announcement').textContent()).toMatch(/^The recording is stopped: /);
    operations.append('recording_refused', { callId: 'taped-1', number: number(8), who: 'agent ann' });
    await button('taped-1').waitFor({ state: 'hidden' });
    await page.locator('#news', { hasText: 'does not want to be recorded (agent ann)' }).waitFor();
  });

  test('figures stay equal while outcomes of both campaigns stream', async () => {
    const outcomes: Outcome[] = ['connected', 'hung_up', 'machine', 'no_answer', 'busy', 'failed', 'expired'];
    for (let n = 0; n < 140; n += 1) {
      await call(operations, 100 + n, outcomes[n % 6]!, n % 3 === 0 ? 'windows' : 'solar');
      if (n % 4 === 0)
        operations.decided(`veto-${n}`, number(n), VETOES[(n * n) % VETOES.length]!, 'windows');
      if (n % 10 === 0) await pause(20);
    }
    await expectFigures('solar');
    await expectFigures('windows');
    const vetoes = operations.ledger.filter(({ body }) => body.verdict === 'veto').length;
    const decisions = operations.ledger.filter(({ kind }) => kind === 'decision').length;
    await expectText('#vetoes-note', `${vetoes} of ${decisions} decisions`);
  });

  test('a lost connection loses no row', async () => {
    const before = new Set(await decisionIds());
    const from = operations.ledger.length;
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < 4; n += 1) operations.decided(`gap-${round}-${n}`, number(n), 'sunday');
      expect(feeds.size).toBeGreaterThan(0);
      for (const feed of feeds) feed.destroy();
      for (let n = 4; n < 8; n += 1) operations.decided(`gap-${round}-${n}`, number(n), 'sunday');
      await page.locator('#connection[data-state="reconnecting"]').waitFor();
      await page.locator('#connection[data-state="live"]').waitFor();
    }
    const wanted = operations.ledger.slice(from).map(({ id }) => id);
    await page.locator(`#decisions tr[data-id="${wanted.at(-1)}"]`).waitFor();
    const shown = (await decisionIds()).filter((id) => !before.has(id));
    expect(shown.toSorted((a, b) => a - b)).toEqual(wanted);
    await expectFigures('solar');
  });

  test('pausing asks for a name and a reason, by keyboard alone', async () => {
    await page.getByRole('button', { name: 'Pause Clearview Windows' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#lever').waitFor();
    await page.keyboard.type('Kim Lee');
    await page.keyboard.press('Tab');
    await page.keyboard.type('list is being checked');
    await shot('pause');
    await page.keyboard.press('Enter');
    await page.locator('[data-campaign="windows"][data-paused]').waitFor();
    expect(operations.ledger.at(-1)).toMatchObject({
      kind: 'campaign_paused',
      body: { campaignId: 'windows', who: 'Kim Lee', why: 'list is being checked' },
    });
    await expectText('#announcement', 'Clearview Windows is paused');
  });

  test('an opt-out is recorded by keyboard alone, and stands among the events at once', async () => {
    await page.getByRole('button', { name: 'Record an opt-out' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#opt-out').waitFor();
    const tab = () => page.keyboard.press('Tab');
    await page.keyboard.type('(303) 555-0142');
    await tab();
    await page.keyboard.type('Clearview');
    await tab();
    await page.keyboard.type('Letter');
    await tab();
    await page.keyboard.type('wrote <b>twice</b>');
    await shot('opt-out');
    await tab();
    await tab();
    await page.keyboard.press('Enter');
    await page.locator('#opt-out').waitFor({ state: 'hidden' });
    expect(operations.ledger.at(-1)).toMatchObject({
      kind: 'opt_out',
      body: {
        number: '+13035550142',
        sellerId: 'windows-seller',
        channel: 'letter',
        note: 'wrote <b>twice</b>',
      },
    });
    await expectText(
      '#news li:first-child .sentence',
      '+1 303 555 0142 does not want to be called by windows-seller (letter; note “wrote <b>twice</b>”)',
    );
    await expectText('#announcement', '+1 303 555 0142 is not called for windows-seller any more');
  });

  test('a number that is none is told in the dialog, and nothing is recorded', async () => {
    const before = operations.ledger.length;
    await page.getByRole('button', { name: 'Record an opt-out' }).click();
    await page.locator('#opt-out input[name="number"]').fill('12');
    await page.locator('#opt-out select[name="seller"]').selectOption('solar-seller');
    await page.getByRole('button', { name: 'Record', exact: true }).click();
    await page.locator('#opt-out-fault', { hasText: 'number `12`: expected a telephone number' }).waitFor();
    expect(operations.ledger).toHaveLength(before);
    await page.keyboard.press('Escape');
    await page.locator('#opt-out').waitFor({ state: 'hidden' });
  });

  test('every kind of event is told in plain words, with a mark and a colour of its own', async () => {
    // One after the other: the newest stands on top, and there are fewer rows than kinds.
    for (const [kind, body, mark, tone, sentence] of EVENTS) {
      operations.append(kind, body);
      const row = page.locator(`#news li:nth-child(1)[data-kind="${kind}"]`);
      await row.locator(`.badge[data-tone="${tone}"]`, { hasText: exactly(mark) }).waitFor();
      await row.locator('.sentence', { hasText: exactly(sentence) }).waitFor();
    }
    // Whatever a person writes stays text.
    expect(await page.locator('#news b, #news img').count()).toBe(0);
    expect(await page.getByRole('list', { name: 'Latest events' }).count()).toBe(1);
    await shot('events');
  });

  test('caller IDs by trunk: level, source, blocking and canary, anew with the entry that changes them', async () => {
    const route = { callerId: '+13035550101' as PhoneNumber, trunk: 'carrier' };
    const demand = {
      campaignId: 'solar' as CampaignId,
      minimum: 'A',
      maxAgeHours: 24,
      problem: null,
      metUntil: null,
      record: null,
    } as const;
    const now = operations.now();
    const status: CallerIdStatus = {
      ...route,
      record: {
        ...{ ...route, level: 'A', way: 'seen_there', proof: 'canary-1' },
        ...{ confirmedAt: addMs(now, -7_200_000), expiresAt: addMs(now, 7_200_000) },
      },
      demands: [{ ...demand, answer: 'met' }],
      records: [],
      rest: null,
      days: [{ day: '2026-11-21', calls: 40, blocked: 3, silent: 0, atOnce: 2 }],
      lastSignal: null,
      canary: { at: now, outcome: 'arrived', level: 'A', alarm: null },
    };
    const table = page.getByRole('table', { name: 'Caller IDs' });
    operations.callerIdStatuses = [status];
    operations.append('attestation_recorded', { ...route, level: 'A' });
    const row = table.locator('tbody tr[data-trunk="carrier"]');
    await row.getByText('seen there').waitFor();
    expect(await row.getByText('3 of 40 calls blocked, 2 failed at once').count()).toBe(1);
    expect(await row.getByRole('rowheader').textContent()).toBe('+1 303 555 0101');
    expect(await row.locator('.badge').getAttribute('data-tone')).toBe('good');
    operations.callerIdStatuses = [
      {
        ...status,
        record: { ...status.record!, level: 'B' },
        demands: [{ ...demand, answer: 'attestation_below_minimum' }],
        canary: { at: now, outcome: 'arrived', level: 'B', alarm: 'fell' },
      },
    ];
    operations.append('attestation_alarm', { ...route, level: 'B', before: 'A', problem: 'the canary fell' });
    await row.locator('.badge[data-tone="bad"]', { hasText: 'B' }).waitFor();
    expect(await row.getByText('A is demanded').count()).toBe(1);
    await page.getByText('1 below what is demanded').waitFor();
    await shot('caller-ids');
  });

  test('problems stand on top of the page and go again', async () => {
    operations.problems = ['the exchange does not answer'];
    await page.getByText('the exchange does not answer').waitFor({ timeout: 10_000 });
    await shot('not-ready');
    operations.problems = [];
    await page.locator('#problems').waitFor({ state: 'hidden', timeout: 10_000 });
  });

  test('readable on a phone and in the dark, without sideways scrolling', async () => {
    await shot('wide-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shot('wide-dark');
    for (const width of [1440, 1280, 1024, 768, 375, 320]) {
      await page.setViewportSize({ width, height: 812 });
      await pause(300);
      const [inner, scroll] = await page.evaluate<[number, number]>(
        '[document.documentElement.clientWidth, document.documentElement.scrollWidth]',
      );
      const spilling = await page.evaluate<string[]>(
        "[...document.querySelectorAll('.panel, .card')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className)",
      );
      expect(spilling, `width ${width}`).toEqual([]);
      expect(scroll, `width ${width}`).toBeLessThanOrEqual(inner);
      await shotTop(`narrow-${width}`, width);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('structure for screen readers', async () => {
    const meter = page.locator('[data-campaign="solar"] [role="meter"]');
    expect(await meter.getAttribute('aria-valuetext')).toMatch(
      /percent of the ceiling used, room for 2 more drops/,
    );
    expect(await page.getByRole('table', { name: 'Latest decisions' }).count()).toBe(1);
    expect(await page.getByRole('status').count()).toBeGreaterThan(0);
    expect(await page.locator('button:visible', { hasNotText: /\S/ }).count()).toBe(0);
  });

  test('with tokens configured the page asks for one and keeps it out of reach of scripts', async () => {
    const sha256 = createHash('sha256').update('floor-token').digest('hex');
    const closed = buildServer(new FakeOperations(), {
      host: '127.0.0.1',
      version: '0',
      tokens: [{ name: 'floor', sha256, scopes: ['supervisor'] }],
    });
    const tab = await context.newPage();
    try {
      await tab.goto(await listen(closed, '127.0.0.1', 0));
      await tab.locator('#door').waitFor();
      await tab.keyboard.type('wrong');
      await tab.keyboard.press('Enter');
      await tab.getByText('This token is not accepted.').waitFor();
      await tab.locator('#door input').fill('floor-token');
      await tab.keyboard.press('Enter');
      await tab.locator('#connection[data-state="live"]').waitFor();
      await tab.screenshot({ path: path.join(shots, 'one-campaign.png') });
      expect(await tab.evaluate('document.cookie')).toBe('');
    } finally {
      await tab.close();
      await closed.close();
    }
  });

  test('a rate above the ceiling says so in words', async () => {
    for (let n = 0; n < 4; n += 1) operations.settled(`over-${n}`, number(n), 'dropped');
    await page.locator('[data-campaign="solar"] [data-figure="today"][data-tone="bad"]').waitFor();
    expect(await figure('solar', 'today').textContent()).toContain('above the ceiling');
    await shot('above-ceiling');
  });

  test('the browser had nothing to complain of but cut connections, /readyz, the unknown call and the refused number', () => {
    const others = complaints.filter((text) => !/net::ERR|status of 503/.test(text));
    expect(others).toEqual(
      ['status of 404', 'status of 400'].map((what) => expect.stringContaining(what) as string),
    );
  });

  async function expectText(selector: string, text: string): Promise<void> {
    await page.locator(selector, { hasText: exactly(text) }).waitFor({ state: 'attached', timeout: 5_000 });
  }
});

const VETOES: readonly ReasonCode[] = [
  'on_national_registry',
  'outside_calling_hours',
  'consent_missing',
  'on_internal_list',
  'too_many_attempts',
  'drop_budget_spent',
];

const person = { number: '+13035550101', sellerId: 'sunrise' };
/** Kind, body, and what the page makes of it: mark, tone, sentence. */
const EVENTS: readonly (readonly [EntryKind, JsonObject, string, string, string])[] = [
  [
    'supervision_started',
    { ...person, supervisorId: 'kim', agentId: 'ann', mode: 'whisper', who: 'floor' },
    ...(['Supervisor', 'plain'] as const),
    'kim whispers into the talk of agent ann with +1 303 555 0101 (floor)',
  ],
  [
    'supervision_ended',
    { ...person, supervisorId: 'kim', mode: 'whisper', because: 'call_ended' },
    ...(['Supervisor out', 'plain'] as const),
    'kim has left the talk with +1 303 555 0101: call ended',
  ],
  [
    'opt_out',
    { ...person, channel: 'text', word: 'stop', text: 'STOP <img src=x>', adjusted: ['a: cut'] },
    ...(['Opt-out', 'wish'] as const),
    '+1 303 555 0101 does not want to be called by sunrise (text “STOP <img src=x>”; 1 field adjusted)',
  ],
  [
    'opt_out',
    { ...person, channel: 'webhook crm' },
    ...(['Opt-out', 'wish'] as const),
    '+1 303 555 0101 does not want to be called by sunrise (signed event of crm)',
  ],
  [
    'consent_revoked',
    { ...person, channel: 'key_press' },
    ...(['Revoked', 'wish'] as const),
    '+1 303 555 0101 has taken consent back from sunrise (key press)',
  ],
  [
    'unclear_request',
    { ...person, text: 'who is this' },
    ...(['Text to read', 'near'] as const),
    '+1 303 555 0101 wrote to sunrise: “who is this”. The number is not called until somebody has settled it',
  ],
  [
    'unclear_request_settled',
    { ...person, as: 'no_request', who: 'Jo', why: 'asks who called' },
    ...(['Text read', 'plain'] as const),
    'Jo took the text of +1 303 555 0101 for no request: asks who called',
  ],
  [
    'text_unmatched',
    { number: '+13035550101', to: '+13035550177', seller: null, text: 'STOP' },
    ...(['Text to nobody', 'bad'] as const),
    "+1 303 555 0101 wrote to +1 303 555 0177, which is no seller's: “STOP”. It binds nobody yet",
  ],
  [
    'request_unmatched',
    { name: '1700000000.1:4711', number: '12', campaignId: 'solar', problem: 'number `12`: is none' },
    ...(['Request of nobody', 'bad'] as const),
    'An agent noted that 12 wants no more calls of solar, which cannot be understood: number `12`: is none. It binds nobody yet',
  ],
  [
    'fallback_unmatched',
    { callId: 'c-1', what: 'opt_out', atEpochSeconds: 1 },
    ...(['Record of no call', 'bad'] as const),
    'Somebody opted out in call c-1, which the ledger does not know. It binds nobody yet',
  ],
  [
    'emergency_declared',
    { state: 'LA', from: '2026-11-20', until: null, source: 'proclamation 41', who: 'Jo' },
    ...(['Emergency', 'bad'] as const),
    'No calls to LA from 2026-11-20 on: proclamation 41 (Jo)',
  ],
  [
    'emergency_ended',
    { state: 'LA', until: '2026-11-25', source: 'proclamation 44', who: 'Jo' },
    ...(['Emergency over', 'plain'] as const),
    'The emergency in LA ends with 2026-11-25: proclamation 44 (Jo)',
  ],
  [
    'override',
    {
      ...{ sellerId: 'sunrise', state: 'CO', what: 'drop_lockout', who: 'Jo', why: 'opinion of counsel' },
      ...{ recordedAt: '2026-11-21T17:00:00.000Z', until: '2026-12-01T00:00:00.000Z' },
    },
    ...(['Override', 'near'] as const),
    'Jo lets sunrise be looser in CO: drop lockout, until 2026-12-01 00:00 UTC. opinion of counsel',
  ],
  [
    'policy_reloaded',
    {
      by: 'Ada',
      from: 'a'.repeat(64),
      to: 'b'.repeat(64),
      added: ['solar'],
      changed: [],
      removed: ['roofs'],
    },
    ...(['Reloaded', 'good'] as const),
    'policy bbbbbbbbbbbb is in force, by Ada: added solar; taken out roofs',
  ],
  [
    'reload_refused',
    {
      by: 'SIGHUP',
      policyHash: 'a'.repeat(64),
      problems: ['campaigns/x.yaml: mode: is not usable', 'y', 'z'],
    },
    ...(['Refused', 'bad'] as const),
    'The reload by SIGHUP changed nothing, policy aaaaaaaaaaaa stays: campaigns/x.yaml: mode: is not usable and 2 more problems',
  ],
  [
    'agent_lost',
    { agentId: '2001', was: 'busy' },
    ...(['Agent lost', 'near'] as const),
    'Agent 2001 is gone without a word',
  ],
  [
    'self_test',
    { number: '+13035550101', expects: 'on_national_registry', answer: 'permitted', failures: [] },
    ...(['Self-test', 'bad'] as const),
    '+1 303 555 0101 is known to be listed and would have been called',
  ],
  [
    'incident_opened',
    { incidentId: 'i-1', finding: 'a <b>copy</b> was stale', who: 'Kim' },
    ...(['Incident', 'near'] as const),
    'Kim found: a <b>copy</b> was stale',
  ],
  [
    'incident_closed',
    { incidentId: 'i-1', cause: 'lapsed', correction: 'renewed', verification: 'held', who: 'Ana' },
    ...(['Incident over', 'good'] as const),
    'Ana closed i-1: renewed',
  ],
  [
    'attestation_alarm',
    {
      ...{ callId: 'canary-1', campaignId: null, callerId: '+13035550101', trunk: 'carrier' },
      ...{ level: 'B', before: 'A', demanded: 'A', problem: 'the canary came back with identity B' },
    },
    ...(['Attestation', 'bad'] as const),
    '+1 303 555 0101 over carrier: B after A, the canary came back with identity B',
  ],
  [
    'blocking_signal',
    {
      ...{ callId: 'call-1', callerId: '+13035550101', trunk: 'carrier', signal: 'network_blocked' },
      ...{ sipStatus: 603, header: 'Q.850;cause=21;text="v=analytics1"' },
    },
    ...(['Blocked', 'near'] as const),
    '+1 303 555 0101 over carrier: network blocked (603), “Q.850;cause=21;text="v=analytics1"”',
  ],
  [
    'list_loaded',
    { name: 'national', version: '2026-11-20', obtainedOn: '2026-11-20' },
    ...(['List', 'plain'] as const),
    'Do-not-call list national, version 2026-11-20 of 2026-11-20, is in force',
  ],
];

const number = (n: number): string => `+1303555${String(100 + (n % 100)).padStart(4, '0')}`;
const exactly = (text: string) => new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A permitted call from decision to result, with fake time between. */
async function call(
  operations: FakeOperations,
  n: number,
  outcome: Outcome,
  campaign = 'solar',
): Promise<void> {
  const callId = `call-${n}`;
  operations.decided(callId, number(n), null, campaign);
  operations.advance(1_700 + 37 * n);
  operations.settled(callId, number(n), outcome, campaign);
  if (['connected', 'dropped'].includes(outcome)) {
    const ended = operations.now();
    const timeline = {
      greeting_end: formatInstant(addMs(ended, -1_500)),
      [outcome === 'connected' ? 'connected' : 'message_started']: formatInstant(
        addMs(ended, -1_500 + 100 + ((n * 37) % 600)),
      ),
    };
    const sources = { greeting_end: 'worked out' };
    operations.append('call_progress', {
      callId,
      campaignId: campaign,
      number: number(n),
      timeline,
      sources,
    });
  }
  await Promise.resolve();
}

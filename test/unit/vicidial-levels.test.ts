/** Dial levels to VICIdial over real HTTP: its `non_agent_api.php` answers text with HTTP 200, whatever it says. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { levelFigure, RENEW_MS, vicidialLevels } from '../../src/adapters/vicidial/dial-levels.ts';
import type { VicidialLevels } from '../../src/config/vicidial-levels.ts';
import { deliverNewest } from '../../src/control/deliver-newest.ts';
import type { DialLevelNotice } from '../../src/domain/dial-level-notice.ts';
import type { CampaignId, WriterId } from '../../src/domain/ids.ts';
import { instant, type MonotonicMs } from '../../src/domain/time.ts';
import { realClock } from '../support/real-clock.ts';

const SOLAR = 'solar' as CampaignId;
const PASSWORD = 'of the API user';

const notice = (levelHundredths: number, campaignId = SOLAR): DialLevelNotice => ({
  campaignId,
  levelHundredths,
  linesNow: 3,
  because: 'one line per free agent',
  at: instant(Date.UTC(2026, 10, 21, 17, 0, 0)),
  entryId: 41,
  writer: 'host-1' as WriterId,
});

let server: Server;
let taken: { readonly method: string; readonly url: string; readonly fields: Record<string, string> }[];
let answer: (response: ServerResponse, fields: Record<string, string>) => void;
let nowMs: number;

const says =
  (text: string, status = 200): typeof answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text);
const SUCCESS = 'SUCCESS: update_campaign CAMPAIGN HAS BEEN UPDATED - breakwater|TESTCAMP\n';

beforeEach(async () => {
  taken = [];
  answer = says(SUCCESS);
  nowMs = 1_000;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const fields = Object.fromEntries(new URLSearchParams(body));
      taken.push({ method: request.method ?? '', url: request.url ?? '', fields });
      answer(response, fields);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const open = (changes: Partial<VicidialLevels> = {}) =>
  vicidialLevels(
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/vicidial/non_agent_api.php`,
      user: 'breakwater',
      secret: PASSWORD,
      source: 'breakwater',
      owns: 'level',
      levelMaxHundredths: 400,
      campaigns: new Map([[SOLAR, ['TESTCAMP']]]),
      timeoutMs: 5_000,
      ...changes,
    },
    () => nowMs as MonotonicMs,
  );
const figures = (): readonly (string | undefined)[] => taken.map(({ fields }) => fields['auto_dial_level']);

test('a level is the campaign’s auto_dial_level; the password stands in no address', async () => {
  await open().send(notice(155));
  expect(taken).toEqual([
    {
      method: 'POST',
      url: '/vicidial/non_agent_api.php',
      fields: {
        source: 'breakwater',
        user: 'breakwater',
        pass: PASSWORD,
        function: 'update_campaign',
        campaign_id: 'TESTCAMP',
        auto_dial_level: '1.55',
      },
    },
  ]);
});

test('a ceiling is adaptive_maximum_level', async () => {
  await open({ owns: 'ceiling' }).send(notice(250));
  expect(taken[0]?.fields).toMatchObject({ adaptive_maximum_level: '2.5' });
  expect(taken[0]?.fields).not.toHaveProperty('auto_dial_level');
});

test.each([
  ['level', 0, '0'],
  ['level', 40, '0.4'],
  ['level', 155, '1.55'],
  ['level', 500, '4'],
  ['ceiling', 0, '1'],
  ['ceiling', 99, '1'],
  ['ceiling', 120, '1.2'],
  ['ceiling', 500, '4'],
] as const)('owning the %s, %i hundredths are told as %s', (owns, levelHundredths, figure) => {
  expect(levelFigure({ levelHundredths }, { owns, levelMaxHundredths: 400 })).toBe(figure);
});

test('only changes are pushed, and what stands is written again after a while', async () => {
  const outlet = open();
  await outlet.send(notice(155));
  await outlet.send(notice(155));
  expect(figures()).toEqual(['1.55']);
  await outlet.send(notice(0));
  expect(figures()).toEqual(['1.55', '0']);
  nowMs += RENEW_MS;
  await outlet.send(notice(0));
  expect(figures()).toEqual(['1.55', '0', '0']);
});

test('a campaign that VICIdial does not have is told to nobody', async () => {
  await open().send(notice(155, 'roofs' as CampaignId));
  expect(taken).toEqual([]);
});

test('every campaign that follows ours is told; one that failed is told again, the others are not', async () => {
  const outlet = open({ campaigns: new Map([[SOLAR, ['ONE', 'TWO']]]) });
  answer = (response, fields) =>
    says(fields['campaign_id'] === 'ONE' ? 'ERROR: update_campaign CAMPAIGN DOES NOT EXIST' : SUCCESS)(
      response,
      fields,
    );
  await expect(outlet.send(notice(155))).rejects.toThrow(
    'ONE: ERROR: update_campaign CAMPAIGN DOES NOT EXIST',
  );
  answer = says(SUCCESS);
  await outlet.send(notice(155));
  expect(taken.map(({ fields }) => fields['campaign_id']).sort()).toEqual(['ONE', 'ONE', 'TWO']);
});

test.each([
  ['an error', 'ERROR: Login incorrect, Please try again: |breakwater|', 200, 'ERROR: Login incorrect'],
  ['an error beside a success', `${SUCCESS}ERROR: update_campaign LEVEL NOT VALID`, 200, 'LEVEL NOT VALID'],
  ['another page', '<html>maintenance</html>', 200, 'maintenance'],
  ['nothing', '', 200, 'TESTCAMP: '],
  ['the success of another function', 'SUCCESS: add_lead LEAD HAS BEEN ADDED', 200, 'add_lead'],
  ['a fault of the web server', SUCCESS, 503, 'answered 503'],
])('%s is no success, and is pushed again', async (_what, text, status, told) => {
  const outlet = open();
  answer = says(text, status);
  await expect(outlet.send(notice(155))).rejects.toThrow(told);
  answer = says(SUCCESS);
  await outlet.send(notice(155));
  expect(figures()).toEqual(['1.55', '1.55']);
});

test('what is told of an answer is short, one line, and without the password', async () => {
  answer = says(`ERROR: no such function |${PASSWORD}|\n${'x'.repeat(100_000)}`);
  const problem = await open()
    .send(notice(155))
    .catch((error: unknown) => (error as Error).message);
  expect(problem).toBe('TESTCAMP: ERROR: no such function |(hidden)|');
});

test('a redirect is not followed: the password is for one address', async () => {
  answer = (response) => void response.writeHead(302, { location: '/elsewhere' }).end();
  await expect(open().send(notice(155))).rejects.toThrow();
  expect(taken).toHaveLength(1);
});

test('one push is on its way at a time; a stop that comes meanwhile is the next, and is repeated until it is taken', async () => {
  const quiet = (): void => undefined;
  const delivery = deliverNewest(open({ timeoutMs: 300 }), {
    clock: realClock,
    log: { info: quiet, warn: quiet, error: quiet },
  });
  let inFlight = 0;
  let most = 0;
  answer = (response, fields) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    response.on('close', () => (inFlight -= 1));
    if (taken.length === 1) {
      delivery.offer(notice(300));
      delivery.offer(notice(0));
    }
    // Never answered, then refused, then taken.
    if (taken.length === 2) says('ERROR: update_campaign locked')(response, fields);
    if (taken.length > 2) says(SUCCESS)(response, fields);
  };
  delivery.offer(notice(200));
  await vi.waitFor(() => expect(taken).toHaveLength(3), 20_000);
  await delivery.told();
  expect(figures()).toEqual(['2', '0', '0']);
  expect(most).toBe(1);
  delivery.stop();
});

/** Screen pops to the program outside: signed, in order for each agent, and no call waits for them. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { screenWebhook } from '../../src/adapters/webhooks/screen-pops.ts';
import type { AgentId, CallId, CampaignId } from '../../src/domain/ids.ts';
import type { PhoneNumber } from '../../src/domain/phone-number.ts';
import type { ScreenPop } from '../../src/domain/screen-pop.ts';
import { instant } from '../../src/domain/time.ts';
import { judgeSignature } from '../../src/http/webhook-signature.ts';
import type { LogFields } from '../../src/ports/log.ts';

const SECRET = 'a secret of at least thirty-two characters';
const NOW_MS = Date.UTC(2026, 10, 21, 17, 0, 0);

const pop = (callId: string, agentId = '1001'): ScreenPop => ({
  event: 'reserved',
  at: instant(NOW_MS),
  agentId: agentId as AgentId,
  callId: callId as CallId,
  campaignId: 'solar' as CampaignId,
  number: '+13035550101' as PhoneNumber,
  leadId: '77',
  facts: ['Came by the web form'],
});

interface Taken {
  readonly signature: string;
  readonly body: string;
  readonly callId: string;
}

let server: Server;
let taken: Taken[];
let answer: (response: ServerResponse) => void;
let complaints: LogFields[];

beforeEach(async () => {
  taken = [];
  complaints = [];
  answer = (response) => void response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const { call_id: callId } = JSON.parse(body) as { call_id: string };
      taken.push({ signature: String(request.headers['breakwater-signature']), body, callId });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
);

const open = (timeoutMs = 5_000) => {
  const log = (fields: LogFields): void => void complaints.push(fields);
  return screenWebhook(
    { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pops`, secret: SECRET, timeoutMs },
    { nowMs: () => NOW_MS, log: { info: log, warn: log, error: log } },
  );
};
const told = (): readonly string[] => taken.map(({ callId }) => callId);

describe('a screen pop sent', () => {
  test('is signed as our own door asks of others', async () => {
    open().tell(pop('call-1'));
    await vi.waitFor(() => expect(told()).toEqual(['call-1']));
    const [{ signature, body }] = taken as [Taken];
    const given = { secret: SECRET, nowMs: NOW_MS, freshSeconds: 1 };
    expect(judgeSignature(signature, Buffer.from(body), given)).toBe('valid');
    expect(judgeSignature(signature, Buffer.from(`${body} `), given)).toBe('wrong');
    expect(JSON.parse(body)).toMatchObject({
      event: 'reserved',
      agent: '1001',
      facts: ['Came by the web form'],
    });
  });

  test('waits for the one before of the same agent, and for nobody else', async () => {
    const held: ServerResponse[] = [];
    answer = (response) => void held.push(response);
    const target = open();
    target.tell(pop('call-1'));
    target.tell(pop('call-2'));
    target.tell(pop('call-3', '1002'));
    await vi.waitFor(() => expect([...told()].sort()).toEqual(['call-1', 'call-3']));
    for (const response of held.splice(0)) response.writeHead(200).end('{}');
    await vi.waitFor(() => expect(told()).toContain('call-2'));
    for (const response of held) response.writeHead(200).end();
  });

  test('that is refused, redirected or not answered is lost, and the next goes out', async () => {
    const target = open(300);
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => void response.writeHead(500).end('no'),
      (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
      () => undefined,
      (response) => void response.writeHead(200).end(),
    ];
    answer = (response) => answers[taken.length - 1]?.(response);
    for (const callId of ['refused', 'redirected', 'unanswered', 'taken']) target.tell(pop(callId));
    await vi.waitFor(() => expect(told()).toEqual(['refused', 'redirected', 'unanswered', 'taken']), 5_000);
    expect(complaints.map(({ callId }) => callId)).toEqual(['refused', 'redirected', 'unanswered']);
    // The log is kept, the facts are not.
    expect(JSON.stringify(complaints)).not.toContain('web form');
  });

  test('to a target that takes nothing is given up when too many wait', async () => {
    answer = () => undefined;
    const target = open();
    for (let index = 0; index < 12; index += 1) target.tell(pop(`call-${index}`));
    expect(complaints.map(({ callId }) => callId)).toEqual(['call-8', 'call-9', 'call-10', 'call-11']);
    await vi.waitFor(() => expect(told()).toEqual(['call-0']));
  });
});

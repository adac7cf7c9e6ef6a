/** Events that were put aside, over HTTP and on the command line. */
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../../src/cli/program.ts';
import { buildServer, listen } from '../../src/http/server.ts';
import { fakeIo } from '../support/fake-io.ts';
import { FakeOperations } from '../support/fake-operations.ts';

const LETTER = {
  ...{ target: 'crm', entryId: 41, kind: 'call_result', givenUpAt: '2026-11-21T17:00:00.000Z' },
  ...{ attempts: 10, problem: 'answered 503' },
};

let operations: FakeOperations;
let server: FastifyInstance;
let address: string;
beforeEach(async () => {
  operations = new FakeOperations();
  server = buildServer(operations, { host: '127.0.0.1', tokens: [], version: '0' });
  address = await listen(server, '127.0.0.1', 0);
});
afterEach(async () => server.close());

async function cli(...line: readonly string[]) {
  const io = fakeIo({ BREAKWATER_URL: address });
  const noWiring = () => Promise.reject(new Error('this command needs no wiring'));
  const code = await runCli(line, io, noWiring, { version: '0.1.0', nodeVersion: 'v24.0.0' });
  return { code, io };
}

test('the list says what was not taken, and why', async () => {
  expect((await cli('event', 'undelivered')).io.output.join('\n')).toContain('every event was taken');
  operations.letters = [LETTER];
  expect((await server.inject('/v1/undelivered-events')).json()).toEqual({
    events: [
      {
        ...{ target: 'crm', entry: 41, kind: 'call_result', given_up_at: '2026-11-21T17:00:00.000Z' },
        ...{ attempts: 10, problem: 'answered 503' },
      },
    ],
  });
  expect((await cli('event', 'undelivered')).io.output.join('\n')).toMatch(
    /crm +41 +call_result.*answered 503/,
  );
});

test('what is sent again and taken ends with 0, what is not with 1', async () => {
  operations.letters = [LETTER, { ...LETTER, target: 'wall', entryId: 42 }];
  operations.resent = { kind: 'delivered' };
  const all = await cli('event', 'resend');
  expect([all.code, all.io.output]).toEqual([0, ['2 taken, 0 not']]);
  expect(operations.calls).toEqual(['loopback: crm 41 again', 'loopback: wall 42 again']);
  operations.resent = { kind: 'failed', problem: 'answered 500' };
  const one = await cli('event', 'resend', '--target', 'wall');
  expect([one.code, one.io.output, one.io.errors]).toEqual([
    1,
    ['0 taken, 1 not'],
    ['wall 42: answered 500'],
  ]);
});

test('one that was never put aside is not there', async () => {
  const payload = { target: 'crm', entry: 7 };
  const answer = await server.inject({ method: 'POST', url: '/v1/undelivered-events/resend', payload });
  expect([answer.statusCode, answer.json<{ value: string }>().value]).toEqual([404, 'crm 7']);
});

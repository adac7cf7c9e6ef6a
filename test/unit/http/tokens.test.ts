/** Who is let in: hashed tokens, scopes, two at once while one replaces the other, and nobody on a token that has ended. */
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createAuthenticator, tokenBook, type TokenSetting } from '../../../src/http/auth.ts';
import { buildServer, listen } from '../../../src/http/server.ts';
import { FakeOperations } from '../../support/fake-operations.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const NOW = Date.parse('2026-11-23T18:00:00Z');
const inHours = (hours: number): string => new Date(NOW + hours * 3_600_000).toISOString();

const setting = (text: string, more: Partial<TokenSetting> = {}): TokenSetting => ({
  name: 'dialer one',
  sha256: hash(text),
  scopes: ['dialer'],
  ...more,
});

describe('a token', () => {
  test('admits until its end and not at it; two of one holder are good at once', () => {
    let now = NOW;
    const tokens = [setting('old', { expiresAt: inHours(1) }), setting('new', { expiresAt: null })];
    const authenticate = createAuthenticator(tokenBook(tokens, () => now));
    expect([authenticate('old')?.name, authenticate('new')?.name]).toEqual(['dialer one', 'dialer one']);
    now = NOW + 3_600_000 - 1;
    expect(authenticate('old')?.name).toBe('dialer one');
    now += 1;
    expect([authenticate('old'), authenticate('new')?.name]).toEqual([null, 'dialer one']);
  });

  test('whose end cannot be read admits nobody', () => {
    const book = tokenBook([setting('x', { expiresAt: 'soon' })], () => NOW);
    expect(createAuthenticator(book)('x')).toBeNull();
  });

  test('that is not there admits nobody, nor does its hash, nor nothing', () => {
    const authenticate = createAuthenticator(tokenBook([setting('x')], () => NOW));
    expect([authenticate('y'), authenticate(hash('x')), authenticate(null), authenticate('')]).toEqual(
      Array(4).fill(null),
    );
  });

  test('everybody is let in only where no token was ever configured: not when all ended, not when the file is empty', () => {
    const ended = tokenBook([setting('x', { expiresAt: inHours(-1) })], () => NOW);
    const emptyFile = tokenBook(
      [],
      () => NOW,
      () => [],
    );
    expect([createAuthenticator(ended)(null), createAuthenticator(emptyFile)(null)]).toEqual([null, null]);
    expect(createAuthenticator(tokenBook([], () => NOW))(null)?.name).toBe('loopback');
  });
});

describe('at the door', () => {
  let server: FastifyInstance;
  let file: TokenSetting[];
  const feeds = { scopes: ['supervisor'] as const, name: 'wall' };

  beforeEach(() => {
    file = [setting('of-file', feeds)];
    server = buildServer(new FakeOperations(), {
      host: '127.0.0.1',
      tokens: [setting('of-config')],
      tokenFile: () => file,
      nowMs: () => NOW,
      version: '0',
      streams: { perHolderMax: 2, lookEachMs: 20 },
    });
  });
  afterEach(() => server.close());

  const ask = (token: string | null, url = '/v1/reasons') =>
    server.inject({ url, headers: token === null ? {} : { authorization: `Bearer ${token}` } });

  test('both sources count, and what is revoked in the file is refused at the next request', async () => {
    expect((await ask('of-config')).statusCode).toBe(200);
    expect((await ask('of-file')).statusCode).toBe(200);
    file = [];
    const refused = await ask('of-file');
    expect(refused.statusCode).toBe(401);
    expect(refused.json()).toMatchObject({ code: 'unauthorized' });
    expect(refused.body).not.toContain('of-file');
  });

  test('a scope opens its own routes only', async () => {
    const answer = await ask('of-config', '/v1/decisions');
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'forbidden' });
  });

  async function openFeed(address: string): Promise<{ status: number; closed: Promise<void>; end(): void }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${address}/v1/feed`, { headers: { authorization: 'Bearer of-file' } });
      request.on('error', reject);
      request.on('response', (response) => {
        response.on('error', () => undefined);
        response.resume();
        const closed = new Promise<void>((done) => response.once('close', done));
        resolve({ status: response.statusCode ?? 0, closed, end: () => void request.destroy() });
      });
      request.end();
    });
  }

  test('a feed ends when its token does', async () => {
    const address = await listen(server, '127.0.0.1', 0);
    const feed = await openFeed(address);
    expect(feed.status).toBe(200);
    file = [];
    await feed.closed;
  });

  test('one holder has so many streams and no more, and gets another when one has ended', async () => {
    const address = await listen(server, '127.0.0.1', 0);
    const first = await openFeed(address);
    const second = await openFeed(address);
    const third = await openFeed(address);
    expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
    first.end();
    await vi.waitFor(async () => {
      const again = await openFeed(address);
      again.end();
      expect(again.status).toBe(200);
    }, 20_000);
    second.end();
    third.end();
  });

  test('the cookie of an encrypted door never goes in the clear', async () => {
    const plain = await server.inject({
      method: 'POST',
      url: '/v1/session',
      headers: { authorization: 'Bearer of-file' },
    });
    expect(plain.headers['set-cookie']).toContain('HttpOnly; SameSite=Strict');
    expect(plain.headers['set-cookie']).not.toContain('Secure');
  });
});

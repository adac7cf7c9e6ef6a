/** The content security policy in a real Chromium: whatever gets into the page's HTML, no script of it runs and nothing of it leaves. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildServer, listen } from '../../src/http/server.ts';
import { FakeOperations } from '../support/fake-operations.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (CHROMIUM === undefined) {
  console.warn(
    'SKIPPED: no Chromium on this machine (apt-get install chromium); the page policy is not tested',
  );
}
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
];

describe.skipIf(CHROMIUM === undefined)('the page, with somebody else in its HTML', () => {
  let server: FastifyInstance;
  let elsewhere: Server;
  let stolen: string[];
  let context: BrowserContext;
  let page: Page;
  let profile: string;
  let outside: string;

  beforeAll(async () => {
    stolen = [];
    elsewhere = createServer((request, response) => {
      stolen.push(request.url ?? '');
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('content-type', 'text/javascript');
      response.end("(window.ran ??= []).push('foreign')");
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    outside = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    server = buildServer(new FakeOperations(), { host: '127.0.0.1', tokens: [], version: '0' });
    const address = await listen(server, '127.0.0.1', 0);
    profile = await mkdtemp(path.join(tmpdir(), 'breakwater-chromium-'));
    context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM!, args: FLAGS });
    page = await context.newPage();
    // As if a reason, a name or a number had found its way into the markup unescaped.
    await page.route(`${address}/`, async (route) => {
      const answer = await route.fetch();
      const injected = [
        "<script>(window.ran ??= []).push('inline')</script>",
        `<script src="${outside}/x.js"></script>`,
        `<img src="/nowhere.png" onerror="(window.ran ??= []).push('handler')">`,
        `<img src="${outside}/pixel.png">`,
        `<iframe src="${outside}/frame"></iframe>`,
        `<object data="${outside}/object"></object>`,
        `<a id="trap" href="javascript:(window.ran ??= []).push('link')">x</a>`,
        `<form id="form" action="${outside}/form" method="get"><input name="a" value="b"></form>`,
        `<base href="${outside}/">`,
      ].join('');
      const body = (await answer.text()).replace('</body>', `${injected}</body>`);
      await route.fulfill({ response: answer, body });
    });
    await page.goto(address);
    await page.waitForSelector('.campaign, [data-campaign], main');
  });
  afterAll(async () => {
    await context.close();
    await server.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
    await rm(profile, { recursive: true, force: true });
  });

  const ran = (): Promise<readonly string[]> => page.evaluate<readonly string[]>('window.ran ?? []');

  test('the injected markup is there, and nothing of it ran', async () => {
    expect(await page.locator('#trap').count()).toBe(1);
    expect(await ran()).toEqual([]);
  });

  test('nothing was fetched from elsewhere, and nothing is sent there', async () => {
    await page.locator('#trap').dispatchEvent('click');
    await page.evaluate("document.querySelector('#form').submit()");
    const sent = await page.evaluate<string>(
      `fetch('${outside}/fetched').then(() => 'sent', () => 'refused')`,
    );
    expect(sent).toBe('refused');
    expect(await ran()).toEqual([]);
    expect(stolen).toEqual([]);
  });

  test('code from text does not run either', async () => {
    const made = await page.evaluate<readonly string[]>(`{
      const element = document.createElement('script');
      element.textContent = "(window.ran ??= []).push('made')";
      document.body.append(element);
      window.ran ?? [];
    }`);
    expect(made).toEqual([]);
  });

  test('the policy names nothing but this door', async () => {
    const answer = await server.inject({ url: '/' });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      expect(policy).toContain(rule);
    }
  });
});

/**
 * Pictures of the live page of a running sidecar, for the README: a wide one and a telephone's, in a headless Chromium.
 * `npm run screenshot -- --url http://127.0.0.1:4580/`; what is on them is what that sidecar's ledger says.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
/** Cards and the head of the tables. */
const WIDE_SHOWN = 1_280;
/** A telephone's page is long; the first screens tell enough. */
const PHONE_SHOWN = 1_700;

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: process.env['BREAKWATER_URL'] ?? 'http://127.0.0.1:4580/' },
    out: { type: 'string', default: resolve(import.meta.dirname, '../docs/images') },
    chromium: { type: 'string' },
  },
});

const program =
  values.chromium ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (program === undefined) throw new Error('no Chromium found: name it with --chromium');

const profile = await mkdtemp(join(tmpdir(), 'breakwater-screenshot-'));
try {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: FLAGS,
    viewport: WIDE,
  });
  try {
    const page = await context.newPage();
    await page.goto(values.url);
    await page.locator('#connection[data-state="live"]').waitFor();
    await page.locator('[data-campaign]').first().waitFor();
    await mkdir(values.out, { recursive: true });
    await take(page, 'live-page.png', WIDE_SHOWN);
    await page.setViewportSize(PHONE);
    await take(page, 'live-page-phone.png', PHONE_SHOWN);
  } finally {
    await context.close();
  }
} finally {
  await rm(profile, { recursive: true, force: true });
}

async function take(page: Page, name: string, height: number): Promise<void> {
  // Charts are drawn anew for the new width.
  await page.waitForTimeout(1_000);
  const { width = 0 } = page.viewportSize() ?? {};
  const path = join(values.out, name);
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height } });
  process.stdout.write(`${path}\n`);
}

/** A browser for the tests of the pages, and what it complains about. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why there can be no browser here, or false. Where changes are judged one must be there. */
export function whyNoBrowser(): string | false {
  if (existsSync(PROGRAM) || process.env['CI'] === 'true') return false;
  return `there is no ${PROGRAM}: install chromium to run these tests`;
}

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

export interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors of the console, unhandled rejections, and requests to anybody but the exchange. */
  readonly complaints: string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** What the person has chosen before. */
  readonly prefs?: Readonly<Record<string, unknown>>;
}

/** A fresh visitor of the exchange at `url`. */
export async function visitor(browser: Browser, url: string, options: PageOptions = {}): Promise<Watched> {
  const { width = 1280, height = 800, prefs = { locale: 'en', theme: 'light' } } = options;
  const context = await browser.newContext({ baseURL: url, viewport: { width, height }, reducedMotion: 'reduce' });
  const kept = JSON.stringify(JSON.stringify(prefs));
  await context.addInitScript(`if (!localStorage.getItem('qaexchange.prefs')) localStorage.setItem('qaexchange.prefs', ${kept})`);
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('request', (request) => {
    const target = request.url();
    if (!target.startsWith(url) && !target.startsWith('data:') && !target.startsWith('blob:')) complaints.push(`asks ${target}`);
  });
  return { context, page, complaints };
}

/** Signs in through the form. */
export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.goto('/login');
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForURL('**/dashboard');
  // what is urgent has to be read first; it has come up by now, or does not
  const read = page.locator('[data-test=urgent-close]');
  if (!(await read.isVisible())) return;
  await read.click();
  await read.waitFor({ state: 'detached' });
}

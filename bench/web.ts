/**
 * Do the pages load at once, and stay light while the market moves?
 *
 * A browser opens them on an exchange of its own. What the browser's instruments say stands beside a yardstick of the same
 * run: a bare text of the same server for loading, the same page while nothing happens for work.
 */
import type { Browser } from 'playwright-core';
import { HttpClient } from '../src/client/index.js';
import { startChildServer, type ChildServer } from '../src/cli/support/child-server.js';
import { BrowserPage, launchBrowser, type Person } from './support/browser-page.js';
import { BusyBook } from './support/busy-book.js';
import { rowOf } from './support/figures.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

const PERSON: Person = { username: 'visitor', password: 'seven-blue-boats' };
const BARE = '/build.json';
const SLOWER = 4;
const TRADES_PER_SECOND = 50;
const BATCH = 100;
const KIB = 1024;
const MIB = 1024 * 1024;

interface Plan {
  rounds: number;
  loadMs: number;
  orders: number;
  scrollMs: number;
  /** Of a busy market, while memory is watched. */
  minutes: number;
}

const FULL: Plan = { rounds: 5, loadMs: 10_000, orders: 10_000, scrollMs: 5000, minutes: 2 };
const SMOKE: Plan = { rounds: 1, loadMs: 1000, orders: 300, scrollMs: 500, minutes: 0.05 };

export const web: Suite = {
  name: 'web',
  question: 'Do the pages load at once, and stay light while the market moves? (--minutes N of memory)',
  run: async (options) => {
    const plan = options.smoke ? SMOKE : FULL;
    const server = await startChildServer({ env: { LOG_LEVEL: 'warn', RATE_LIMIT_RPS: '0' } });
    const browser = await launchBrowser();
    try {
      return await measure({ ...plan, minutes: options.minutes ?? plan.minutes }, server, browser, options);
    } finally {
      await browser.close();
      await server.stop();
    }
  },
};

async function measure(plan: Plan, server: ChildServer, browser: Browser, { progress }: SuiteOptions): Promise<Row[]> {
  const http = new HttpClient(server.url);
  const { account_id: account } = await http.register(PERSON.username, PERSON.password);
  await http.login(PERSON.username, PERSON.password);
  await http.call('POST', '/api/account/deposit', { account_id: account, amount: 500_000_000 });
  const rows = await loading(plan, server.url, browser, progress);
  const book = await BusyBook.open(server.url, server.wsUrl);
  try {
    rows.push(...(await working(plan, server.url, browser, book, progress)));
  } finally {
    await book.stop();
  }
  progress('orders');
  for (let left = plan.orders; left > 0; left -= BATCH) {
    const order = { instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', volume: 1, price: 3250 + (left % 7) };
    const orders = Array.from({ length: Math.min(BATCH, left) }, () => order);
    const { failed_count: failed } = await http.call<{ failed_count: number }>('POST', '/api/order/batch', { account_id: account, orders });
    if (failed > 0) throw new Error(`${failed} orders of the list were refused`);
  }
  rows.push(await scrolling(plan, server.url, browser, progress));
  return rows;
}

/** Login by a stranger, trading by whoever was here before; all of it anew each time. */
async function loading(plan: Plan, url: string, browser: Browser, progress: (text: string) => void): Promise<Row[]> {
  const bytes = { login: [] as number[], trade: [] as number[], bare: [] as number[] };
  const ready = { login: [] as number[], trade: [] as number[], bare: [] as number[] };
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`loading, round ${round} of ${plan.rounds}`);
    const page = await BrowserPage.open(browser, url);
    ready.bare.push(await page.readyMs(BARE, 'body', SLOWER));
    ready.login.push(await page.readyMs('/login', 'input[name=password]', SLOWER));
    bytes.bare.push((await page.bytesOf(BARE, 'body')) / KIB);
    bytes.login.push((await page.bytesOf('/login', 'input[name=password]')) / KIB);
    await page.signIn(PERSON);
    ready.trade.push(await page.readyMs('/trade', '[data-test=order-form] [data-test=submit]:enabled', SLOWER));
    bytes.trade.push((await page.bytesOf('/trade', '[data-test=live][data-state=live]')) / KIB);
    await page.close();
  }
  const bare = 'bare text of the same server';
  return [
    rowOf('first load, login (at most 300)', 'KiB', bytes.login, { name: bare, runs: bytes.bare }),
    rowOf('first load, trading (at most 600)', 'KiB', bytes.trade, { name: bare, runs: bytes.bare }),
    rowOf(`login can be typed into, ${SLOWER}× slower (at most 1500)`, 'ms', ready.login, { name: bare, runs: ready.bare }),
    rowOf(`orders can be sent, ${SLOWER}× slower (at most 1500)`, 'ms', ready.trade, { name: bare, runs: ready.bare }),
  ];
}

/** The trading page while nothing happens, and while the book beats. */
async function working(plan: Plan, url: string, browser: Browser, book: BusyBook, progress: (text: string) => void): Promise<Row[]> {
  const page = await BrowserPage.open(browser, url);
  await page.signIn(PERSON);
  await page.page.goto('/trade');
  await page.page.locator('[data-test=live][data-state=live]').waitFor();
  const idle = { page: [] as number[], all: [] as number[] };
  const busy = { page: [] as number[], all: [] as number[], rate: [] as number[] };
  const percentOf = async (share: Promise<number>): Promise<number> => (await share) * 100;
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`idle, round ${round} of ${plan.rounds}`);
    idle.page.push(await percentOf(page.load(plan.loadMs)));
    idle.all.push(await percentOf(page.browserLoad(plan.loadMs)));
  }
  book.beat(TRADES_PER_SECOND);
  await page.page.waitForTimeout(plan.loadMs);
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`busy, round ${round} of ${plan.rounds}`);
    book.takeCount();
    const fromMs = performance.now();
    busy.page.push(await percentOf(page.load(plan.loadMs)));
    busy.all.push(await percentOf(page.browserLoad(plan.loadMs)));
    busy.rate.push(book.takeCount() / ((performance.now() - fromMs) / 1000));
  }
  progress(`memory, ${plan.minutes} minutes`);
  const before = await page.heapBytes();
  await page.page.waitForTimeout(plan.minutes * 60_000);
  const grown = ((await page.heapBytes()) - before) / MIB;
  await page.close();
  const yardstick = 'the same page, nothing happens';
  return [
    rowOf('trades while it is busy', 'trades/s', busy.rate),
    rowOf('busy book, main thread of the page (at most 25)', '% of a core', busy.page, { name: yardstick, runs: idle.page }),
    rowOf('busy book, whole browser, drawn in software', '% of a core', busy.all, { name: yardstick, runs: idle.all }),
    rowOf(`memory after ${plan.minutes} busy minutes (at most 20)`, 'MiB more', [grown], { name: 'before', runs: [before / MIB] }),
  ];
}

/** All orders in one list. */
async function scrolling(plan: Plan, url: string, browser: Browser, progress: (text: string) => void): Promise<Row> {
  const page = await BrowserPage.open(browser, url);
  await page.signIn(PERSON);
  await page.page.goto('/orders');
  await page.page.locator(`table[aria-rowcount="${plan.orders + 1}"]`).waitFor({ timeout: 120_000 });
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`scrolling, round ${round} of ${plan.rounds}`);
    ours.push(await page.framesPerSecond(`document.querySelector('main .grid-box')`, plan.scrollMs));
    bare.push(await page.framesPerSecond(`document.createElement('div')`, plan.scrollMs));
  }
  await page.close();
  return rowOf(`${plan.orders} orders scroll (at least 50)`, 'frames/s', ours, { name: 'the same page at rest', runs: bare });
}

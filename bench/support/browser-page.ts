/** A page of the exchange in a browser, and what the browser's own instruments say of it. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type CDPSession, type Page } from 'playwright-core';

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const PREFS = JSON.stringify(JSON.stringify({ locale: 'en', theme: 'light', instrument: 'SHFE.rb' }));

export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}: install chromium, or name it in CHROMIUM`);
  return await chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

/** Called in the page with the milliseconds since its navigation began. */
const READY = 'benchReady';

/** Looks with every change of the page, and speaks once a frame has been drawn and nothing waits before the next task. */
function whenReady(selector: string): string {
  return `new MutationObserver((changes, observer) => {
    if (document.querySelector(${JSON.stringify(selector)}) === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => ${READY}(String(performance.now())), 0));
  }).observe(document, { childList: true, subtree: true, attributes: true });`;
}

export interface Person {
  readonly username: string;
  readonly password: string;
}

export class BrowserPage {
  private received = 0;

  private constructor(
    readonly page: Page,
    private readonly devtools: CDPSession,
    private readonly browserTools: CDPSession,
    private readonly url: string,
  ) {}

  /** With an empty cache and nobody signed in. */
  static async open(browser: Browser, url: string): Promise<BrowserPage> {
    const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 } });
    await context.addInitScript(`localStorage.setItem('qaexchange.prefs', ${PREFS})`);
    const page = await context.newPage();
    const opened = new BrowserPage(page, await context.newCDPSession(page), await browser.newBrowserCDPSession(), url);
    await opened.devtools.send('Network.enable');
    await opened.devtools.send('Performance.enable');
    await opened.devtools.send('Page.enable');
    await opened.devtools.send('Runtime.enable');
    await opened.devtools.send('Runtime.addBinding', { name: READY });
    opened.devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (opened.received += encodedDataLength));
    return opened;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  async signIn({ username, password }: Person): Promise<void> {
    await this.page.goto('/login');
    await this.page.fill('input[name=username]', username);
    await this.page.fill('input[name=password]', password);
    await this.page.click('button[type=submit]');
    await this.page.waitForURL('**/dashboard');
  }

  /** Bytes of one page as they came over the wire. */
  async bytesOf(path: string, whole: string): Promise<number> {
    await this.devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    this.received = 0;
    await this.page.goto(path);
    await this.page.locator(whole).first().waitFor();
    await this.page.waitForLoadState('networkidle');
    await this.devtools.send('Network.setCacheDisabled', { cacheDisabled: false });
    return this.received;
  }

  /**
   * Milliseconds from the address until what `ready` names is there and the page has got through with what it was at, on a
   * processor so many times slower. The page's own clock says it: what drives the browser is made slower too.
   */
  async readyMs(path: string, ready: string, slower: number): Promise<number> {
    await this.devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
    const { identifier } = await this.devtools.send('Page.addScriptToEvaluateOnNewDocument', { source: whenReady(ready) });
    await this.devtools.send('Emulation.setCPUThrottlingRate', { rate: slower });
    const said = new Promise<number>((resolve) => {
      this.devtools.once('Runtime.bindingCalled', ({ payload }) => resolve(Number(payload)));
    });
    await this.devtools.send('Page.navigate', { url: new URL(path, this.url).href });
    const tookMs = await said;
    await this.devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    await this.devtools.send('Page.removeScriptToEvaluateOnNewDocument', { identifier });
    await this.devtools.send('Network.setCacheDisabled', { cacheDisabled: false });
    return tookMs;
  }

  /** Share of a core that the page takes: script, style, layout and all else of its main thread. */
  async load(ms: number): Promise<number> {
    const [from, fromMs] = [await this.metric('TaskDuration'), performance.now()];
    await this.page.waitForTimeout(ms);
    return ((await this.metric('TaskDuration')) - from) / ((performance.now() - fromMs) / 1000);
  }

  /** Share of a core that all processes of the browser take, drawing in software included. */
  async browserLoad(ms: number): Promise<number> {
    const [from, fromMs] = [await this.processorSeconds(), performance.now()];
    await this.page.waitForTimeout(ms);
    return ((await this.processorSeconds()) - from) / ((performance.now() - fromMs) / 1000);
  }

  /** Bytes of script that are alive. */
  async heapBytes(): Promise<number> {
    await this.devtools.send('HeapProfiler.collectGarbage');
    return await this.metric('JSHeapUsedSize');
  }

  /** Frames per second while the element that `expression` finds scrolls on with every frame. */
  async framesPerSecond(expression: string, ms: number): Promise<number> {
    return await this.page.evaluate<number>(`new Promise((resolve) => {
      const box = ${expression};
      const from = performance.now();
      let frames = 0;
      const step = () => {
        const spent = performance.now() - from;
        if (spent >= ${ms}) return resolve(frames / spent * 1000);
        frames++;
        box.scrollTop = (box.scrollTop + 90) % Math.max(1, box.scrollHeight - box.clientHeight);
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    })`);
  }

  private async metric(name: string): Promise<number> {
    const { metrics } = await this.devtools.send('Performance.getMetrics');
    return metrics.find((each) => each.name === name)!.value;
  }

  private async processorSeconds(): Promise<number> {
    const { processInfo } = await this.browserTools.send('SystemInfo.getProcessInfo');
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }
}

/**
 * `npm run screenshots [-- FOLDER]`: pictures of every page in both themes, both widths, for people to look at. A page that is wider than
 * its place, or on which something lies over something else, fails.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { layoutFaults } from './support/layout.js';
import { livingExchange } from './support/living-exchange.js';
import { goTo, menuPaths, settled } from './support/page-list.js';

const SIZES = [
  [1280, 800],
  [390, 844],
] as const;
const THEMES = ['light', 'dark'] as const;
/** Charts draw after their figures have come. */
const DRAWN_MS = 500;

const missing = whyNoBrowser();
if (missing !== false) {
  console.error(missing);
  process.exit(1);
}
const [folder = join('data', 'screenshots'), locale = 'en'] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const exchange = await livingExchange();
const browser = await openBrowser();
const faults: string[] = [];
/** Pages that the Trader has shown need no second picture. */
const seen = new Set<string>();
let count = 0;
for (const [width, height] of SIZES) {
  for (const theme of THEMES) {
    for (const role of ['Trader', 'Admin']) {
      const { page, context, complaints } = await visitor(browser, exchange.server.url, {
        width,
        height,
        prefs: { locale, theme, instrument: 'SHFE.rb' },
      });
      const shoot = async (path: string): Promise<void> => {
        await page.waitForTimeout(DRAWN_MS);
        const name = `${path.replaceAll('/', '')}-${width}-${theme}`;
        for (const fault of await layoutFaults(page)) faults.push(`${name}: ${fault}`);
        await page.screenshot({ path: join(folder, `${name}.png`) });
        count++;
      };
      for (const path of role === 'Trader' ? ['/login', '/register'] : []) {
        await page.goto(path);
        await settled(page);
        await shoot(path);
      }
      const { username, password } = exchange.people.get(role)!;
      await signIn(page, username, password);
      const own = await menuPaths(page);
      const paths = role === 'Trader' ? [...own, `/account/${exchange.account}`] : own.filter((path) => !seen.has(path));
      for (const path of paths) {
        await goTo(page, path);
        await shoot(path);
        if (role === 'Trader') seen.add(path);
      }
      faults.push(...complaints);
      await context.close();
    }
  }
}
await browser.close();
await exchange.stop();
for (const fault of faults) console.error(fault);
console.log(`${count} pictures in ${folder}, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

/** Every page as every role in both languages, with a market that lives: nothing complains, nothing is asked of anybody else. */
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { openBrowser, signIn, visitor, whyNoBrowser } from './support/browser.js';
import { layoutFaults } from './support/layout.js';
import { livingExchange } from './support/living-exchange.js';
import { goTo, menuPaths } from './support/page-list.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const EVERYWHERE = ['/dashboard', '/announcements', '/password'];

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: { readonly target: string[] }[];
}

t.test('all pages, roles and languages', { skip: whyNoBrowser() }, async (t) => {
  const exchange = await livingExchange();
  t.teardown(() => exchange.stop());
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const { url } = exchange.server;
  let menus = 0;

  await Promise.all(
    [...exchange.people].map(async ([role, { username, password }]) => {
      // the Admin comes below, and sees every page in both
      if (role === 'Admin') return;
      const { page, complaints, context } = await visitor(browser, url, { prefs: { locale: 'zh', theme: 'dark', instrument: 'SHFE.rb' } });
      await signIn(page, username, password);
      const paths = await menuPaths(page);
      menus += paths.length;
      for (const path of EVERYWHERE) t.ok(paths.includes(path), `${role} has ${path}`);
      for (const path of paths) await goTo(page, path);
      t.same(complaints, [], `${role} in Chinese`);
      t.equal(await page.evaluate('window.hacked'), undefined, 'script in a text is text');
      if (role === 'ReadOnly') {
        // what the menu does not have leads home
        await page.goto('/admin-users');
        await page.waitForURL('**/dashboard');
      }
      await context.close();
    }),
  );
  t.ok(menus > 50, `${menus} pages of menus were opened`);

  const { page, complaints } = await visitor(browser, url, {
    width: 390,
    height: 844,
    prefs: { locale: 'en', theme: 'light', instrument: 'SHFE.rb' },
  });
  const { username, password } = exchange.people.get('Admin')!;
  await signIn(page, username, password);
  const faults: string[] = [];
  for (const path of await menuPaths(page)) {
    await goTo(page, path);
    for (const fault of await layoutFaults(page)) faults.push(`${path}: ${fault}`);
    await page.evaluate(AXE);
    const found = await page.evaluate<Violation[]>(
      `axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa'] }).then((result) => result.violations)`,
    );
    for (const { id, impact, nodes } of found) {
      if (['serious', 'critical'].includes(impact)) faults.push(`${path}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
    }
    await page.click('[data-test=locale]');
    await page.click('[data-test=locale]');
  }
  t.same(faults, [], 'in English on a narrow screen: boxes, and what axe calls serious');
  t.same(complaints, []);
});

/** The pages of the menu, and the roles that see each: read from the menu itself. */
import type { Page } from 'playwright-core';

/** Paths in the menu of whoever is signed in. */
export async function menuPaths(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`[...document.querySelectorAll('nav.side a')].map((link) => link.getAttribute('href'))`);
}

/** Goes to a page as the menu does, without loading the application anew, and waits until it has what it shows. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate', { state: {} }))`);
  await page.waitForFunction(`location.pathname === ${JSON.stringify(path)} && document.querySelector('main h1')?.textContent`);
  await settled(page);
}

export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(`document.querySelector('main h1') !== null && document.querySelector('main [aria-busy=true]') === null`);
}

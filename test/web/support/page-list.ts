/** The pages of the menu, and the roles that see each: read from the menu itself. */
import type { Page } from 'playwright-core';

const WAIT_MS = 60_000;

/** Paths in the menu of whoever is signed in. */
export async function menuPaths(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`[...document.querySelectorAll('nav.side a')].map((link) => link.getAttribute('href'))`);
}

/** Goes to a page as the menu does, without loading the application anew, and waits until it has what it shows. */
export async function goTo(page: Page, path: string): Promise<void> {
  if (new URL(page.url()).pathname === path) {
    await settled(page);
    return;
  }
  const before = await page.title();
  const state = `{ ...history.state, current: ${JSON.stringify(path)} }`;
  await page.evaluate(
    `history.pushState(${state}, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate', { state: ${state} }))`,
  );
  await until(page, `document.title !== ${JSON.stringify(before)}`);
  await settled(page);
}

export async function settled(page: Page): Promise<void> {
  await until(page, `document.querySelector('main h1') !== null && document.querySelector('main [aria-busy=true]') === null`);
}

/** Asked from outside: the policy of the pages lets nothing inside evaluate a text. */
async function until(page: Page, expression: string): Promise<void> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline;) {
    if (await page.evaluate<boolean>(expression)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${page.url()}: not so within ${WAIT_MS} ms: ${expression}`);
}

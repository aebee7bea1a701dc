/** What a person does with a page, in words of the page: fields by their names, buttons by what stands on them. */
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';

const EFFECT_MS = 60_000;

export type Typed = Readonly<Record<string, string | boolean>>;

/** Fills fields by their names: texts, choices, ticks. */
export async function fill(form: Locator, values: Typed): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const field = form.locator(`[name="${name}"]`).first();
    if (typeof value === 'boolean') await field.setChecked(value);
    else if ((await field.locator('xpath=self::select').count()) > 0) await field.selectOption(value);
    else await field.fill(value);
  }
}

/** Fills the form of the window that has opened, sends it, and waits until the window is gone: then it is done. */
export async function sendDialog(page: Page, values: Typed): Promise<void> {
  const dialog = page.locator('[role=dialog]:has(form)');
  await fill(dialog, values);
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'detached' });
}

/** Says yes to the question that has come up. */
export async function agree(page: Page): Promise<void> {
  const question = page.locator('.n-dialog');
  await question.getByRole('button', { name: 'Confirm', exact: true }).click();
  await question.waitFor({ state: 'detached' });
}

/** Closes the window that shows something, once it shows `text`. */
export async function seenInDialog(page: Page, text: string | RegExp): Promise<void> {
  const dialog = page.locator('[role=dialog]');
  await dialog.getByText(text).first().waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}

/** The row of a table by the key of what it shows, or by a text of it. */
export function row(page: Page, key: string): Locator {
  return page.locator(`main tr[data-key="${key}"]`).first();
}

export function button(within: Page | Locator, name: string | RegExp): Locator {
  return within.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }).first();
}

/** The text of the file that a click saves. */
export async function saved(page: Page, click: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return await readFile(await download.path(), 'utf8');
}

/** Asks the exchange until it is so: what a click has set going need not be over with the click. */
export async function effect<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean, what: string): Promise<T> {
  let answer: T | undefined;
  for (const deadline = Date.now() + EFFECT_MS; Date.now() < deadline;) {
    answer = await ask();
    if (isSo(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`${what}: still ${JSON.stringify(answer)}`);
}

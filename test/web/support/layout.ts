/** What is wrong with the boxes of a page: what sticks out of it, and what lies over something else that people read or press. */
import type { Page } from 'playwright-core';

/** Runs in the page, where there is a document. */
const CHECK = `(() => {
  const faults = [];
  const root = document.documentElement;
  const main = document.querySelector('main');
  if (root.scrollWidth > root.clientWidth) faults.push('the page is wider than the window: ' + root.scrollWidth + ' > ' + root.clientWidth);
  if (main && main.scrollWidth > main.clientWidth) faults.push('the page is wider than its place: ' + main.scrollWidth + ' > ' + main.clientWidth);
  const name = (element) => element.tagName.toLowerCase() + ' ' + (element.getAttribute('aria-label') || element.textContent || '').trim().slice(0, 30);
  const shown = [...document.querySelectorAll('button, a, input, select, textarea, h1, h2, label, dt, dd')].filter((element) => {
    if (element.closest('.grid-box, .list, .frames, nav, .sr, canvas, [role=listbox]')) return false;
    const box = element.getBoundingClientRect();
    return box.width > 2 && box.height > 2 && element.checkVisibility();
  });
  const boxes = shown.map((element) => ({ element, box: element.getBoundingClientRect() }));
  for (let i = 0; i < boxes.length; i++) {
    for (let j = i + 1; j < boxes.length; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (wide > 3 && high > 3) faults.push(name(a.element) + ' lies over ' + name(b.element));
    }
  }
  return faults.slice(0, 8);
})()`;

export async function layoutFaults(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(CHECK);
}

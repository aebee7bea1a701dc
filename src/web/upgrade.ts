/** A tab that is older than the server reloads itself, once. */
import { live } from './live/connection.js';

const KEY = 'qaexchange.reloaded';

/** False when it has been tried for this build already. */
export function reloadOnce(): boolean {
  if (sessionStorage.getItem(KEY) === __BUILD__) return false;
  sessionStorage.setItem(KEY, __BUILD__);
  location.reload();
  return true;
}

/** After each return of the connection: is the server still the one that this page came from? */
export function watchUpgrades(): void {
  live.onOpen((isReturn) => {
    if (isReturn) void compare().catch(() => undefined);
  });
}

async function compare(): Promise<void> {
  const response = await fetch('/build.json', { cache: 'no-store' });
  const { build } = (await response.json()) as { build?: string };
  if (build !== undefined && build !== __BUILD__) reloadOnce();
}

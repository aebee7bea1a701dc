/** Asking again and again, for when nothing is pushed: only while the tab is seen. */
import { onScopeDispose } from 'vue';
import { live } from './connection.js';

/** Runs `ask` every `ms` while the page is visible; with `onlyWhenDown` only while the socket is not there. Ends with the component. */
export function poll(ask: () => unknown, ms: number, onlyWhenDown = false): void {
  const timer = setInterval(() => {
    if (document.hidden || (onlyWhenDown && live.state.value === 'live')) return;
    void ask();
  }, ms);
  onScopeDispose(() => clearInterval(timer));
}

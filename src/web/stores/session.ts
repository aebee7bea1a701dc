/** Who is signed in. The token lives in memory only; a cookie that no script can read gets the next one. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { access, ApiError, call, type DataOf } from '../api/call.js';
import { live } from '../live/connection.js';
import { place } from '../live/place.js';

type Login = DataOf<'POST /api/auth/login'>;
type Continued = DataOf<'POST /api/auth/session'>;

export interface SignedIn {
  readonly userId: string;
  readonly username: string;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
  readonly isAdmin: boolean;
}

const PROOF = 'qaexchange_csrf=';
/** A token is renewed this long before it ends. */
const RENEW_BEFORE_MS = 120_000;
const RENEW_AGAIN_MS = 20_000;

export const useSession = defineStore('session', () => {
  const user = shallowRef<SignedIn>();
  const isRestored = ref(false);
  let endsMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let renewing: Promise<boolean> | undefined;
  const isSignedIn = computed(() => user.value !== undefined);

  function take(login: Login | Continued): boolean {
    const { token, user_id: userId, username, expires_at: expiresAt, roles, permissions } = login;
    if (token === undefined || userId === undefined || username === undefined || expiresAt === undefined) return false;
    access.token = token;
    user.value = { userId, username, roles: roles ?? [], permissions: new Set(permissions ?? []), isAdmin: login.is_admin ?? false };
    clearTimeout(timer);
    endsMs = expiresAt;
    timer = setTimeout(() => void renew(), Math.max(1000, expiresAt - Date.now() - RENEW_BEFORE_MS));
    void live.use(token);
    return true;
  }

  function end(): void {
    clearTimeout(timer);
    access.token = '';
    user.value = undefined;
    live.stop();
  }

  /** Gets the next token, if the session lives. */
  function renew(): Promise<boolean> {
    renewing ??= renewOnce().finally(() => (renewing = undefined));
    return renewing;
  }

  async function renewOnce(): Promise<boolean> {
    const proof = document.cookie.split('; ').find((pair) => pair.startsWith(PROOF));
    if (proof === undefined) {
      end();
      return false;
    }
    try {
      const response = await fetch('/api/auth/session', { method: 'POST', headers: { 'x-csrf-token': proof.slice(PROOF.length) } });
      const { data } = (await response.json()) as { data: Continued | null };
      // busy or not serving: the session may well live
      if (data === null) throw new Error(`HTTP ${response.status}`);
      if (take(data)) return true;
      end();
      return false;
    } catch {
      clearTimeout(timer);
      // the node that keeps the session is gone for good: another one begins a new one
      if (place.isElsewhere && Date.now() > endsMs) location.assign(place.urlOf(location.pathname + location.search));
      if (user.value !== undefined) timer = setTimeout(() => void renew(), RENEW_AGAIN_MS);
      return false;
    }
  }

  /** Once, before the first page: is somebody signed in in this browser? */
  async function restore(): Promise<void> {
    if (isRestored.value) return;
    await renew();
    isRestored.value = true;
  }

  async function login(username: string, password: string): Promise<void> {
    try {
      take(await call('POST /api/auth/login', { body: { username, password, keep_session: true } }));
    } catch (error) {
      if (place.isElsewhere && error instanceof ApiError && error.code === 0) location.assign(place.urlOf('/login'));
      throw error;
    }
  }

  /** Ends the session on the server too: tokens of other tabs of this browser die with it. */
  async function logout(): Promise<void> {
    try {
      await call('POST /api/auth/logout');
    } finally {
      end();
    }
  }

  const can = (permission: string | undefined): boolean =>
    permission === undefined ||
    user.value?.permissions.has(permission) === true ||
    (permission === 'Admin' && user.value?.isAdmin === true);

  access.renew = renew;
  return { user, isSignedIn, isRestored, restore, renew, login, logout, end, can };
});

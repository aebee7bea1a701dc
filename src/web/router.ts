/** Paths of the pages, and who may open which. The server decides what is allowed; this is a courtesy. */
import { createRouter, createWebHistory, type Router } from 'vue-router';
import { i18n } from './i18n.js';
import { ALIASES, PAGES } from './pages.js';
import { useSession } from './stores/session.js';
import { warn } from './ui/tell.js';

export const HOME = '/dashboard';

export function newRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: HOME },
      ...PAGES.map(({ path, view, ...meta }) => ({ path, component: view, meta: { ...meta } })),
      ...ALIASES.map(([path, redirect]) => ({ path, redirect })),
      { path: '/:rest(.*)*', redirect: HOME },
    ],
  });
  router.beforeEach(async (to) => {
    const session = useSession();
    await session.restore();
    const page = PAGES.find(({ path }) => path === to.matched[0]?.path);
    if (page === undefined) return true;
    if (page.access === 'guest') return session.isSignedIn ? HOME : true;
    if (page.access === 'public') return true;
    if (!session.isSignedIn) return { path: '/login', query: to.fullPath === HOME ? {} : { redirect: to.fullPath } };
    if (page.permission === undefined || session.can(page.permission)) return true;
    warn(i18n.global.t('error.permission', { permission: page.permission }));
    return HOME;
  });
  router.afterEach((to) => {
    const page = PAGES.find(({ path }) => path === to.matched[0]?.path);
    document.title = page === undefined ? 'qaexchange' : `${i18n.global.t(`page.${page.name}`)} · qaexchange`;
  });
  return router;
}

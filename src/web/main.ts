import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './app.vue';
import { i18n } from './i18n.js';
import { newRouter } from './router.js';
import './styles/base.css';
import { reloadOnce } from './upgrade.js';

// a part of the page that the server has no more belongs to an older build
addEventListener('vite:preloadError', (event) => {
  if (reloadOnce()) event.preventDefault();
});

createApp(App).use(createPinia()).use(i18n).use(newRouter()).mount('#app');

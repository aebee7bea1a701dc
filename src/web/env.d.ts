/** Name of the build that this page came with. */
declare const __BUILD__: string;

declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}

declare module '*.css';

// The admin page, built by itself as any page is that takes `evenhand-desk.js` from a folder.

import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('vue', import.meta.url)),
  base: './',
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'evenhand-desk' } } })],
  build: { outDir: '../../dist/vue', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
});

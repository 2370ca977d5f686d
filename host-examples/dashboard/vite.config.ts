import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';

// The entry that is told where the module is: base64 in a script would cost a third more on the wire.
const engine = { find: /^evenhand$/, replacement: 'evenhand/web' };

/** What other bundlers know a worker by: the address in one piece. */
const workers: Plugin = {
  name: 'workers',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type === 'chunk') file.code = file.code.replaceAll(/new URL\(new URL\(`(assets\/worker-[\w-]+\.js)`,import\.meta\.url\)\.href,``\+import\.meta\.url\)/g, 'new URL("./$1",import.meta.url)');
    }
  },
};

export default defineConfig({
  // Works from any folder of any server.
  base: './',
  // The plain page that embeds it, copied as it is.
  publicDir: 'embed/plain',
  plugins: [vue(), workers],
  resolve: { alias: [engine] },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Those that know `light-dark()`: what older ones would get in its place does not follow `color-scheme` of the page around.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // Of the packages that are in it.
    license: { fileName: 'LICENSES.md' },
    modulePreload: { polyfill: false },
    // A name that stays, for the pages that embed it.
    rolldownOptions: { output: { entryFileNames: 'evenhand-desk.js' } },
  },
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
});

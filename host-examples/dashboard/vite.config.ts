import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** The folders of the packages that are in the page and in its workers, which are built before it. */
const bundled = new Set<string>();

/** Writes their names and licences. */
const licenses = (write: boolean): Plugin => ({
  name: 'licenses',
  generateBundle(_, bundle) {
    const ids = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    for (const id of ids) {
      const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.split('\\').join('/').replaceAll('\0', ''))?.[0];
      if (folder) bundled.add(folder);
    }
    if (!write) return;
    const sections = Array.from(bundled, (folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>;
      const file = readdirSync(folder).find((one) => /^licen[cs]e(\.\w+)?$/i.test(one));
      return `## ${name} ${version} (${license})\n${file ? `\n${readFileSync(join(folder, file), 'utf8').trim()}\n` : ''}`;
    });
    this.emitFile({ type: 'asset', fileName: 'LICENSES.md', source: `# Packages that are in these files\n\n${sections.sort().join('\n')}` });
  },
});

export default defineConfig({
  // Works from any folder of any server.
  base: './',
  // The plain page that embeds it, copied as it is.
  publicDir: 'embed/plain',
  plugins: [vue(), workers, licenses(true)],
  resolve: { alias: [engine] },
  worker: { format: 'es', plugins: () => [licenses(false)] },
  build: {
    target: 'es2022',
    // Those that know `light-dark()`: what older ones would get in its place does not follow `color-scheme` of the page around.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // A name that stays, for the pages that embed it.
    rolldownOptions: { output: { entryFileNames: 'evenhand-desk.js' } },
  },
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
});

import { readFileSync } from 'node:fs';
import { defineConfig, mergeConfig, type Plugin } from 'vite';
import { drawn } from './vite/drawn.mjs';
import product from './vite.config.js';

const here = import.meta.dirname;

/** The parts of the page on the phone are markup, because its policy lets no string become some. */
const pagerParts: Plugin = {
  name: 'vigil-pager-parts',
  transformIndexHtml(html) {
    const pager = readFileSync(`${here}/pager.html`, 'utf8');
    const parts = pager.slice(pager.indexOf('<template'), pager.indexOf('</template>')) + '</template>';
    return html.replace('</body>', `${parts}</body>`);
  },
};

/** The gallery of components, for looking at and for tests. A build of its own: nothing of it is in the product. */
const { build, ...shared } = product;
export default mergeConfig(
  shared,
  defineConfig({
    plugins: [drawn(), pagerParts],
    build: {
      outDir: `${here}/dist-gallery`,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: build?.target ?? 'es2022',
      rolldownOptions: { input: { gallery: `${here}/gallery.html` } },
    },
  }),
);

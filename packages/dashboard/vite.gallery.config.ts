import { defineConfig, mergeConfig } from 'vite';
import { drawn } from './vite/drawn.mjs';
import product from './vite.config.js';

const here = import.meta.dirname;

/** The gallery of components, for looking at and for tests. A build of its own: nothing of it is in the product. */
const { build, ...shared } = product;
export default mergeConfig(
  shared,
  defineConfig({
    plugins: [drawn()],
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

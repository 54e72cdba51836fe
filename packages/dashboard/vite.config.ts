import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './vite/compressed.mjs';
import { firstFile, pureSchemas, withoutJsonSchema } from './vite/first-load.mjs';

const here = import.meta.dirname;

/**
 * Two entries from one build: the app (React) and the pager (plain TypeScript, because a cold phone on hospital
 * Wi-Fi must show Accept at once). Neither inlines a script, a style or an asset: the page is served under
 * `default-src 'self'`.
 */
export default defineConfig({
  root: here,
  base: '/',
  plugins: [react(), pureSchemas(), withoutJsonSchema(), compressed()],
  resolve: {
    alias: [
      { find: '@vigil/contracts', replacement: `${here}/../contracts/src/index.ts` },
      { find: /^zod$/, replacement: `${here}/src/zod-without-eval.ts` },
    ],
  },
  build: {
    outDir: `${here}/dist`,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    rolldownOptions: {
      input: { index: `${here}/index.html`, pager: `${here}/pager.html` },
      output: { codeSplitting: firstFile({ main: `${here}/src/main.tsx`, pager: `${here}/src/pager/main.ts` }) },
    },
  },
});

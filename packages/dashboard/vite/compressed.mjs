import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Smaller than this, what a browser has to be told of the encoding weighs more than what is saved. */
const BYTES_MIN = 1_024;
const TEXT = /\.(js|css|html|svg|webmanifest)$/;

/**
 * Writes `.br` and `.gz` beside the files of a build, once, as small as they get: the platform sends them as they are, and a
 * phone on weak Wi-Fi loads a third.
 *
 * @returns {import('vite').Plugin}
 */
export function compressed() {
  let folder = '';
  return {
    name: 'vigil-compressed',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      // Also after a build that failed, which says why by itself.
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder, { recursive: true })) {
        const file = join(folder, name);
        if (!TEXT.test(file)) continue;
        const text = readFileSync(file);
        if (text.length < BYTES_MIN) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
        writeFileSync(`${file}.br`, brotliCompressSync(text, { params }));
        writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
      }
    },
  };
}

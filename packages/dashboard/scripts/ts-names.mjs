/**
 * Lets a script import TypeScript of this repository, where `./name.js` is the file `./name.ts`: Node strips the types and takes
 * names as they are written. For scripts alone; the product is built.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  resolve(specifier, context, next) {
    if (!/^\.{1,2}\/.*\.js$/.test(specifier) || context.parentURL === undefined) return next(specifier, context);
    const url = new URL(specifier, context.parentURL);
    const isBuilt = existsSync(fileURLToPath(url));
    return next(isBuilt ? specifier : specifier.replace(/\.js$/, '.ts'), context);
  },
});

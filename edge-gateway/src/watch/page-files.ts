import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

const PAGE = new URL('../../page/', import.meta.url);
const SCRIPTS = new URL('../../dist/page/', import.meta.url);

const FILES: Readonly<Record<string, { readonly at: URL; readonly type: string }>> = {
  '/': { at: new URL('index.html', PAGE), type: 'text/html; charset=utf-8' },
  '/watch.css': { at: new URL('watch.css', PAGE), type: 'text/css; charset=utf-8' },
  '/icon.svg': { at: new URL('icon.svg', PAGE), type: 'image/svg+xml' },
  ...Object.fromEntries(
    ['main', 'words', 'sound', 'render', 'state', 'shapes', 'dom'].map((name) => [
      `/${name}.js`,
      { at: new URL(`${name}.js`, SCRIPTS), type: 'text/javascript; charset=utf-8' },
    ]),
  ),
};

/**
 * The files of the page, by path, read once: nothing else of this machine can be asked for.
 *
 * @throws Error that names what is not built
 */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = await Promise.all(
    Object.entries(FILES).map(async ([path, { at, type }]): Promise<[string, PageFile]> => {
      try {
        return [path, { type, body: await readFile(at) }];
      } catch (cause) {
        throw new Error(`${fileURLToPath(at)} is missing; run \`npm run build\``, { cause });
      }
    }),
  );
  return new Map(files);
}

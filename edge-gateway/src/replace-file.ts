import { rename, writeFile } from 'node:fs/promises';

/**
 * Replaces a small file whole, mode 0600. A crash of the process leaves the old content or the new. With `flush` so does a power
 * loss, as far as the content goes; without, it may leave a torn one.
 *
 * One call at a time for each file: two would share the temporary one.
 *
 * @throws what the disk says
 */
export async function replaceFile(path: string, content: string | Uint8Array, { flush = false } = {}): Promise<void> {
  await writeFile(`${path}.tmp`, content, { mode: 0o600, flush });
  await rename(`${path}.tmp`, path);
}

import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './log/segment.js';

/** Replaces a file so that a crash leaves the old or the new content, whole and on disk. Mode 0600. */
export async function writeFileAtomically(path: string, content: string | Buffer): Promise<void> {
  const file = await open(`${path}.tmp`, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.tmp`, path);
  await syncFolder(dirname(path));
}

import { dirname } from 'node:path';
import { type Disk, nodeDisk } from './log/disk.js';

/** Replaces a file so that a crash leaves the old or the new content, whole and on disk. Mode 0600. */
export async function writeFileAtomically(path: string, content: string | Buffer, disk: Disk = nodeDisk): Promise<void> {
  const file = await disk.open(`${path}.tmp`, 'create');
  try {
    await file.write(typeof content === 'string' ? Buffer.from(content) : content, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(`${path}.tmp`, path);
  await disk.syncFolder(dirname(path));
}

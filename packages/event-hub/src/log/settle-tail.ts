import { join } from 'node:path';
import type { LogPlace, Tail } from './log-walk.js';
import { segmentName } from './segment.js';

/**
 * Cuts off what is behind the last record and makes sure that this record is on disk.
 *
 * It was read, but maybe from memory only: the process may have ended before its sync, or because that sync failed.
 * After a failed one the system takes the pages for clean, and a later sync would pass them over; so the same bytes are
 * written once more. All records before it were synced, since nothing is written after a sync that failed.
 */
export async function settleTail({ disk, folder }: LogPlace, { number, lastAt, end }: Tail): Promise<void> {
  const file = await disk.open(join(folder, segmentName(number)), 'change');
  try {
    const last = Buffer.alloc(end - lastAt);
    await file.read(last, lastAt);
    await file.write(last, lastAt);
    await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}

import { readFile } from 'node:fs/promises';
import { type Clock, SteadyClock } from '@vigil/clock';
import { z } from 'zod';
import { codeOf, type GatewayLog } from '../log.js';
import { replaceFile } from '../replace-file.js';

/** How much of the time that was told may be forgotten by a process that is killed. */
const SAVE_EVERY_MS = 5_000;

const Mark = z.object({ atMs: z.number().int().positive() });

/**
 * Carries event time over a restart: the newest that was told is kept on the disk, and a gateway whose wall clock is behind it
 * goes on from there. Without that, a restart after the clock was set back, or with a clock that lost its battery, would send
 * readings and ticks that are older than what their beds have seen, and their alarms would be silent with nobody told. Times
 * of a replay or of a test are left alone.
 *
 * @returns ends it, with a last mark
 */
export async function keepClockMark(clock: Clock, file: string, log: GatewayLog): Promise<() => Promise<void>> {
  if (!(clock instanceof SteadyClock)) return () => Promise.resolve();
  const mark = await readMark(file);
  if (mark !== null) clock.resume(mark);
  let [saving, failed] = [Promise.resolve(), ''];
  const write = async (): Promise<void> => {
    try {
      await replaceFile(file, JSON.stringify({ atMs: clock.nowMs() }), { flush: true });
      failed = '';
    } catch (error) {
      const code = codeOf(error);
      if (code !== failed) log.warn({ code }, 'the newest event time is not saved; a restart may take time back');
      failed = code;
    }
  };
  // One after the other: two at a time would share the temporary file.
  const save = (): Promise<void> => {
    saving = saving.then(write);
    return saving;
  };
  await save();
  const cancel = clock.every(SAVE_EVERY_MS, () => void save());
  return () => {
    cancel();
    return save();
  };
}

/** Null when there is none, or none that can be read: then the wall clock counts. */
async function readMark(file: string): Promise<number | null> {
  try {
    return Mark.parse(JSON.parse(await readFile(file, 'utf8'))).atMs;
  } catch {
    return null;
  }
}

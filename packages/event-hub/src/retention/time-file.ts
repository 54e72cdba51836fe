import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.js';

const TimeFile = z.object({ format: z.literal(1), timeMs: z.number().int() });

/** Retention's time as it was kept last, or null when there is none that can be read: then it begins again from the log. */
export async function readTime(path: string): Promise<number | null> {
  try {
    return TimeFile.parse(JSON.parse(await readFile(path, 'utf8'))).timeMs;
  } catch {
    return null;
  }
}

/** Durable when it resolves. */
export function writeTime(path: string, timeMs: number): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify({ format: 1, timeMs })}\n`);
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type ClockAnchor, ScaledClock, SystemClock } from './clock.js';

/** Name of the file in the data folder that ties event time to wall time. */
export const CLOCK_FILE = 'clock.json';

/**
 * The clock of a data folder, the same for every process that opens it (decisions.md, D8).
 *
 * The anchor is written once and kept, so event time goes on through restarts and never runs backwards. A change
 * of `rate` writes a new anchor at the event time that the old one has reached. With rate 1 and no file, event
 * time is wall time and nothing is written.
 *
 * @throws Error when the folder was replayed at another speed and `requireWall` asks for wall time
 */
export function loadClock(dataDir: string, rate: number, options: { readonly requireWall?: boolean } = {}): Clock {
  const file = join(dataDir, CLOCK_FILE);
  const old = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClockAnchor) : null;
  if (old === null && rate === 1) return new SystemClock();
  if (options.requireWall === true) {
    throw new Error(`${dataDir} holds a replay on a scaled clock; give real devices a data folder of their own (VIGIL_DATA_DIR)`);
  }
  if (old !== null && old.rate === rate) return new ScaledClock(old);
  const wallMs = Date.now();
  const eventMs = old === null ? wallMs : new ScaledClock(old).nowMs();
  const anchor: ClockAnchor = { wallMs, eventMs, rate };
  writeFileSync(`${file}.tmp`, JSON.stringify(anchor));
  renameSync(`${file}.tmp`, file);
  return new ScaledClock(anchor);
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, CLOCK_FILE, type ClockAnchor, ScaledClock, SystemClock } from '@vigil/clock';

/** Event time as the platform left it, for a command beside it. */
export function eventClock(dataDir: string): Clock {
  const file = join(dataDir, CLOCK_FILE);
  return existsSync(file) ? new ScaledClock(JSON.parse(readFileSync(file, 'utf8')) as ClockAnchor) : new SystemClock();
}

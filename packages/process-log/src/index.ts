import { SystemClock } from '@vigil/clock';
import pino, { type Logger } from 'pino';

export { SECRET_SETTINGS, SecretFileError, withSecretFiles } from './secret-files.js';
export { keepYoungGenerationSmall } from './young-generation.js';

/** Lines that wait at most for whoever reads the output; beyond, lines are dropped rather than memory filled. */
const WAITING_BYTES_MAX = 1024 * 1024;
/** Wall time that the last lines get to be written. */
const LAST_LINES_MS = 2_000;

export interface ProcessLog {
  readonly log: Logger;
  /** Ends the process once the last lines are out, or two seconds later. */
  leave(code: number): void;
}

/**
 * JSON lines on stdout, for every process of Vigil. Writing never holds the event loop up: a terminal that has stopped (Ctrl-S) must not stop the
 * alarms. The output is given up before the end, because pino's own flush at exit tries again for ever when the
 * reader is gone (sonic-boom 4, `flushSync` on EPIPE), and the process would never end.
 */
export function processLog({ level = 'info', name }: { readonly level?: string; readonly name?: string } = {}): ProcessLog {
  // With a smallest length of 0, `flush` says at once that all is out (sonic-boom 4.2), and the last line is lost with the process.
  const output = pino.destination({ dest: 1, sync: false, minLength: 1, maxLength: WAITING_BYTES_MAX });
  const log = pino({ level, base: null, ...(name === undefined ? {} : { name }) }, output);
  const leave = (code: number): void => {
    const end = (): void => {
      output.destroy();
      process.exit(code);
    };
    new SystemClock().after(LAST_LINES_MS, end);
    output.flush(end);
  };
  return { log, leave };
}

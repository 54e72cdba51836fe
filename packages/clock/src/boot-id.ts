import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Where Linux names the start of the machine; a new one with each. */
const FILE = '/proc/sys/kernel/random/boot_id';

let known: string | null = null;

/** What names this start of the machine. Where the machine does not say, each process is one of its own: times of others are then not compared. */
export function bootId(): string {
  known ??= read() ?? randomUUID();
  return known;
}

function read(): string | null {
  try {
    return readFileSync(FILE, 'utf8').trim();
  } catch {
    return null;
  }
}

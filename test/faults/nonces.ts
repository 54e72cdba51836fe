import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomOf } from './kill-plan.js';
import { countNonces, linesIn, type NonceReport } from './nonce-ledger.js';

const CHILD = fileURLToPath(new URL('./nonce-child.mjs', import.meta.url));
/** One pair of processes in so many is killed at a random moment of its start, before it seals. */
const KILLED_EARLY_EVERY = 5;
const START_MS = 200;
/** A fast machine seals the lot in the life of one pair. */
const KILLS_MIN = 12;
const STORE_FILES = ['keys.db', 'keys.db-wal', 'keys.db-shm'];

export interface NonceRun {
  readonly count: number;
  readonly seed: number;
  readonly folder: string;
  readonly kind: 'fields' | 'segments';
  /** Puts the key store back to an earlier copy before every third start, as a restored snapshot of the machine does. */
  readonly restores: boolean;
}

export type NonceRunReport = NonceReport & { readonly kills: number; readonly restored: number };

/** Two processes at once seal under the same store, are killed at random moments and started again, until `count` and a dozen kills are reached. */
export async function runNonces({ count, seed, folder, kind, restores }: NonceRun): Promise<NonceRunReport> {
  const random = randomOf(seed);
  const ledgers = join(folder, 'ledgers');
  mkdirSync(ledgers, { recursive: true });
  // Few sealed values are spread over many kills too.
  const lifeMsMax = Math.min(3_000, 50 + count / 300);
  let kills = 0;
  let restored = 0;
  while (linesIn(ledgers) < count || kills < KILLS_MIN) {
    if (restores && kills % 6 === 2) copyStore(folder, 'snapshot', 'save');
    if (restores && kills % 6 === 4 && copyStore(folder, 'snapshot', 'restore')) restored++;
    const children = [0, 1].map((n) => startChild(kind, folder, join(ledgers, `${kills + n}.bin`)));
    const isEarly = (kills / 2) % KILLED_EARLY_EVERY === 3;
    if (!isEarly) await Promise.all(children.map(({ isSealing }) => isSealing));
    await new Promise((resolve) => setTimeout(resolve, random() * (isEarly ? START_MS : lifeMsMax)));
    await Promise.all(children.map(kill));
    kills += children.length;
  }
  return { ...countNonces(ledgers), kills, restored };
}

interface Child {
  readonly process: ChildProcess;
  readonly said: string[];
  /** Resolves when it has said that it begins, or has ended. */
  readonly isSealing: Promise<unknown>;
}

function startChild(kind: string, folder: string, ledger: string): Child {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, kind, folder, ledger], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const isSealing = Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return { process: child, said, isSealing };
}

/** A child that ended by itself did not do what it is for. */
async function kill({ process: child, said }: Child): Promise<void> {
  if (child.exitCode !== null) throw new Error(`the sealing process ended with ${child.exitCode}: ${said.join('')}`);
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Both processes are dead: the files are what a snapshot of the machine would hold. */
function copyStore(folder: string, name: string, way: 'save' | 'restore'): boolean {
  const aside = join(folder, name);
  if (way === 'restore' && !existsSync(join(aside, STORE_FILES[0]!))) return false;
  const [from, to] = way === 'save' ? [folder, aside] : [aside, folder];
  mkdirSync(aside, { recursive: true });
  for (const file of STORE_FILES) {
    rmSync(join(to, file), { force: true });
    if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
  }
  return true;
}

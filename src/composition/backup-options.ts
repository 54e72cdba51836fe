import { resolve } from 'node:path';
import { SystemClock } from '@vigil/clock';
import { type Command, InvalidArgumentError } from 'commander';
import { backupCommand, backupKeyCommand, backupsCommand, type CommandParts } from './backup-command.js';
import { restoreCommand } from './restore-command.js';

export interface BackupCommandsOptions {
  readonly dataDir: () => string;
  readonly env: CommandParts['env'];
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
}

const DAYS_KEPT = 35;
const MIB_PER_S = 64;

/** `vigil backup-key`, `backup`, `backups` and `restore` (docs/backup.md). */
export function addBackupCommands(program: Command, { dataDir, env, out, progress }: BackupCommandsOptions): void {
  const clock = new SystemClock();
  const parts = (): CommandParts => ({ dataDir: dataDir(), env, clock, out, progress });
  program
    .command('backup-key <file>')
    .description('make the recovery key of this site: what opens its back-ups, to be kept away from this machine')
    .option('--new', 'another one although there is one; back-ups go to new folders from then on', false)
    .action((file: string, options: { new: boolean }) => {
      for (const line of backupKeyCommand(parts(), file, options.new)) out(line);
    });
  program
    .command('backup <folder>')
    .description(
      'copy the data folder while Vigil runs: data to <folder>, keys to another one; sealed, signed, and only what changed',
    )
    .requiredOption('--keys-to <folder>', 'where the keys go; the data can not be read without them')
    .option('--every <minutes>', 'go on, and make one every so many minutes', number(1, 1440))
    .option('--full', 'write everything, also what the run before has; done by itself once a day', false)
    .option(
      '--keep-days <days>',
      'days after which a run goes: all of a day, one an hour of a week, one a day',
      number(1, 3650),
      DAYS_KEPT,
    )
    .option('--rate-mib <n>', 'MiB a second at most, so that alarms are not held up; 0: no limit', number(0, 10_000), MIB_PER_S)
    .action(
      async (folder: string, given: { keysTo: string; every?: number; full: boolean; keepDays: number; rateMib: number }) => {
        const stop = new AbortController();
        if (given.every !== undefined) for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort());
        await backupCommand(parts(), {
          ...{ dataTarget: folder, keysTarget: given.keysTo, everyMin: given.every ?? null, isFull: given.full },
          ...{ keepDays: given.keepDays, mibPerS: given.rateMib, signal: stop.signal },
        });
      },
    );
  program
    .command('backups <folder>')
    .description('list the back-ups in a folder; with --verify, read every byte of them; exit code 1 for a damaged one')
    .option('--verify', 'hold every pack against its signed hash', false)
    .action((folder: string, { verify }: { verify: boolean }) => {
      const { lines, ok } = backupsCommand(parts(), folder, verify);
      for (const line of lines) out(line);
      process.exitCode = ok ? 0 : 1;
    });
  program
    .command('restore <folder>')
    .description('put a back-up into an empty data folder; checks all of it first, and whoever was erased since stays erased')
    .requiredOption('--into <folder>', 'the data folder to make; it must be empty')
    .requiredOption('--keys <folder>', 'the folder of the keys')
    .requiredOption('--recovery-key <file>', 'the file that `vigil backup-key` made')
    .option('--at <time>', 'the newest back-up at or before then, e.g. 2026-11-20T10:00:00Z', time)
    .option('--erased <file>', 'a newer erased.vge, where both folders are copies from before an erasure')
    .action(async (folder: string, given: { into: string; erased?: string; keys: string; recoveryKey: string; at?: number }) => {
      const { into, keys, recoveryKey, at, erased } = given;
      await restoreCommand(
        { env, clock, out, progress },
        { dataFolder: folder, keysFolder: keys, recoveryFile: recoveryKey, into: resolve(into), atMs: at, erasedFile: erased },
      );
    });
}

function number(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text !== '' && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`a number from ${low} to ${high}`);
  };
}

function time(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('a time such as 2026-11-20T10:00:00Z');
  return atMs;
}

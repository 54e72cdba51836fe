import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@vigil/clock';
import { createPublicKey } from 'node:crypto';
import { PostgresDatabases } from '../adapters/postgres-dump/postgres-databases.js';
import { SqliteDatabases } from '../adapters/sqlite-copy/sqlite-databases.js';
import { BackupError } from '../backup/backup-error.js';
import { headersOf } from '../backup/drop-old-runs.js';
import { BACKUP_FOLDER, type LastRun } from '../backup/last-run.js';
import { makeBackup, SITE_KEYS_FILE, siteKeysOf } from '../backup/make-backup.js';
import { requirePack } from '../backup/pack.js';
import { paceOf, sleepHere } from '../backup/pace.js';
import { makeRecoveryKey } from '../backup/recovery-key.js';
import { isSameDisk, readMark, runIds, writeWhole } from '../backup/target.js';
import { databaseOf } from './database.js';

const MIB = 1024 ** 2;
const MINUTE_MS = 60_000;

export interface CommandParts {
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly out: (line: string) => void;
  readonly progress: (line: string) => void;
}

/**
 * `vigil backup-key <file>`: makes the pair of keys that back-ups of this site are sealed and signed with. Only the file opens them.
 * @throws BackupError `target` where it would lie beside the data, or one is there
 */
export function backupKeyCommand(
  { dataDir, clock }: Pick<CommandParts, 'dataDir' | 'clock'>,
  file: string,
  isNew: boolean,
): readonly string[] {
  const path = resolve(file);
  if (path.startsWith(`${dataDir}${sep}`)) {
    throw new BackupError(
      'target',
      `${path} is in the data folder: whoever loses that folder would lose the recovery key with it; give another place`,
    );
  }
  if (!existsSync(dataDir))
    throw new BackupError('target', `there is no data folder ${dataDir}: start Vigil once, or name it with --data-dir`);
  const sitePath = join(dataDir, BACKUP_FOLDER, SITE_KEYS_FILE);
  if (existsSync(sitePath) && !isNew) {
    throw new BackupError(
      'target',
      'this site has a recovery key; with --new another one is made, and back-ups go to new folders from then on',
    );
  }
  const { recoveryText, siteText, recipientId } = makeRecoveryKey(Math.round(clock.wallMs()));
  try {
    writeFileSync(path, recoveryText, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw new BackupError('target', `${path} ${isThere ? 'is there already and is not overwritten' : "can't be written"}`, error);
  }
  mkdirSync(dirname(sitePath), { recursive: true, mode: 0o700 });
  writeWhole(sitePath, Buffer.from(siteText));
  return [
    `made ${recipientId} in ${path}`,
    'Move that file away from this machine, to two places that do not burn down together, and delete it here.',
    'Without it no back-up can be read, by anybody; with it, the data folder and the keys folder everything can.',
  ];
}

export interface BackupCommand {
  readonly dataTarget: string;
  readonly keysTarget: string;
  readonly everyMin: number | null;
  readonly isFull: boolean;
  readonly keepDays: number;
  readonly mibPerS: number;
  /** Ends the loop between two runs. */
  readonly signal: AbortSignal;
}

/**
 * `vigil backup <folder> --keys-to <folder>`: one back-up, or one after the other. In a loop a run that fails is told and tried again
 * when the next one is due.
 *
 * @throws BackupError of a single run
 */
export async function backupCommand(parts: CommandParts, command: BackupCommand): Promise<void> {
  const { env, dataDir, clock, out } = parts;
  const { url } = databaseOf(dataDir, env['DATABASE_URL']);
  requireOwnKeys(env);
  if (url === null && !existsSync(join(dataDir, 'vigil.db')))
    throw new BackupError('target', `no vigil.db in ${dataDir}: start Vigil once, or name its folder with --data-dir`);
  beModest();
  if (command.everyMin === null) {
    for (const line of await once(parts, command)) out(line);
    return;
  }
  for (let isFirst = true; !command.signal.aborted; isFirst = false) {
    const startedMs = clock.steady().atMs;
    try {
      for (const line of await once(parts, { ...command, isFull: command.isFull && isFirst })) out(line);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      out(`${new Date(clock.wallMs()).toISOString()}  NOT DONE (${error.code}): ${error.message}`);
    }
    const leftMs = command.everyMin * MINUTE_MS - (clock.steady().atMs - startedMs);
    await sleep(Math.max(0, leftMs), undefined, { signal: command.signal }).catch(() => undefined);
  }
}

async function once({ dataDir, env, clock, progress }: CommandParts, command: BackupCommand): Promise<readonly string[]> {
  const { dataTarget, keysTarget, isFull, keepDays, mibPerS } = command;
  const { url } = databaseOf(dataDir, env['DATABASE_URL']);
  const last = await makeBackup({
    ...{
      dataDir,
      dataTarget: resolve(dataTarget),
      keysTarget: resolve(keysTarget),
      isFull,
      keepDays,
      progress,
      version: version(),
    },
    clock,
    databases: url === null ? new SqliteDatabases(dataDir) : new PostgresDatabases(dataDir, url),
    pace: paceOf(mibPerS * MIB, () => clock.steady().atMs, sleepHere),
  });
  const lines = [said(last), ...warnings(dataDir, resolve(dataTarget), resolve(keysTarget))];
  return isSet(env, 'INFLUX_URL')
    ? [...lines, 'NOT IN IT history: it is in InfluxDB, which is backed up by its own means (docs/backup.md)']
    : lines;
}

function said({ runId, isFull, readBytes, writtenBytes, tookMs }: LastRun): string {
  const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
  const kind = isFull ? 'everything' : 'what changed';
  return `${runId}  ${kind}: ${mib(readBytes)} MiB looked at, ${mib(writtenBytes)} MiB written in ${(tookMs / 1_000).toFixed(1)} s`;
}

function warnings(dataDir: string, dataTarget: string, keysTarget: string): readonly string[] {
  const lines: string[] = [];
  if (isSameDisk(dataDir, dataTarget))
    lines.push(`WARNING ${dataTarget} is on the disk of the data folder: when that fails, both are gone`);
  if (isSameDisk(dataTarget, keysTarget))
    lines.push(`WARNING data and keys are on one disk: whoever takes it has both; the recovery key alone is apart`);
  return lines;
}

/** `vigil backups <folder>`: the runs that are there, and with `verify` whether every byte of them is. @returns the lines, and whether all is well */
export function backupsCommand(
  { dataDir }: Pick<CommandParts, 'dataDir'>,
  folder: string,
  verify: boolean,
): { lines: readonly string[]; ok: boolean } {
  const path = resolve(folder);
  const mark = readMark(path);
  if (mark?.holds !== 'data') throw new BackupError('no-backup', `${path} holds no back-up of Vigil`);
  const signer = createPublicKey(siteKeysOf(dataDir).signer);
  const headers = headersOf(path, signer);
  const unread = runIds(path).filter((runId) => !headers.some((header) => header.runId === runId));
  const faults = new Map<string, string>();
  if (verify)
    for (const pack of new Map(headers.flatMap(({ packs }) => packs.map((one) => [one.id, one] as const))).values()) {
      try {
        requirePack(path, pack);
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
        faults.set(pack.id, error.message);
      }
    }
  const lines = headers.map(({ runId, isFull, packs, version: of }) => {
    const bytes = packs.reduce((sum, pack) => sum + pack.bytes, 0);
    const isWhole = packs.every(({ id }) => !faults.has(id));
    const state = verify ? (isWhole ? '  whole' : '  DAMAGED') : '';
    return `${runId}  ${isFull ? 'full       ' : 'incremental'}  ${(bytes / MIB).toFixed(1)} MiB in ${packs.length} packs, Vigil ${of}${state}`;
  });
  const wrong = [...unread.map((runId) => `${runId}  DAMAGED, or of another site`), ...faults.values()];
  return { lines: lines.length + wrong.length === 0 ? ['no run has ended here'] : [...lines, ...wrong], ok: wrong.length === 0 };
}

/** Without its keys a back-up could not be read, and would look whole. @throws BackupError `target` */
function requireOwnKeys(env: CommandParts['env']): void {
  if (!isSet(env, 'KEYS_DATABASE_URL')) return;
  throw new BackupError(
    'target',
    'KEYS_DATABASE_URL is set: the data keys are in that database, which no back-up holds yet: dump both databases by the means of the server (docs/backup.md, "PostgreSQL")',
  );
}

/** A secret may be in a file (`…_FILE`). */
function isSet(env: CommandParts['env'], name: string): boolean {
  return [name, `${name}_FILE`].some((each) => (env[each] ?? '') !== '');
}

/** Alarms come first on this machine. */
function beModest(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A system that has no priorities has the pace.
  }
}

export function version(): string {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from './backup-error.js';
import { type Header, openContainer, readHeader } from './container.js';
import type { Erased } from './databases.js';
import { headersOf } from './drop-old-runs.js';
import { type KeysBody, readErased, readKeysPart } from './keys-part.js';
import { requirePack } from './pack.js';
import { readRecoveryKey, type RecoveryKey } from './recovery-key.js';
import { decodeRun, type RunContent } from './run.js';
import { ERASED_FILE, KEYS_FILE, readMark, runIds, runPath } from './target.js';

export interface Places {
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly recoveryFile: string;
  /** A newer list of whoever was erased, where both folders are copies from before that. */
  readonly erasedFile?: string | undefined;
}

export interface OpenedBackup {
  readonly header: Header;
  readonly run: RunContent;
  readonly keysHeader: Header;
  readonly keys: KeysBody;
  /** Whoever was erased by what either folder knows. */
  readonly erased: readonly Erased[];
}

/**
 * Reads a back-up and holds every byte of it against what the site signed, before anything is written anywhere.
 *
 * @param pick the newest run at or before `atMs`; without it the newest
 * @throws BackupError, each saying which file and what to do
 */
export function openBackup(
  places: Places,
  pick: { readonly atMs?: number | undefined },
  progress: (line: string) => void,
): OpenedBackup {
  const { dataFolder, keysFolder, recoveryFile } = places;
  if (!existsSync(recoveryFile))
    throw new BackupError('no-recovery-key', `there is no file ${recoveryFile}: without the recovery key nothing can be read`);
  const recovery = readRecoveryKey(readFileSync(recoveryFile, 'utf8'), recoveryFile);
  requireHolds(dataFolder, 'data', recovery);
  const keys = openKeys(keysFolder, recovery);
  const header = pickRun(dataFolder, recovery, pick.atMs);
  const repositoryKey = Buffer.from(keys.body.repositoryKey, 'base64');
  const path = runPath(dataFolder, header.runId);
  const run = decodeRun(openContainer(readHeader(readFileSync(path), recovery.signer, path), { repositoryKey }, path), path);
  for (const [i, pack] of header.packs.entries()) {
    progress(`checking pack ${i + 1} of ${header.packs.length}`);
    requirePack(dataFolder, pack);
  }
  const lists = [
    join(dataFolder, ERASED_FILE),
    join(keysFolder, ERASED_FILE),
    ...(places.erasedFile === undefined ? [] : [places.erasedFile]),
  ];
  const erased = lists.flatMap((list) => erasedIn(list, recovery));
  return {
    header,
    run,
    keysHeader: keys.header,
    keys: keys.body,
    erased: [...new Map(erased.map((one) => [one.subject, one])).values()],
  };
}

/** @throws BackupError `no-backup`, `other-site`, `keys-missing` */
function requireHolds(folder: string, holds: 'data' | 'keys', recovery: RecoveryKey): void {
  const mark = readMark(folder);
  if (mark === null) {
    if (holds === 'data') throw new BackupError('no-backup', `${folder} holds no back-up of Vigil`);
    throw new BackupError(
      'keys-missing',
      `${folder} holds no keys: the data can't be read without the folder that \`vigil backup … --keys-to\` wrote to`,
    );
  }
  if (mark.siteId !== recovery.siteId) {
    throw new BackupError(
      'wrong-recovery-key',
      `${folder} is of ${mark.siteId}, and the recovery key of ${recovery.siteId}: take the key of that site`,
    );
  }
  if (mark.holds !== holds)
    throw new BackupError(
      holds === 'data' ? 'no-backup' : 'keys-missing',
      `${folder} holds the ${mark.holds}, not the ${holds}: are the folders swapped?`,
    );
}

function openKeys(folder: string, recovery: RecoveryKey): { readonly header: Header; readonly body: KeysBody } {
  requireHolds(folder, 'keys', recovery);
  const path = join(folder, KEYS_FILE);
  if (!existsSync(path)) throw new BackupError('keys-missing', `${path} is not there: the data can't be read without it`);
  const read = readHeader(readFileSync(path), recovery.signer, path);
  return { header: read.header, body: readKeysPart(openContainer(read, { recovery }, path), path) };
}

/** A run that can't be read is passed over only where the person asked for an earlier one. */
function pickRun(folder: string, recovery: RecoveryKey, atMs: number | undefined): Header {
  const headers = headersOf(folder, recovery.signer);
  const [newest] = runIds(folder);
  if (newest === undefined) throw new BackupError('no-backup', `${folder} holds no run: no back-up has ended there`);
  if (atMs === undefined) {
    const path = runPath(folder, newest);
    return readHeader(readFileSync(path), recovery.signer, path).header;
  }
  const found = headers.find((header) => header.atMs <= atMs);
  if (found !== undefined) return found;
  throw new BackupError(
    'no-backup',
    `${folder} holds no run that is as old as that: the oldest is of ${new Date(headers.at(-1)?.atMs ?? 0).toISOString()}`,
  );
}

function erasedIn(path: string, recovery: RecoveryKey): readonly Erased[] {
  if (!existsSync(path)) {
    throw new BackupError('damaged', `${path} is missing: whoever was erased would come back; take another copy of it`);
  }
  const read = readHeader(readFileSync(path), recovery.signer, path);
  return readErased(openContainer(read, { recovery }, path), path);
}

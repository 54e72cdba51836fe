import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError, fileTrouble } from './backup-error.js';
import { type BlockIndex, decodeIndex, encodeIndex } from './block-index.js';
import { BlockWriter } from './block-writer.js';
import { type PackFacts, sealContainer } from './container.js';
import type { CopyFacts, Databases } from './databases.js';
import { encodeErased, keysPart, signingKeyNow } from './keys-part.js';
import { BACKUP_FOLDER, type LastRun, lastRunPath, readLastRun } from './last-run.js';
import { PackWriter, packPath } from './pack.js';
import type { Pace } from './pace.js';
import { dropOldRuns } from './drop-old-runs.js';
import { readSiteKeys, type SiteKeys } from './recovery-key.js';
import { encodeRun } from './run.js';
import { ERASED_FILE, KEYS_FILE, newRunId, openTarget, replaceForGood, requireApart, runPath, writeWhole } from './target.js';
import { filesOf } from './what.js';
import { whileLocked } from './lock.js';

export const SITE_KEYS_FILE = 'site-keys.json';
const INDEX_FILE = 'index.json';
/** One run that needs no other: what a lost or damaged pack costs ends here. */
const FULL_EVERY_MS = 24 * 3_600_000;
const COPY_TRIES_MAX = 3;
const COPY_MODE = 0o600;

export interface BackupOptions {
  readonly dataDir: string;
  readonly dataTarget: string;
  readonly keysTarget: string;
  readonly version: string;
  readonly clock: { wallMs(): number; steady(): { readonly atMs: number } };
  readonly databases: Databases;
  readonly pace: Pace;
  /** Runs older than that go. */
  readonly keepDays: number;
  readonly isFull?: boolean;
  /** Told how far it is, for whoever watches. */
  readonly progress: (line: string) => void;
}

/**
 * Makes one back-up while Vigil runs. Files first, then the stores as they are at one moment, then the keys: what is read later is never
 * older than what refers to it. A run counts once its last file has its name; one that was cut off leaves the runs before it whole.
 *
 * @throws BackupError
 */
export async function makeBackup(options: BackupOptions): Promise<LastRun> {
  const { dataDir, dataTarget, keysTarget } = options;
  const own = join(dataDir, BACKUP_FOLDER);
  const keys = siteKeysOf(dataDir);
  requireApart({ data: dataDir, backup: dataTarget, keys: keysTarget });
  return whileLocked(join(own, 'lock'), async () => {
    try {
      return remember(dataDir, await run(options, keys, own));
    } catch (cause) {
      const error = fileTrouble(dataTarget, cause);
      const last = readLastRun(dataDir) ?? NEVER;
      const failure = error instanceof BackupError ? error.code : 'failed';
      // A full disk may keep this from being written too; then the age of the last good one says it.
      tryTo(() => remember(dataDir, { ...last, failedMs: Math.round(options.clock.wallMs()), failure }));
      throw error;
    } finally {
      rmSync(join(own, 'staging'), { recursive: true, force: true });
    }
  });
}

const NEVER: LastRun = {
  ...{ goodMs: null, runId: null, isFull: false, readBytes: 0, writtenBytes: 0, tookMs: 0 },
  ...{ failedMs: null, failure: null },
};

/** @throws BackupError `no-recovery-key` */
export function siteKeysOf(dataDir: string): SiteKeys {
  const path = join(dataDir, BACKUP_FOLDER, SITE_KEYS_FILE);
  if (existsSync(path)) return readSiteKeys(readFileSync(path, 'utf8'), path);
  throw new BackupError(
    'no-recovery-key',
    'this site has no recovery key yet: make one with `npm run vigil -- backup-key <file>`, and keep that file away from this machine',
  );
}

async function run(options: BackupOptions, keys: SiteKeys, own: string): Promise<LastRun> {
  const { dataDir, dataTarget, keysTarget, clock, version, progress } = options;
  const startedMs = clock.steady().atMs;
  const { targetId } = openTarget(dataTarget, keys.siteId, 'data');
  openTarget(keysTarget, keys.siteId, 'keys');
  const fromMs = Math.round(clock.wallMs());
  const runId = newRunId(fromMs);
  const before = options.isFull === true ? null : usable(indexOf(own), { targetId, dataTarget, wallMs: fromMs });
  const pack = new PackWriter(dataTarget, runId, keys.repositoryKey);
  try {
    const blocks = new BlockWriter(pack, before, options.pace);
    const facts = await addAll(options, blocks, join(own, 'staging'), before === null);
    const writtenBytes = pack.bytes;
    const added = pack.end();
    const sealed = keysPart(dataDir, options.databases, keys.repositoryKey);
    const about = { runId, atMs: fromMs, version };
    const seal = (kind: 'keys' | 'erased', body: Buffer): Buffer => sealContainer(keys, { ...about, kind }, body, 'recovery');
    // The keys first: a run is there only when what opens it is. Who was erased is known in both places.
    replaceForGood(join(keysTarget, KEYS_FILE), seal('keys', sealed.body));
    const erased = seal('erased', encodeErased(sealed.erased));
    for (const folder of [keysTarget, dataTarget]) writeWhole(join(folder, ERASED_FILE), erased);
    const { store, dump, schema, log, auditSeq } = facts;
    const { bytes, packIds } = encodeRun({ store, dump, schema, log, auditSeq, fromMs, files: blocks.files });
    const packs = packsOf([...(before?.packs ?? []), ...(added === null ? [] : [added])], packIds);
    const isFull = before === null;
    writeWhole(runPath(dataTarget, runId), sealContainer(keys, { ...about, kind: 'run', packs, isFull }, bytes, 'repository'));
    const fullMs = before?.fullMs ?? fromMs;
    writeWhole(join(own, INDEX_FILE), encodeIndex({ targetId, fullMs, packs, files: blocks.known }));
    const dropped = dropOldRuns(dataTarget, { signer: keys.signer, nowMs: fromMs, keepDays: options.keepDays });
    if (dropped > 0) progress(`${dropped} old runs are gone`);
    const tookMs = Math.round(clock.steady().atMs - startedMs);
    return { ...NEVER, goodMs: fromMs, runId, isFull, readBytes: blocks.readBytes, writtenBytes, tookMs };
  } catch (error) {
    pack.drop();
    throw error;
  }
}

async function addAll(options: BackupOptions, blocks: BlockWriter, staging: string, isChecked: boolean): Promise<CopyFacts> {
  const { dataDir, databases, pace, progress } = options;
  for (const { path, part, mode } of filesOf(dataDir)) {
    if (part === 'data') blocks.addBytes(path, mode, readFileSync(join(dataDir, path)));
  }
  for (let tries = 1; ; tries++) {
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true, mode: 0o700 });
    const signing = signingKeyNow(dataDir);
    const stores = filesOf(dataDir).filter(({ part }) => part === 'database');
    progress('copying the databases');
    const facts = await databases.copy(
      stores.map(({ path }) => path),
      staging,
      pace.took,
    );
    if (signingKeyNow(dataDir) !== signing && tries < COPY_TRIES_MAX) continue;
    for (const path of facts.files) {
      const copy = join(staging, path);
      progress(`writing what is new of ${path}`);
      blocks.addFile(path, stores.find((file) => file.path === path)?.mode ?? COPY_MODE, copy);
      const fault = isChecked ? databases.faultOf(copy) : null;
      if (fault !== null)
        throw new BackupError('damaged', `${path} is damaged (${fault}): restore it from an older back-up, and look at the disk`);
      rmSync(copy);
    }
    return facts;
  }
}

function indexOf(own: string): BlockIndex | null {
  const path = join(own, INDEX_FILE);
  return existsSync(path) ? decodeIndex(readFileSync(path, 'utf8')) : null;
}

/** An index of another folder, of packs that went, or a day old: everything is written anew. */
function usable(
  index: BlockIndex | null,
  { targetId, dataTarget, wallMs }: { readonly targetId: string; readonly dataTarget: string; readonly wallMs: number },
): BlockIndex | null {
  if (index === null || index.targetId !== targetId) return null;
  const ageMs = wallMs - index.fullMs;
  if (ageMs < 0 || ageMs >= FULL_EVERY_MS) return null;
  return index.packs.every(({ id }) => existsSync(packPath(dataTarget, id))) ? index : null;
}

function packsOf(known: readonly PackFacts[], needed: readonly string[]): PackFacts[] {
  return known.filter(({ id }) => needed.includes(id));
}

function remember(dataDir: string, last: LastRun): LastRun {
  writeWhole(lastRunPath(dataDir), Buffer.from(`${JSON.stringify(last)}\n`));
  return last;
}

function tryTo(run: () => unknown): void {
  try {
    run();
  } catch {
    // The caller has a better reason to fail.
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eraseKeysAgain, eraseRecordsAgain } from '../adapters/sql/erase-again.js';
import { appendEntry } from '../adapters/sql/append-entry.js';
import { knownLogOf } from '../adapters/sql/adopt-log.js';
import { MIGRATIONS } from '../adapters/sql/migrations/index.js';
import { loadDump, parseDump } from '../adapters/sqlite-copy/small-dump.js';
import { loadPostgres, rewriteTables } from '../adapters/postgres-dump/load-dump.js';
import type { DatabaseUrl } from '../adapters/sql/database-url.js';
import { faultOf } from '../adapters/sqlite-copy/snapshots.js';
import { BackupError } from '../backup/backup-error.js';
import { openBackup, type OpenedBackup } from '../backup/open-backup.js';
import { requireEmpty, restoreInto } from '../backup/restore.js';
import { auditEntry } from '../ports/audit-trail.js';
import { adoptLogCommand, forgetInfluxPositions } from './adopt-log-command.js';
import type { CommandParts } from './backup-command.js';
import type { DatabasePlace } from './database.js';
import { databaseFor, withDatabase } from './restore-database.js';
import { verifyAuditCommand } from './verify-audit-command.js';

const MINUTE_MS = 60_000;

export interface RestoreCommand {
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly recoveryFile: string;
  readonly into: string;
  readonly atMs: number | undefined;
  readonly erasedFile?: string | undefined;
}

/**
 * `vigil restore <folder> --into <data dir> --keys <folder> --recovery-key <file>`: everything is checked before the first byte is written,
 * and what stands in the folder afterwards can be started.
 *
 * @throws BackupError with one line that says what to do; the folder is as it was then
 */
export async function restoreCommand(parts: Omit<CommandParts, 'dataDir'>, command: RestoreCommand): Promise<void> {
  const { clock, out, progress } = parts;
  const startedMs = clock.steady().atMs;
  const into = resolve(command.into);
  requireEmpty(into);
  const places = {
    dataFolder: resolve(command.dataFolder),
    keysFolder: resolve(command.keysFolder),
    recoveryFile: resolve(command.recoveryFile),
    erasedFile: command.erasedFile === undefined ? undefined : resolve(command.erasedFile),
  };
  const opened = openBackup(places, { atMs: command.atMs }, progress);
  requireKnownSchema(opened);
  const url = databaseFor(opened, into, parts);
  const wallMs = Math.round(clock.wallMs());
  for (const line of shown(opened, wallMs)) out(line);
  const restore = (): Promise<void> =>
    restoreInto(into, places.dataFolder, opened, {
      keyStore: async (file, text, erased) => {
        loadDump(file, parseDump(JSON.parse(text)));
        const destroyed = await eraseKeysAgain(file, erased);
        if (destroyed > 0)
          out(`ERASED    ${destroyed} keys of patients who were erased after these keys were copied are destroyed again`);
      },
      finish: (folder) => finish(parts, { folder, url, opened, wallMs }),
    });
  await (url === null ? restore() : withDatabase(url, opened, restore));
  const tookMin = ((clock.steady().atMs - startedMs) / MINUTE_MS).toFixed(1);
  out(
    `Restored into ${into} in ${tookMin} min. Start Vigil there, watch until /health/ready says ready, and then see docs/runbook.md, "After a restore".`,
  );
}

function requireKnownSchema({ run, header }: OpenedBackup): void {
  if (run.schema === null || run.schema in MIGRATIONS) return;
  throw new BackupError(
    'newer-version',
    `${header.runId} was made by a later version of Vigil (${header.version}, schema ${run.schema}): restore it with that version`,
  );
}

function shown({ header, run, keysHeader, erased }: OpenedBackup, wallMs: number): readonly string[] {
  const time = (ms: number): string => new Date(ms).toISOString();
  const minutes = Math.max(0, Math.round((wallMs - run.fromMs) / MINUTE_MS));
  const lines = [
    `run       ${header.runId}, made by Vigil ${header.version}; every pack is whole and signed by ${header.siteId}`,
    `shows     ${time(run.fromMs)}, with ${run.auditSeq} entries of the audit log`,
    `LOST      what was done since, ${minutes} min: answers to alarms, stays, accounts, notes. Ask people and the hospital's systems`,
  ];
  if (keysHeader.atMs < header.atMs) {
    lines.push(
      `WARNING   the keys are of ${time(keysHeader.atMs)}, older than the data: names that came after them can't be shown`,
    );
  }
  if (erased.length > 0) lines.push(`erased    ${erased.length} patients stay erased`);
  return lines;
}

interface Finish {
  readonly folder: string;
  readonly url: DatabaseUrl | null;
  readonly opened: OpenedBackup;
  readonly wallMs: number;
}

async function finish(given: Omit<CommandParts, 'dataDir'>, { folder, url, opened, wallMs }: Finish): Promise<void> {
  const parts = url === null ? { ...given, env: { ...given.env, DATABASE_URL: undefined } } : given;
  const { out, progress, env, clock } = parts;
  for (const { path } of opened.run.files.filter(({ path: name }) => name.endsWith('.db'))) {
    progress(`checking ${path}`);
    const fault = faultOf(join(folder, path));
    if (fault !== null)
      throw new BackupError('damaged', `${path} was damaged when it was copied (${fault}): take an older back-up (--at)`);
  }
  const place: DatabasePlace = { file: join(folder, 'vigil.db'), url };
  if (url !== null) {
    progress(`filling the database ${url.where}`);
    await loadPostgres(url, folder, opened.run.dump!);
  }
  await verifyAudit(parts, folder);
  const emptied = await eraseRecordsAgain(place, opened.erased, wallMs);
  if (emptied > 0) out(`ERASED    ${emptied} patients who were erased after this back-up are erased in it too`);
  if (emptied > 0 && url !== null) await rewriteTables(url);
  const about = {
    actor: 'system:cli',
    action: 'backup.restore',
    object: `backup:${opened.header.runId}`,
    outcome: 'allowed',
  } as const;
  await appendEntry(place, auditEntry({ ...about, detail: `shows ${new Date(opened.run.fromMs).toISOString()}` }), wallMs);
  if ((env['EVENT_HUBS_CONNECTION_STRING'] ?? '') !== '' || (env['EVENT_HUBS_CONNECTION_STRING_FILE'] ?? '') !== '') {
    // InfluxDB may be ahead of what this copy knows of readings that are held, and of gaps.
    await forgetInfluxPositions(env, clock);
    out(
      'COMES     what the log of EVENT_HUBS_CONNECTION_STRING has held since is read again, from the positions of this back-up',
    );
    return;
  }
  if ((await knownLogOf(place)) === null) return;
  await adoptLogCommand({ dataDir: folder, place, env, out: progress, confirm: () => Promise.resolve(true) });
  out('COMES     what gateways have not handed over yet. The local hub begins a new log: its old one went with its machine');
}

/** With what came along: the verifier of this machine may have seen later entries, and they are lost. */
async function verifyAudit({ out, env }: Omit<CommandParts, 'dataDir'>, folder: string): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'vigil-restore-'));
  try {
    const lines: string[] = [];
    const exit = await verifyAuditCommand({
      ...{ dataDir: folder, state: join(state, 'seen.json'), env, progress: () => undefined },
      out: (line) => void lines.push(line),
    });
    // Where all is well its last line says so; what it remembers of it goes with the folder that it was checked in.
    const told = exit === 0 ? lines.slice(-1).map((line) => line.trim().replace(/; remembered in .*/, '')) : lines;
    for (const line of told) out(`audit     ${line}`);
    // A site whose first checkpoint was not signed yet has nothing to hold it against.
    if (exit === 2) out('WARNING   nothing can be said of the audit log; keep this back-up until somebody has looked at it');
    if (exit === 1) {
      throw new BackupError(
        'damaged',
        'the audit log of this back-up was changed (see above): take an older one (--at), and keep this one as evidence',
      );
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

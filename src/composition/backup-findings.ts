import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backupState } from '../backup/backup-state.js';
import { readLastRun } from '../backup/last-run.js';
import type { Finding } from '../site/doctor.js';

const MINUTE_MS = 60_000;

/** What `vigil doctor` says of the newest back-up. */
export function examineBackups(options: {
  readonly dataDir: string;
  /** Its store is elsewhere, so that no file says whether there is a site. */
  readonly hasDatabase?: boolean;
  readonly wallMs: number;
  readonly isLive: boolean;
  /** `VIGIL_BACKUP_MAX_AGE_MIN`; 0: they are made by other means. */
  readonly maxAgeMin: number;
}): readonly Finding[] {
  const { dataDir, hasDatabase = false, wallMs, isLive, maxAgeMin } = options;
  if (!(hasDatabase || existsSync(join(dataDir, 'vigil.db'))) || maxAgeMin === 0) return [];
  const last = readLastRun(dataDir);
  const { ageMs, problem } = backupState(last, { nowMs: wallMs, ageMsMax: maxAgeMin * MINUTE_MS, isLive });
  if (problem !== null) {
    return [
      {
        what: 'back-up',
        ok: false,
        say: `${problem}; \`npm run vigil -- backup <folder> --keys-to <folder> --every 5\` (docs/backup.md)`,
      },
    ];
  }
  if (ageMs === null) return [{ what: 'back-up', ok: true, say: 'none, and a demo needs none (docs/backup.md)' }];
  return [{ what: 'back-up', ok: true, say: `${last?.runId ?? ''}, ${Math.floor(ageMs / MINUTE_MS)} min old` }];
}

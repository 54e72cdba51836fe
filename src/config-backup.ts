import { z } from 'zod';
import { type ReadOf, row } from './setting-row.js';

/** When the platform says that nobody makes back-ups. */
export const BACKUP_ROWS = {
  VIGIL_BACKUP_MAX_AGE_MIN: row(
    '15',
    'Minutes after which the newest good back-up is too old, and readiness, metrics and `doctor` say so; 0: back-ups are made by other means.',
    z.coerce.number().int().min(0).max(43_200),
  ),
} as const;

export interface BackupSettings {
  /** 0: nobody looks. */
  readonly backupAgeMsMax: number;
}

export function backupOf(read: ReadOf<typeof BACKUP_ROWS>): BackupSettings {
  return { backupAgeMsMax: read.VIGIL_BACKUP_MAX_AGE_MIN! * 60_000 };
}

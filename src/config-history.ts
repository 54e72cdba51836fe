import { z } from 'zod';
import type { HistoryRetention } from './ports/history-retention.js';
import { type ReadOf, row, SettingsError } from './setting-row.js';

const days = z.coerce.number().int().min(0).max(36_500);

/** How long history is kept. */
export const HISTORY_ROWS = {
  VIGIL_HISTORY_RAW_DAYS: row('30', 'Days for which history keeps single samples; 0: for ever.', days),
  VIGIL_HISTORY_MINUTE_DAYS: row('400', 'Days for which it keeps means of minutes; 0: for ever.', days),
  VIGIL_HISTORY_HOUR_DAYS: row('3653', 'Days for which it keeps means of hours; 0: for ever.', days),
} as const;

export interface HistorySettings {
  readonly historyRetention: HistoryRetention;
}

/** @throws SettingsError where a coarser resolution would be gone before a finer one */
export function historyOf(read: ReadOf<typeof HISTORY_ROWS>): HistorySettings {
  const rawDays = read.VIGIL_HISTORY_RAW_DAYS!;
  const minuteDays = read.VIGIL_HISTORY_MINUTE_DAYS!;
  const hourDays = read.VIGIL_HISTORY_HOUR_DAYS!;
  const isShorter = (coarse: number, fine: number): boolean => coarse !== 0 && (fine === 0 || coarse < fine);
  if (isShorter(minuteDays, rawDays) || isShorter(hourDays, minuteDays))
    throw new SettingsError(
      'VIGIL_HISTORY_RAW_DAYS, VIGIL_HISTORY_MINUTE_DAYS and VIGIL_HISTORY_HOUR_DAYS: each at least as many as the one before (0: for ever)',
    );
  return { historyRetention: { rawDays, minuteDays, hourDays } };
}

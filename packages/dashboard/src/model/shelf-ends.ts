import { longestShelfMs, type Priority } from '@vigil/contracts';
import { t } from '../words/words.js';

const MINUTES = [15, 30, 60, 120, 240, 480, 720] as const;

/** How long a condition of this priority can be shelved, in minutes: never without an end. */
export const shelfMinutes = (priority: Priority): readonly number[] =>
  MINUTES.filter((minutes) => minutes * 60_000 <= longestShelfMs(priority));

export const minutesText = (minutes: number): string =>
  minutes < 60 ? t('alarm:minutes', { count: minutes }) : t('alarm:hours', { count: minutes / 60 });

/** Event time of the end. At the longest one second is left for the way to the server, whose clock decides. */
export function shelfEndMs(nowEventMs: number, minutes: number, priority: Priority): number {
  return Math.floor(nowEventMs + Math.min(minutes * 60_000, longestShelfMs(priority) - 1_000));
}
